"""Drives every call of the vendor's generated Python client (PyPI ffmpeg-micro) against a server; only host and key change.

Environment: URL, KEY, CLIP (an MP4 of 2 s, 320x180, with sound), OTHER (a second one, 1 s, without sound).
Prints a line for each step; ends with a traceback, and so not with 0, at the first that is wrong.
"""
import datetime
import os
import time
import urllib.request

import ffmpeg_micro as ff
from ffmpeg_micro.exceptions import ApiException, BadRequestException, NotFoundException, UnauthorizedException


def api_for(key):
    return ff.DefaultApi(ff.ApiClient(ff.Configuration(host=os.environ["URL"], access_token=key)))


api = api_for(os.environ["KEY"])


def step(text):
    print(text, flush=True)


def refused(kind, status, call, *args, **kwargs):
    """The words of the refusal that a call must answer."""
    try:
        call(*args, **kwargs)
    except kind as e:
        assert e.status == status, f"{call.__name__}: {e.status}, want {status}: {e.body}"
        return e.body
    raise AssertionError(f"{call.__name__} was not refused")


def upload(path, content_type):
    data = open(path, "rb").read()
    slot = api.v1_upload_presigned_url_post(
        ff.V1UploadPresignedUrlPostRequest(filename=os.path.basename(path), content_type=content_type, file_size=len(data))
    )
    assert slot.success is True
    put = urllib.request.Request(slot.result.upload_url, data=data, method="PUT", headers={"Content-Type": content_type})
    assert urllib.request.urlopen(put).status == 200
    confirmed = api.v1_upload_confirm_post(ff.V1UploadConfirmPostRequest(filename=slot.result.filename, file_size=len(data)))
    assert confirmed.success is True and confirmed.result.file_size == len(data), confirmed
    assert urllib.request.urlopen(confirmed.result.download_url).read() == data
    return confirmed.result


def options(*pairs):
    return [ff.CreateTranscodeRequestOptionsInner(ff.FFmpegOption(option=o, argument=a)) for o, a in pairs]


def create(*urls, **fields):
    inputs = [ff.CreateTranscodeRequestInputsInner(url=u) for u in urls]
    job = api.v1_transcodes_post(ff.CreateTranscodeRequest(inputs=inputs, **fields))
    assert job.status == "pending" and job.input_url == urls[0] and job.output_format == fields["output_format"], job
    return job


def finished(job_id):
    """Polls until the end. The client raises on any status, category or source that it does not know."""
    for _ in range(600):
        job = api.v1_transcodes_id_get(job_id)
        if job.status in ("completed", "failed", "canceled"):
            return job
        time.sleep(0.1)
    raise AssertionError(f"{job_id} does not end: {job}")


def completed(job):
    done = finished(job.id)
    assert done.status == "completed" and done.completed_at and done.output_url.startswith("gs://"), done
    assert done.outputs[0].size_bytes > 0 and isinstance(done.processing_time_seconds, (int, float)), done
    url = api.v1_transcodes_id_download_get(job.id).url
    return done, urllib.request.urlopen(url).read()


clip = upload(os.environ["CLIP"], "video/mp4")
other = upload(os.environ["OTHER"], "video/mp4")
assert clip.metadata.width == 320 and clip.metadata.codec_video == "h264" and clip.metadata.has_audio is True, clip.metadata
assert abs(clip.metadata.duration_seconds - 2) < 0.1, clip.metadata
step("upload")

probed = api.v1_ffprobe_post(ff.V1FfprobePostRequest(url=clip.file_url))
assert probed.url == clip.file_url and probed.metadata == clip.metadata, probed
refused(BadRequestException, 400, api.v1_ffprobe_post, ff.V1FfprobePostRequest(url="https://example.com/a.mp4"))
refused(NotFoundException, 404, api.v1_ffprobe_post, ff.V1FfprobePostRequest(url=clip.file_url + "x"))
step("ffprobe")

job = create(clip.file_url, output_format="mp4", preset=ff.CreateTranscodeRequestPreset(quality="low", resolution="480p"),
             metadata={"record": 7, "name": "Ümlaut <&>"})
assert job.metadata.user == {"record": 7, "name": "Ümlaut <&>"}, job
done, data = completed(job)
assert data[4:8] == b"ftyp" and done.ffmpeg_options.source == "preset" and done.ffmpeg_options.preset == {"quality": "low", "resolution": "480p"}
assert done.metadata.user == {"record": 7, "name": "Ümlaut <&>"}, done
assert abs(done.billable_minutes - 2 / 60) < 0.002 and abs(done.duration_seconds - 2) < 0.1, done
assert done.error_category == "unknown" and done.error_message is None and done.job_type == "transcode", done
assert done.inputs[0].url == clip.file_url and done.inputs[0].format and done.inputs[0].duration, done.inputs
assert done.created_at <= done.started_at <= done.completed_at <= done.updated_at, done
step("preset")

done, data = completed(create(clip.file_url, output_format="mp3", preset=ff.CreateTranscodeRequestPreset(quality="high"),
                              options=options(("-vn", ""), ("-b:a", "64k"), ("-t", "1"))))
assert done.ffmpeg_options.source == "raw_options" and abs(done.duration_seconds - 1) < 0.1, done
assert {"option": "-vn"} in [o.to_dict() for o in done.ffmpeg_options.options], done.ffmpeg_options
step("options, with a preset beside them")

overlay = ff.VirtualOption(option="@text-overlay", argument=ff.VirtualOptionArgument(ff.TextOverlayConfig(
    text="50 % off: it's \"now\"\nשלום %{pts}", style=ff.TextOverlayConfigStyle(
        chars_per_line=20, font="Arial", font_size=24, line_spacing=4, font_color="yellow", x="(w-text_w)/2", y="h-text_h-10", box_border_w=5))))
done, data = completed(create(clip.file_url, output_format="mp4", options=[ff.CreateTranscodeRequestOptionsInner(overlay)]))
assert done.ffmpeg_options.source == "virtual_options" and data[4:8] == b"ftyp", done
step("text overlay")

done, _ = completed(create(clip.file_url, other.file_url, output_format="webm"))
assert abs(done.duration_seconds - 3) < 0.1 and len(done.inputs) == 2 and done.ffmpeg_options.source == "defaults", done
step("two inputs")

failed = finished(create(clip.file_url, output_format="mp4", options=options(("-c:v", "no_such_encoder"))).id)
assert failed.status == "failed" and "no_such_encoder" in failed.error_message and failed.error_category == "processing", failed
assert failed.completed_at is None and failed.output_url is None, failed
refused(BadRequestException, 400, api.v1_transcodes_id_download_get, failed.id)
refused(BadRequestException, 400, api.v1_transcodes_id_cancel_patch, failed.id)
step("a job that fails")

endless = create(clip.file_url, output_format="mp4", options=options(("-filter_complex", "testsrc=size=64x64[v]"), ("-map", "[v]")))
canceled = api.v1_transcodes_id_cancel_patch(endless.id)
assert canceled.success is True and canceled.job.status == "canceled" and canceled.job.error_message == "Job canceled by user", canceled
assert finished(endless.id).status == "canceled"
step("cancel")

page = api.v1_transcodes_get(limit=2)
assert len(page.items) == 2 and page.page == 1 and page.limit == 2 and page.total == 6, page
assert [j.id for j in api.v1_transcodes_get(limit=2, page=2).items] != [j.id for j in page.items]
done_jobs = api.v1_transcodes_get(status="completed", order="updated_at.asc", job_type="transcode")
assert done_jobs.total == 4 and all(j.status == "completed" for j in done_jobs.items), done_jobs
times = [j.updated_at for j in done_jobs.items]
assert times == sorted(times)
newest = api.v1_transcodes_get(status="completed", order="updated_at.desc", limit=1).items[0]
again = api.v1_transcodes_get(status="completed", order="updated_at.asc", since=newest.updated_at)
assert [j.id for j in again.items] == [newest.id], again  # inclusive
assert api.v1_transcodes_get(until=times[0] - datetime.timedelta(days=1)).total == 0
assert api.v1_transcodes_get(job_type="transcribe").total == 0
assert api.v1_transcodes_get(status="pending").total == 0
step("list")

refused(UnauthorizedException, 401, api_for("wrong").v1_transcodes_get)
refused(NotFoundException, 404, api.v1_transcodes_id_get, "11111111-2222-4333-8444-555555555555")
refused(ApiException, 403, create, "gs://someone-elses-bucket/a.mp4", output_format="mp4")
refused(BadRequestException, 400, create, clip.file_url, output_format="webm", options=options(("-c:v", "libx264")))
refused(BadRequestException, 400, api.v1_upload_confirm_post, ff.V1UploadConfirmPostRequest(filename="no-such-file.mp4", file_size=1))
step("errors")

ID = "11111111-2222-4333-8444-555555555555"
elsewhere = [
    (api.v1_transcribe_post, ff.CreateTranscribeRequest(media_url=clip.file_url)),
    (api.v1_transcribe_id_get, ID), (api.v1_transcribe_id_download_get, ID), (api.v1_transcribes_get,),
    (api.v1_blueprints_slug_runs_post, "slug", ff.V1BlueprintsSlugRunsPostRequest(quote="a")), (api.v1_blueprints_runs_id_get, ID),
    (api.v1_blueprints_runs_id_continue_post, ID, ff.V1BlueprintsRunsIdContinuePostRequest(srt_text="a")),
    (api.v1_generate_animate_post, ff.GenerateAnimateRequest(image_url="https://example.com/a.png", prompt="a")), (api.v1_generate_animate_id_get, ID),
    (api.v1_generate_image_post, ff.GenerateImageRequest(prompt="a")), (api.v1_generate_scenes_post, ff.GenerateScenesRequest(script="a")),
    (api.v1_generate_speech_post, ff.GenerateSpeechRequest(text="a")),
    (api.v1_generate_translate_post, ff.GenerateTranslateRequest(texts=["a"], language="de")),
]
for call, *args in elsewhere:
    assert "is not part of this server" in refused(NotFoundException, 404, call, *args)
step(f"{len(elsewhere)} calls that are not part of this server")

calls = {n for n in dir(api) if n.startswith("v1_") and not n.endswith(("_with_http_info", "_without_preload_content"))}
source = open(__file__, encoding="utf-8").read()
missing = {n for n in calls if f"api.{n}" not in source}
assert not missing, f"calls of the client that nothing here drives: {missing}"
step(f"all {len(calls)} calls of the client")
