# Makes thumbnails of many photographs on asyncio, and shows progress from the stream of events.
import asyncio
import pathlib
import sys

import thumbjobs


async def show(events: thumbjobs.Events, jobs: int) -> None:
    # It ends by what it has seen: the last event may come later than what waits for the last job.
    async for event in events:
        if event.job is not None and event.job.done:
            print(f"{event.job.original.filename}: {event.job.state}")
            jobs -= 1
            if jobs == 0:
                events.close()


async def main(photos: "list[str]", folder: pathlib.Path) -> int:
    folder.mkdir(exist_ok=True)
    async with thumbjobs.Engine(workers=2) as engine:
        progress = asyncio.ensure_future(show(engine.events(), len(photos)))
        jobs = await asyncio.gather(*(engine.submit_async(p, width=200) for p in photos))
        ended = await asyncio.gather(*(engine.wait_async(job) for job in jobs))
        for job in ended:
            if job.state is thumbjobs.JobState.SUCCEEDED:
                name = pathlib.Path(job.original.filename).stem + ".jpg"
                (folder / name).write_bytes(await engine.thumbnail_async(job))
        await progress
    return sum(job.state is not thumbjobs.JobState.SUCCEEDED for job in ended)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit("usage: async_batch.py FOLDER PHOTO...")
    sys.exit(1 if asyncio.run(main(sys.argv[2:], pathlib.Path(sys.argv[1]))) else 0)
