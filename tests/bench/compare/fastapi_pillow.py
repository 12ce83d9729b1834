#!/usr/bin/python3
"""A thumbnail service as one would write it with FastAPI, Redis and Pillow, for bench_compare: an HTTP
front, two processes that work, a redis-server, images in files. It takes the requests that thumbd takes of
bench_compare, and its command line as far as that is needed.

usage: fastapi_pillow.py --listen 127.0.0.1:0 --data-dir FOLDER
"""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import uuid

PDEATHSIG = 1  # of prctl(2)


def end_with_parent() -> None:
    ctypes.CDLL(None).prctl(PDEATHSIG, signal.SIGKILL)


def work(folder: str) -> None:
    """Takes jobs for ever."""
    import redis
    from PIL import Image, ImageOps

    queue = redis.Redis(unix_socket_path=f"{folder}/redis.sock", decode_responses=True)
    while True:
        job = queue.blmove("queued", "processing", timeout=0, src="RIGHT", dest="LEFT")
        queue.hset(f"job:{job}", "status", "processing")
        with Image.open(f"{folder}/originals/{job}") as image:
            image.draft("RGB", (200, 200))  # JPEG files are decoded at a fraction of their size
            small = ImageOps.exif_transpose(image)
            small.thumbnail((100, 100), Image.Resampling.LANCZOS)
            kind = "png" if small.mode == "RGBA" else "jpeg"
            options = {"quality": 80} if kind == "jpeg" else {}
            small.save(f"{folder}/thumbnails/{job}", kind, **options)
        with queue.pipeline() as both:
            both.hset(f"job:{job}", mapping={"status": "succeeded", "type": f"image/{kind}"})
            both.lrem("processing", 1, job)
            both.execute()


def serve(folder: str) -> None:
    """Answers requests until SIGTERM."""
    import redis.asyncio
    import uvicorn
    from fastapi import FastAPI, HTTPException, Request, Response

    app = FastAPI()
    queue = redis.asyncio.Redis(unix_socket_path=f"{folder}/redis.sock", decode_responses=True)

    @app.post("/v1/jobs", status_code=202)
    async def submit(request: Request) -> dict[str, str]:
        job = str(uuid.uuid4())
        with open(f"{folder}/originals/{job}", "wb") as file:
            async for part in request.stream():
                file.write(part)
        async with queue.pipeline() as both:
            await both.hset(f"job:{job}", "status", "queued").lpush("queued", job).execute()
        return {"id": job, "status": "queued"}

    @app.get("/v1/jobs/{job}")
    async def status(job: str) -> dict[str, str]:
        found = await queue.hget(f"job:{job}", "status")
        if not found:
            raise HTTPException(404)
        return {"id": job, "status": found}

    @app.get("/v1/jobs/{job}/thumbnail")
    async def thumbnail(job: str) -> Response:
        kind = await queue.hget(f"job:{job}", "type")
        if not kind:
            raise HTTPException(404)
        with open(f"{folder}/thumbnails/{job}", "rb") as file:
            return Response(file.read(), media_type=kind)

    listener = socket.create_server(("127.0.0.1", 0))
    print(f"listening on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False))
    server.run(sockets=[listener])


def start(folder: str) -> list[subprocess.Popen[bytes]]:
    """Redis and the two processes that work."""
    for each in ("originals", "thumbnails"):
        os.makedirs(f"{folder}/{each}", exist_ok=True)
    server = ["redis-server", "--port", "0", "--unixsocket", f"{folder}/redis.sock", "--dir", folder]
    server += ["--appendonly", "yes", "--appendfsync", "everysec", "--save", ""]
    started = [subprocess.Popen(server, stdout=subprocess.DEVNULL, preexec_fn=end_with_parent)]
    deadline = time.monotonic() + 20
    while not os.path.exists(f"{folder}/redis.sock"):
        if started[0].poll() is not None or time.monotonic() > deadline:
            sys.exit("redis-server did not start")
        time.sleep(0.02)
    for _ in range(2):
        command = [sys.executable, __file__, "--work", "--data-dir", folder]
        started.append(subprocess.Popen(command, preexec_fn=end_with_parent))
    return started


def main() -> None:
    folder = sys.argv[sys.argv.index("--data-dir") + 1]
    if "--work" in sys.argv:
        work(folder)
        return
    started = start(folder)
    try:
        serve(folder)
    finally:
        for process in started:
            process.kill()
            process.wait()


if __name__ == "__main__":
    main()
