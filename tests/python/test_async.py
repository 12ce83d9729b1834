"""The engine on asyncio."""
from __future__ import annotations

import asyncio
import threading
from typing import List

import pytest

import thumbjobs
from conftest import PATIENCE, png
from thumbjobs import JobState


def test_submit_wait_and_read(engine: thumbjobs.Engine) -> None:
    async def main() -> thumbjobs.Thumbnail:
        async with thumbjobs.Engine(workers=0) as other:
            assert (await other.submit_async(png())).id
        assert other.closed
        job = await engine.submit_async(png(), width=20, height=20)
        job = await engine.wait_async(job, PATIENCE)
        assert job.state is JobState.SUCCEEDED
        return await engine.thumbnail_async(job)

    assert asyncio.run(main()).width == 20


def test_many_waits_take_no_threads(idle: thumbjobs.Engine) -> None:
    async def main() -> None:
        jobs = await asyncio.gather(*(idle.submit_async(png(grey=n % 256)) for n in range(300)))
        waits = [asyncio.ensure_future(idle.wait_async(job, PATIENCE)) for job in jobs]
        await asyncio.sleep(0)  # they begin
        while idle._waits[asyncio.get_running_loop()]._feed is None:
            await asyncio.sleep(0)
        for job in jobs:
            await idle._in_pool(idle.cancel, job)
        ours = [t for t in threading.enumerate() if t.name.startswith("thumbjobs-async")]
        assert 1 <= len(ours) <= 4
        ended = await asyncio.gather(*waits)
        assert [job.state for job in ended] == [JobState.CANCELLED] * 300
        assert not idle._waits  # the loop has forgotten them

    asyncio.run(main())


def test_waits_end_by_themselves(idle: thumbjobs.Engine) -> None:
    async def main() -> None:
        job = await idle.submit_async(png())
        with pytest.raises(thumbjobs.TimedOutError):
            await idle.wait_async(job, 0.05)
        waiting = asyncio.ensure_future(idle.wait_async(job))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        with pytest.raises(thumbjobs.NotFoundError):
            await idle.wait_async("01a2014d-443f-7cf2-b607-9433ed24974c", PATIENCE)
        removed = asyncio.ensure_future(idle.wait_async(job))
        events = idle.events("", job=job)
        await events.__anext__()
        await idle._in_pool(idle.remove, job)
        with pytest.raises(thumbjobs.NotFoundError):
            await removed

    asyncio.run(main())


def test_close_ends_waits(idle: thumbjobs.Engine) -> None:
    async def main() -> None:
        job = await idle.submit_async(png())
        waiting = asyncio.ensure_future(idle.wait_async(job))
        events = asyncio.ensure_future(collect(idle.events(), 1))
        while not (waits := idle._waits.get(asyncio.get_running_loop())) or not (
            waits._feed and waits._feed.done()
        ):
            await asyncio.sleep(0)
        await asyncio.to_thread(idle.close) if hasattr(asyncio, "to_thread") else idle.close()
        with pytest.raises(thumbjobs.ClosedError):
            await waiting
        assert await events == []
        with pytest.raises(thumbjobs.ClosedError):
            await idle.submit_async(png())

    asyncio.run(main())


async def collect(events: thumbjobs.Events, count: int) -> List[thumbjobs.Event]:
    seen: List[thumbjobs.Event] = []
    async for event in events:
        seen.append(event)
        if len(seen) == count:
            events.close()
    return seen


def test_events(idle: thumbjobs.Engine) -> None:
    async def main() -> None:
        events = idle.events(timeout=PATIENCE)
        following = asyncio.ensure_future(collect(events, 5))
        await asyncio.sleep(0)
        jobs = [await idle.submit_async(png(grey=n)) for n in range(5)]
        seen = await following
        assert [event.id for event in seen] == [job.id for job in jobs]
        assert await collect(idle.events(seen[-1].cursor, timeout=0.5), 1) == []

    asyncio.run(main())


def test_two_loops_at_once(idle: thumbjobs.Engine) -> None:
    jobs = [idle.submit(png(grey=n)) for n in range(2)]
    states: List[JobState] = []

    def run(job: thumbjobs.Job) -> None:
        states.append(asyncio.run(idle.wait_async(job, PATIENCE)).state)

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for job in jobs:
        idle.cancel(job)
    for thread in threads:
        thread.join()
    assert states == [JobState.CANCELLED] * 2
