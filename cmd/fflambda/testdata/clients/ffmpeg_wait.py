"""Waits for two jobs at once with the vendor's client (PyPI very-good-ffmpeg), one by each of its two calls.

Environment: URL, KEY, SECONDS that each job takes, SILENCE in seconds after which the client is to give up
(it has 30 of its own; fewer make a short test tell the same).
"""
import asyncio
import os
import time

import very_good_ffmpeg._client as sdk

silence, seconds = float(os.environ["SILENCE"]), float(os.environ["SECONDS"])
sdk._DEFAULT_TIMEOUT = silence
client = sdk.VGF(os.environ["KEY"], base_url=os.environ["URL"] + "/api/")
job = dict(
    input_files={},
    output_files=["o.wav"],
    ffmpeg_commands=[f"-re -f lavfi -i sine=duration={seconds} {{{{o.wav}}}}"],
    wait=True,
)


async def both():
    return await asyncio.gather(client.arun(**job), asyncio.to_thread(client.run, **job))


start = time.monotonic()
for done in asyncio.run(both()):
    assert done.status == "succeeded", done
    assert list(done.output_files) == ["o.wav"], done
took = time.monotonic() - start
assert took > silence, f"only {took:.1f} s: a client without a sign of life would have waited as well"
print(f"both succeeded after {took:.1f} s")
