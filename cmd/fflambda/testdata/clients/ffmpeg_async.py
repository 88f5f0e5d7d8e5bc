"""Drives every asynchronous call of the vendor's Python client (PyPI very-good-ffmpeg); only host and key change.

Environment as ffmpeg.py's. Prints a line for each step; ends with a traceback, and so not with 0, at the first that is wrong.
"""
import asyncio
import inspect
import os
import pathlib
import urllib.request

import very_good_ffmpeg as vgf

CLIP, INPUT = pathlib.Path(os.environ["CLIP"]), os.environ["INPUT"]
client = vgf.VGF(os.environ["KEY"], base_url=os.environ["URL"] + "/api")


def step(text):
    print(text, flush=True)


async def fetched(url):
    return await asyncio.to_thread(lambda: urllib.request.urlopen(url).read())


async def refused(kind, status, call):
    try:
        await call
    except kind as e:
        assert e.status_code == status, e
        return
    raise AssertionError("not refused")


async def main():
    jobs = await asyncio.gather(*(client.arun({"in": INPUT}, [f"{n}.wav"], [f"-i {{{{in}}}} -t 0.{n} {{{{{n}.wav}}}}"], timeout_seconds=60) for n in range(1, 5)))
    assert len({j.id for j in jobs}) == 4 and all(j.status == "queued" for j in jobs), jobs
    for n, job in enumerate(await asyncio.gather(*(j.async_wait(poll_interval=0.05, timeout=60) for j in jobs)), 1):
        assert job is jobs[n - 1] and job.status == "succeeded", job
        data = await fetched(job.output_files[f"{n}.wav"])
        assert data[:4] == b"RIFF" and len(data) == job.total_output_bytes, job
    step("arun and async_wait, four at once")

    waited = await client.arun({}, ["t.wav"], ["-f lavfi -i sine=duration=0.1 {{t.wav}}"], machine="cpu", webhook_url=None, wait=True)
    assert waited.status == "succeeded" and (await client.jobs.aget(waited.id)).finished_at == waited.finished_at, waited
    step("arun(wait=True), aget")

    endless = [client.arun({}, ["a.mp4"], ["-re -f lavfi -i testsrc=size=64x64 -c:v mpeg4 {{a.mp4}}"]) for _ in range(2)]
    first, second = await asyncio.gather(*endless)
    try:
        await first.async_wait(poll_interval=0.05, timeout=0.2)
        raise AssertionError(f"an endless job ended: {first}")
    except TimeoutError:
        pass
    assert (await first.acancel()).status == "cancelled" and (await client.jobs.acancel(second.id)).status == "cancelled"
    await refused(vgf.VGFError, 400, client.jobs.acancel(first.id))
    step("acancel, by the job and by its id")

    page = await client.jobs.alist(limit=3)
    assert len(page.data) == 3 and page.paging_params == vgf.PagingParams(limit=3, offset=0, total=7, has_more=True), page
    await refused(vgf.VGFAuthError, 401, vgf.VGF("wrong", base_url=os.environ["URL"] + "/api").jobs.alist())
    await refused(vgf.VGFNotFoundError, 404, client.jobs.aget("no-id"))
    step("alist, errors")

    slot = await client.files.aprepare()
    assert slot.upload_url != slot.download_url, slot
    links = await asyncio.gather(client.files.aupload(CLIP), client.files.aupload(b"0", content_type="text/plain"), client.files.aupload(str(CLIP)))
    assert [await fetched(link) for link in links] == [CLIP.read_bytes(), b"0", CLIP.read_bytes()]
    job = await client.arun({"a": links[0]}, ["o.mkv"], ["-i {{a}} -c copy {{o.mkv}}"], wait=True)
    assert job.status == "succeeded" and job.total_input_bytes == len(CLIP.read_bytes()), job
    step("files: aprepare, aupload")


asyncio.run(main())
driven = pathlib.Path(__file__).read_text(encoding="utf-8")
calls = [n for c in (vgf.VGF, type(client.jobs), type(client.files), vgf.Job) for n, f in inspect.getmembers(c, inspect.iscoroutinefunction) if not n.startswith("_")]
missing = {n for n in calls if f".{n}(" not in driven}
assert not missing, f"calls of the client that nothing here drives: {missing}"
step(f"all {len(calls)} asynchronous calls of the client")
