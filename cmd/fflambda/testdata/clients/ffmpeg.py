"""Drives every call of the vendor's Python client (PyPI very-good-ffmpeg) against a server; only host and key change.

Environment: URL, KEY (of an owner without jobs), CLIP (a local MP4 of 1 s, 320x180, with sound), INPUT (an http URL of it).
Prints a line for each step; ends with a traceback, and so not with 0, at the first that is wrong.
"""
import http.server
import inspect
import json
import os
import pathlib
import queue
import subprocess
import threading
import urllib.request

import very_good_ffmpeg as vgf

BASE = os.environ["URL"] + "/api/"  # the client strips the slash
CLIP, INPUT = pathlib.Path(os.environ["CLIP"]), os.environ["INPUT"]
client = vgf.VGF(os.environ["KEY"], base_url=BASE)


def step(text):
    print(text, flush=True)


def refused(kind, status, words, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except kind as e:
        assert e.status_code == status and words in str(e), f"{call.__name__}: {e.status_code} {e}, want {status} {words}"
        return
    raise AssertionError(f"{call.__name__} was not refused")


def fetched(url):
    with urllib.request.urlopen(url) as answer:  # as people do: no key
        return answer.read()


def streams(data):
    """What ffprobe sees in the bytes of a file, such as "h264 320x180"."""
    out = subprocess.run(["ffprobe", "-v", "error", "-show_streams", "-of", "json", "-"], input=data, capture_output=True, check=True)
    return [s["codec_name"] + (f" {s['width']}x{s['height']}" if "width" in s else "") for s in json.loads(out.stdout)["streams"]]


def done(job):
    assert job.status == "succeeded" and job.error_message == "" and job.started_at and job.finished_at, job
    assert job.queued_at <= job.started_at <= job.finished_at <= job.updated_at, job
    files = {name: fetched(url) for name, url in job.output_files.items()}
    assert all(files.values()) and sum(map(len, files.values())) == job.total_output_bytes, job
    return files


assert client.jobs.list().data == []
step("an empty list")

job = client.run({"input": INPUT}, ["small.mp4", "poster.jpg"], ["-i {{input}} -vf scale=160:-2 -c:v libx264 -preset ultrafast temp.mp4",
                 "ffmpeg -i temp.mp4 -c copy {{small.mp4}} -frames:v 1 <<poster.jpg>>"], machine="cpu", timeout_seconds=60)
assert job.status == "queued" and job.timeout_seconds == 60 and job.webhook_url is None and job.output_files == {}, job
assert job.input_files == {"input": INPUT} and len(job.ffmpeg_commands) == 2 and job.error_message == "", job
assert job.wait(poll_interval=0.05, timeout=60) is job
files = done(job)
assert streams(files["small.mp4"]) == ["h264 160x90", "aac"] and streams(files["poster.jpg"]) == ["mjpeg 160x90"]
assert job.total_input_bytes == len(CLIP.read_bytes()), job
again = client.jobs.get(job.id)
assert fetched(again.output_files["poster.jpg"]) == files["poster.jpg"]
step("run, wait(), get: two commands, two files")

job = client.run({"in.mp4": INPUT}, ["frame_%03d.png"], ["-i {{in.mp4}} -frames:v 4 outputs/frame_%03d.png"], wait=True)
files = done(job)
assert list(files) == ["frame_001.png", "frame_002.png", "frame_003.png", "frame_004.png"], list(files)
assert all(data.startswith(b"\x89PNG") for data in files.values())
assert job.wait(poll_interval=60) is job  # nothing is left to wait for
step("run(wait=True): a pattern's files")

failed = client.run({}, ["a.mp4"], ["-f lavfi -i testsrc=duration=1 -c:v no_such_encoder {{a.mp4}}"], wait=True)
assert failed.status == "failed" and "no_such_encoder" in failed.error_message and failed.output_files == {} and failed.total_output_bytes is None, failed
step("a job that fails")

endless = ({}, ["a.mp4"], ["-re -f lavfi -i testsrc=size=64x64 -c:v mpeg4 {{a.mp4}}"])
first, second = client.run(*endless), client.run(*endless)
try:
    first.wait(poll_interval=0.05, timeout=0.2)
    raise AssertionError(f"an endless job ended: {first}")
except TimeoutError:
    pass
assert first.cancel().status == "cancelled" and client.jobs.cancel(second.id).status == "cancelled"
assert first.wait(poll_interval=0.05).status == "cancelled" and first.finished_at and first.error_message == ""
refused(vgf.VGFError, 400, "already cancelled", client.jobs.cancel, first.id)
step("cancel, by the job and by its id")

page = client.jobs.list(limit=2, offset=1)
assert [j.id for j in page.data] == [first.id, failed.id], page  # newest first
assert page.paging_params == vgf.PagingParams(limit=2, offset=1, total=5, has_more=True), page
rest = client.jobs.list(limit=100, offset=3)
assert len(rest.data) == 2 and rest.paging_params.has_more is False, rest
step("list")

refused(vgf.VGFAuthError, 401, "", vgf.VGF("wrong", base_url=BASE).jobs.list)
refused(vgf.VGFNotFoundError, 404, "", client.jobs.get, "11111111-2222-4333-8444-555555555555")
refused(vgf.VGFNotFoundError, 404, "", client.jobs.cancel, "no-id")
refused(vgf.VGFError, 400, "{{b.mp4}}", client.run, {"a.mp4": INPUT}, ["o.mp4"], ["-i {{b.mp4}} {{o.mp4}}"])
refused(vgf.VGFError, 400, "input_files.a.mp4", client.run, {"a.mp4": "ftp://example.com/a.mp4"}, ["o.mp4"], ["-i {{a.mp4}} {{o.mp4}}"])
refused(vgf.VGFError, 400, "GPU", client.run, {}, ["o.mp4"], ["-i x {{o.mp4}}"], machine="nvidia")
refused(vgf.VGFError, 400, "timeout_seconds", client.run, {}, ["o.mp4"], ["-i x {{o.mp4}}"], timeout_seconds=0)
refused(vgf.VGFError, 400, "limit", client.jobs.list, limit=0)
step("errors")

told = queue.Queue()


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        told.put((self.path, self.headers["Content-Type"], json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=receiver.serve_forever, daemon=True).start()
hook = f"http://127.0.0.1:{receiver.server_port}/hook?order=4711&again"
job = client.run({}, ["tone.wav"], ["-f lavfi -i sine=duration=0.1 {{tone.wav}}"], webhook_url=hook)
assert job.webhook_url == hook, job
path, content_type, body = told.get(timeout=60)
assert (path, content_type) == ("/hook?order=4711&again", "application/json"), (path, content_type)
sent = vgf.Job._from_dict(body)  # not wrapped
assert sent.id == job.id and done(sent)["tone.wav"][:4] == b"RIFF"
step("a webhook")

slot = client.files.prepare()
assert slot.upload_url != slot.download_url, slot
blob = bytes(range(256)) * 1000 + b"\r\n"
for what, source in {"bytes": blob, "path": CLIP, "name": str(CLIP)}.items():
    data = source if what == "bytes" else CLIP.read_bytes()
    link = client.files.upload(source)
    assert fetched(link) == data, what
typed = client.files.upload(CLIP, content_type="video/mp4")
job = client.run({"a.mp4": typed, "b": link}, ["o.mkv"], ["-i {{a.mp4}} -i {{b}} -map 0:v -map 1:a -c copy {{o.mkv}}"], wait=True)
assert streams(done(job)["o.mkv"]) == ["h264 320x180", "aac"], job
step("files: prepare, upload")

driven = pathlib.Path(__file__).read_text(encoding="utf-8")
calls = [n for c in (vgf.VGF, type(client.jobs), type(client.files), vgf.Job) for n, f in inspect.getmembers(c, inspect.isfunction)
         if not n.startswith("_") and not inspect.iscoroutinefunction(f)]
missing = {n for n in calls if f".{n}(" not in driven}
assert not missing, f"calls of the client that nothing here drives: {missing}"
step(f"all {len(calls)} calls of the client")
