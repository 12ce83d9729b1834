"""Engine: the class to start with."""
from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import warnings
import weakref
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from types import TracebackType
from typing import (
    Any,
    Callable,
    Dict,
    Iterable,
    Iterator,
    List,
    Mapping,
    NoReturn,
    Optional,
    Type,
    TypeVar,
    Union,
)
from urllib.parse import quote

from . import _arguments as arguments
from . import _logging, _native
from ._arguments import Image, known_keywords
from ._errors import ClosedError, NotFoundError, TimedOutError
from ._events import Events, LoopWaits
from ._types import (
    EngineSettings,
    ImageLimits,
    Job,
    JobState,
    ListQuery,
    LogLevel,
    LogLine,
    LogQuery,
    RenditionSpec,
    Stats,
    Thumbnail,
    accept,
)

_T = TypeVar("_T")
Seconds = Union[float, timedelta]
JobOrId = Union[Job, str]
States = Union[None, str, JobState, Iterable[Union[str, JobState]]]

_open_engines: "weakref.WeakSet[Engine]" = weakref.WeakSet()

SECOND = timedelta(seconds=1)
CENTURY = timedelta(days=365 * 100)

#: Threads that carry out the store's work for submit_async() and the like, however many are awaited.
POOL_THREADS = 4


def _abstract(base: type, part: object, argument: str) -> None:
    """Refuses a backend written in Python that lacks methods."""
    wanted = [n for n in vars(base) if not n.startswith("_")]
    missing = [
        n
        for n in wanted
        if getattr(type(part), n) is getattr(base, n) and type(part) is not base
    ]
    if missing:
        raise TypeError(
            f"{argument}: {type(part).__qualname__} does not implement {', '.join(missing)}; "
            f"accepted: a {base.__name__} with all of {', '.join(wanted)}"
        )


def _url_or_part(argument: str, given: object, base: type) -> "tuple[str, Any]":
    if isinstance(given, str):
        return arguments.url(argument, given), None
    if isinstance(given, base):
        _abstract(base, given, argument)
        return "", given
    raise arguments.wrong_type(argument, given, f"a URL as a str, or a {base.__name__}")


def _make_folders(path: str) -> List[str]:
    """Makes a folder, and those above it that are missing; says which it made."""
    missing = []
    while path and not os.path.isdir(path):
        missing.append(path)
        path = os.path.dirname(path)
    made = missing[::-1]
    if made:
        os.makedirs(made[-1], exist_ok=True)
    return made


def sandboxed(resizer: str, helpers: Optional[int]) -> str:
    """The URL of a resizer whose images are decoded in helper processes."""
    if resizer.startswith("sandbox:"):
        return resizer
    url = "sandbox:" + resizer
    if helpers and "helpers=" not in url:
        url += f"{'&' if '?' in url else '?'}helpers={helpers}"
    return url


def _view(blob: Any) -> memoryview:
    return memoryview(blob)


class Engine:
    """Submits images, runs jobs, answers questions. A context manager (`with`, or `async with`).

    `store` and `storage` are URLs ('sqlite:PATH', 'redis://HOST', 'memory:'; 'file:DIR',
    's3://BUCKET/PREFIX', 'redis://HOST', 'memory:'), or a JobStore and a Storage of your own.
    Engine.in_directory() sets both for a folder. Workers run as soon as it is open; `workers=0`
    makes a pure producer. With `sandbox`, images are decoded in helper processes, so one that
    crashes its decoder costs that attempt only; a Resizer of your own runs in this process.

    Durations are seconds or timedelta. May be used from several threads, not in a child of fork().
    Every call may raise Error.
    """

    @known_keywords
    def __init__(
        self,
        store: Union[str, _native.JobStore] = "memory:",
        storage: Union[str, _native.Storage] = "memory:",
        *,
        workers: int = 2,
        sandbox: bool = True,
        resizer: Union[str, _native.Resizer] = "jpeg:png:webp:vips:",
        limits: Optional[ImageLimits] = None,
        max_queued: int = 100_000,
        max_attempts: int = 3,
        max_crashes: int = 3,
        lease: Seconds = 30,
        keep_originals: bool = True,
        retention: Optional[Seconds] = None,
        relaxed_durability: bool = False,
        io_slots: int = 0,
        worker_name: str = "",
        inline_thumbnails: int = 32 * 1024,
    ) -> None:
        store_url, own_store = _url_or_part("store", store, _native.JobStore)
        storage_url, own_storage = _url_or_part("storage", storage, _native.Storage)
        resizer_url, own_resizer = _url_or_part("resizer", resizer, _native.Resizer)
        workers = arguments.whole("workers", workers, 0, 256)
        if arguments.flag("sandbox", sandbox) and own_resizer is None:
            resizer_url = sandboxed(resizer_url, workers)
        self._limits = arguments.image_limits(limits)
        settings = EngineSettings(
            store=store_url,
            storage=storage_url,
            resizer=resizer_url,
            workers=workers,
            io_slots=arguments.whole("io_slots", io_slots, 0, 1024),
            worker_name=arguments.worker_name("worker_name", worker_name),
            limits=self._limits,
            max_queued=arguments.whole("max_queued", max_queued, 0, 2**63 - 1),
            max_attempts=arguments.whole("max_attempts", max_attempts, 1, 100),
            max_crashes=arguments.whole("max_crashes", max_crashes, 1, 100),
            lease=arguments.duration_within("lease", lease, SECOND, timedelta(hours=1)),
            keep_originals=arguments.flag("keep_originals", keep_originals),
            inline_thumbnails=arguments.whole("inline_thumbnails", inline_thumbnails, 0, 2**20),
            retention=None
            if retention is None
            else arguments.duration_within("retention", retention, SECOND, CENTURY),
            relaxed_durability=arguments.flag("relaxed_durability", relaxed_durability),
        )
        self._lock = threading.Lock()
        self._pool: Optional[ThreadPoolExecutor] = None
        self._waits: Dict[asyncio.AbstractEventLoop, LoopWaits] = {}
        self._process = os.getpid()
        _logging.start()
        self._native = _native.Engine(settings, own_store, own_storage, own_resizer)
        _open_engines.add(self)

    @classmethod
    def in_directory(cls, directory: Union[str, "os.PathLike[str]"], **options: Any) -> "Engine":
        """A durable engine in one folder: SQLite in `jobs.db`, images in `images`."""
        path = arguments.path("directory", directory)
        folder = quote(os.fsencode(path) or ".")
        made = _make_folders(path)
        try:
            return cls(f"sqlite:{folder}/jobs.db", f"file:{folder}/images", **options)
        except BaseException:
            for empty in reversed(made):
                with contextlib.suppress(OSError):
                    os.rmdir(empty)
            raise

    # --- Its life

    def close(self, patience: Seconds = 10) -> None:
        """Lets running jobs finish for up to `patience` seconds, gives the rest back, and closes.
        Waits for jobs end with ClosedError, iterations over events end. Repeats do nothing. Ctrl-C
        cuts the patience short."""
        if os.getpid() != self._process:
            return
        given = arguments.duration("patience", patience)
        if given is None:
            raise arguments.wrong_type("patience", patience, "seconds, as a number or a timedelta")
        with self._lock:
            pool, self._pool = self._pool, None
        try:
            self._native.close(given)
        finally:
            if pool is not None:
                pool.shutdown(wait=False)
            _open_engines.discard(self)

    @property
    def closed(self) -> bool:
        """Whether it was closed; in a child of fork(), always."""
        return self._native.closed

    def __enter__(self) -> "Engine":
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    async def __aenter__(self) -> "Engine":
        return self

    async def __aexit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        await asyncio.get_running_loop().run_in_executor(None, self.close)

    def __del__(self) -> None:
        native = getattr(self, "_native", None)
        if native is not None and not native.closed:
            warnings.warn(f"unclosed {self!r}", ResourceWarning, source=self)
            self.close(0)

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{self!r} cannot be copied or pickled; open one where it is needed")

    def __repr__(self) -> str:
        state = "closed" if self.closed else "open"
        return f"<thumbjobs.Engine {self._native.describe()} {state}>"

    # --- Submitting

    @known_keywords
    def submit(
        self,
        image: Image,
        *,
        width: Optional[int] = None,
        height: Optional[int] = None,
        fit: Optional[str] = None,
        gravity: Optional[str] = None,
        format: Optional[str] = None,
        quality: Optional[int] = None,
        background: Optional[str] = None,
        enlarge: Optional[bool] = None,
        renditions: Optional[Iterable[RenditionSpec]] = None,
        filename: Optional[str] = None,
        priority: int = 0,
        idempotency_key: str = "",
        metadata: Optional[Mapping[str, str]] = None,
    ) -> Job:
        """Stores an image and queues its job; when it returns, both are durable.

        `image` is a path, a bytes-like object, a file opened in binary mode, or a PIL.Image. Either
        the keywords of one RenditionSpec, or several as `renditions`; by default one thumbnail of
        100x100. The same `idempotency_key` gives the same job. Raises InvalidArgumentError,
        ImageError, IdempotencyConflictError, CapacityError, NotFoundError for a path."""
        specs = arguments.renditions_of(
            renditions,
            width,
            height,
            dict(
                fit=fit,
                gravity=gravity,
                format=format,
                quality=quality,
                background=background,
                enlarge=enlarge,
            ),
        )
        source, name = arguments.read_image(image, self._limits.max_bytes)
        return self._native.submit(
            source,
            specs,
            name if filename is None else arguments.text("filename", filename),
            arguments.whole("priority", priority, -100, 100),
            arguments.text("idempotency_key", idempotency_key),
            arguments.metadata_of(metadata),
        )

    # --- Jobs

    def get(self, job: JobOrId) -> Job:
        """The job as it is now. Raises NotFoundError."""
        name = arguments.job_id(job)
        found = self._native.get(name)
        if found is None:
            raise NotFoundError(f"There is no job {name}.")
        return found

    def list(
        self,
        states: States = None,
        *,
        newest_first: bool = True,
        limit: Optional[int] = None,
        page_size: int = 100,
    ) -> Iterator[Job]:
        """Iterates over jobs, of all states or some. Reads a page when the one before is used up,
        `limit` jobs in all. Jobs that come or go meanwhile may be missed; others are not."""
        query = ListQuery(
            states=arguments.job_states(states),
            limit=arguments.whole("page_size", page_size, 1, 500),
            ascending=not arguments.flag("newest_first", newest_first),
        )
        return self._list(query, None if limit is None else arguments.whole("limit", limit, 0))

    def _list(self, query: ListQuery, limit: Optional[int]) -> Iterator[Job]:
        given = 0
        cursor = ""
        while limit is None or given < limit:
            page = self._native.list(
                ListQuery(query.states, query.limit, cursor, query.ascending)
            )
            for job in page.jobs:
                if limit is not None and given >= limit:
                    return
                given += 1
                yield job
            cursor = page.next_cursor
            if not cursor:
                return

    def wait(self, job: JobOrId, timeout: Optional[Seconds] = None) -> Job:
        """Waits until the job has succeeded, failed or been cancelled, and returns it; see
        Job.raise_for_error(). Raises TimedOutError when `timeout` seconds are over, NotFoundError
        when the job is removed, ClosedError. Ctrl-C ends it at once."""
        name = arguments.job_id(job)
        ended = self._native.wait(name, arguments.duration("timeout", timeout))
        if ended is None:
            raise TimedOutError(f"Job {name} has not ended within {timeout} seconds.")
        return ended

    def cancel(self, job: JobOrId) -> Job:
        """Cancels a job that has not ended. Raises NotFoundError, ConflictError."""
        return self._native.cancel(arguments.job_id(job))

    def retry(self, job: JobOrId) -> Job:
        """Runs a failed or cancelled job again. Raises NotFoundError, ConflictError."""
        return self._native.retry(arguments.job_id(job))

    def remove(self, job: JobOrId) -> None:
        """Cancels a job if need be, and removes it with its images. Raises NotFoundError."""
        self._native.remove(arguments.job_id(job))

    # --- Images

    def thumbnail(self, job: JobOrId, name: str = "") -> Thumbnail:
        """The bytes of a rendition, by default the first. Raises ConflictError unless the job has
        succeeded, NotFoundError."""
        blob, made = self._native.open_rendition(
            arguments.job_id(job), arguments.text("name", name)
        )
        return Thumbnail(_view(blob), made.media_type, made.width, made.height)

    def thumbnail_view(self, job: JobOrId, name: str = "") -> memoryview:
        """As thumbnail(), as a view of what the storage has in memory or in a file: not copied."""
        name = arguments.text("name", name)
        return _view(self._native.open_rendition(arguments.job_id(job), name)[0])

    def original(self, job: JobOrId) -> bytes:
        """The bytes that were submitted. Raises NotFoundError."""
        return bytes(_view(self._native.open_original(arguments.job_id(job))))

    def original_view(self, job: JobOrId) -> memoryview:
        """As original(), not copied."""
        return _view(self._native.open_original(arguments.job_id(job)))

    # --- What happens

    def events(
        self,
        since: Optional[str] = None,
        *,
        job: Optional[JobOrId] = None,
        states: States = None,
        timeout: Optional[Seconds] = None,
    ) -> Events:
        """Follows what happens to jobs, in all processes on the store: an iterator, and an
        asynchronous one. From now on, or after the cursor `since` ('' for the oldest event that is
        kept). Ends when no event came for `timeout` seconds. Without `since` it reads from the
        store before it returns."""
        feed = self._native.open_feed(
            None if job is None else arguments.job_id(job),
            arguments.job_states(states),
            None if since is None else arguments.text("since", since, "None, or a cursor as a str"),
        )
        return Events(feed, arguments.duration("timeout", timeout))

    def logs(
        self,
        job: Optional[JobOrId] = None,
        *,
        level: str = "debug",
        since: Optional[datetime] = None,
        limit: int = 200,
    ) -> List[LogLine]:
        """The newest `limit` (1 to 1000) lines of the processing log, oldest first."""
        return self._native.logs(
            LogQuery(
                job=None if job is None else arguments.job_id(job),
                min_level=accept(LogLevel, "level", level),
                since=arguments.moment("since", since),
                limit=arguments.whole("limit", limit, 1, 1000),
            )
        )

    def stats(self) -> Stats:
        """Counts of jobs in the store, and the workers of this process."""
        return self._native.stats()

    def pause(self) -> None:
        """Makes this engine's workers take no new jobs until resume()."""
        self._native.pause()

    def resume(self) -> None:
        """Lets the workers take jobs again."""
        self._native.resume()

    def probe(self) -> None:
        """Raises UnavailableError unless store and storage can be used."""
        self._native.probe()

    # --- On an event loop

    async def submit_async(self, image: Image, **options: Any) -> Job:
        """As submit(), without blocking the event loop: a pool of POOL_THREADS threads, which all
        calls of this engine share, does the work."""
        return await self._in_pool(lambda: self.submit(image, **options))

    async def wait_async(self, job: JobOrId, timeout: Optional[Seconds] = None) -> Job:
        """As wait(), on an event loop. Any number of waits takes no thread: the engine's events wake
        them."""
        name = arguments.job_id(job)
        seconds = arguments.duration("timeout", timeout)
        loop = asyncio.get_running_loop()
        waits = self._waits.get(loop)
        if waits is None:
            waits = self._waits[loop] = LoopWaits(self, loop)
        try:
            return await asyncio.wait_for(
                waits.wait(name), None if seconds is None else seconds.total_seconds()
            )
        except asyncio.TimeoutError as over:
            if isinstance(over, TimedOutError):  # of the store
                raise
            raise TimedOutError(f"Job {name} has not ended within {timeout} seconds.") from None
        finally:
            if waits.idle and self._waits.get(loop) is waits:
                del self._waits[loop]
                waits.close()

    async def thumbnail_async(self, job: JobOrId, name: str = "") -> Thumbnail:
        """As thumbnail(), by the pool of submit_async()."""
        return await self._in_pool(self.thumbnail, job, name)

    async def _in_pool(self, call: Callable[..., _T], *given: Any) -> _T:
        with self._lock:
            if self._native.closed:
                raise ClosedError("This Engine was closed.")
            if self._pool is None:
                self._pool = ThreadPoolExecutor(POOL_THREADS, "thumbjobs-async")
            pool = self._pool
        return await asyncio.get_running_loop().run_in_executor(pool, call, *given)


def close_all() -> None:
    """Closes every open engine; what is running is given back soon."""
    for engine in list(_open_engines):
        engine.close(5)
