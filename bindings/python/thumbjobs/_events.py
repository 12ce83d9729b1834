"""Events as an iterator and as an asynchronous iterator, and waits for jobs on an event loop."""
from __future__ import annotations

import asyncio
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Dict, List, Optional, Set, Type

from . import _native
from ._errors import ClosedError, NotFoundError
from ._types import Event, EventKind, Job, JobState

if TYPE_CHECKING:
    from ._engine import Engine

ENDED = [JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED]


class Events:
    """What Engine.events() returns: `for event in events` and `async for event in events`. Ends when
    it or its engine is closed, or when no event came for `timeout` seconds."""

    def __init__(self, feed: _native.EventFeed, timeout: Optional[timedelta]) -> None:
        self._feed = feed
        self._timeout = timeout

    def __iter__(self) -> "Events":
        return self

    def __next__(self) -> Event:
        event = self._feed.next(self._timeout)
        if event is None:
            raise StopIteration
        return event

    def __aiter__(self) -> "Events":
        return self

    async def __anext__(self) -> Event:
        event = self._feed.take()
        if event is None and not self._feed.closed:
            event = await self._arrival()
        if event is None:
            raise StopAsyncIteration
        return event

    async def _arrival(self) -> Optional[Event]:
        loop = asyncio.get_running_loop()
        arrived: "asyncio.Future[Optional[Event]]" = loop.create_future()

        def readable() -> None:
            if arrived.done():
                return
            event = self._feed.take()
            if event is not None or self._feed.closed:
                arrived.set_result(event)

        loop.add_reader(self._feed.fileno(), readable)
        try:
            seconds = None if self._timeout is None else self._timeout.total_seconds()
            return await asyncio.wait_for(arrived, seconds)
        except asyncio.TimeoutError:
            return None
        finally:
            loop.remove_reader(self._feed.fileno())

    def close(self) -> None:
        """Ends the iteration, also one that waits in another thread or task."""
        self._feed.close()

    def __enter__(self) -> "Events":
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<thumbjobs.Events {'closed' if self._feed.closed else 'open'}>"


class LoopWaits:
    """All waits of one event loop for jobs of one engine: one feed of events, whose descriptor the
    loop watches. Exists while there are any. Used by that loop's thread only."""

    def __init__(self, engine: "Engine", loop: asyncio.AbstractEventLoop) -> None:
        self._engine = engine
        self._loop = loop
        self._futures: Dict[str, Set["asyncio.Future[Optional[Job]]"]] = {}
        self._feed: Optional["asyncio.Task[_native.EventFeed]"] = None

    @property
    def idle(self) -> bool:
        """Whether nobody waits."""
        return not self._futures

    async def wait(self, job: str) -> Job:
        """Returns the job once it has ended."""
        if self._feed is None:
            self._feed = self._loop.create_task(self._open())
        while True:
            future: "asyncio.Future[Optional[Job]]" = self._loop.create_future()
            self._futures.setdefault(job, set()).add(future)
            try:
                await asyncio.shield(self._feed)  # before the look, so that no change is missed
                found = await self._engine._in_pool(self._engine.get, job)
                if found.done:
                    return found
                ended = await future
                if ended is not None:
                    return ended
            finally:
                waiting = self._futures[job]
                waiting.discard(future)
                if not waiting:
                    del self._futures[job]

    async def _open(self) -> _native.EventFeed:
        feed = await self._engine._in_pool(self._engine._native.open_feed, None, ENDED, None)
        self._loop.add_reader(feed.fileno(), self._readable, feed)
        return feed

    def _readable(self, feed: _native.EventFeed) -> None:
        for _ in range(100):  # then others have their turn
            event = feed.take()
            if event is None:
                break
            self._tell(event)
        else:
            return
        if feed.closed:
            self._loop.remove_reader(feed.fileno())
            self._settle(self._all(), error=ClosedError("The engine was closed."))

    def _tell(self, event: Event) -> None:
        if event.kind is EventKind.RESET:
            self._settle(self._all())  # each looks again
        elif event.kind is EventKind.DELETED:
            self._settle(
                list(self._futures.get(event.id, ())),
                error=NotFoundError(f"There is no job {event.id}."),
            )
        else:
            self._settle(list(self._futures.get(event.id, ())), event.job)

    def _all(self) -> List["asyncio.Future[Optional[Job]]"]:
        return [future for waiting in self._futures.values() for future in waiting]

    @staticmethod
    def _settle(
        futures: List["asyncio.Future[Optional[Job]]"],
        job: Optional[Job] = None,
        error: Optional[Exception] = None,
    ) -> None:
        for future in futures:
            if future.done():
                continue
            if error is None:
                future.set_result(job)
            else:
                future.set_exception(error)
                future.exception()  # its waiter may be on another await still

    def close(self) -> None:
        """Lets the loop forget the descriptor."""
        task, self._feed = self._feed, None
        if task is None:
            return
        if not task.done():
            task.cancel()
        elif not task.cancelled() and task.exception() is None:
            feed = task.result()
            self._loop.remove_reader(feed.fileno())
            feed.close()
