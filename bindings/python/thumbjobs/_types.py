"""The values of thumbjobs: immutable, comparable, picklable. What JobStore, Storage and Resizer of
one's own are given and return stands in the second half."""
from __future__ import annotations

import enum
import html
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import (
    TYPE_CHECKING,
    Any,
    Dict,
    List,
    Mapping,
    NoReturn,
    Optional,
    Sequence,
    Type,
    TypeVar,
)

if TYPE_CHECKING:
    from ._errors import Error

_E = TypeVar("_E", bound=enum.Enum)


class _Name(str, enum.Enum):
    """A member is its name, as it stands in the REST API: JobState.QUEUED == "queued"."""

    def __str__(self) -> str:
        return str(self.value)

    def __repr__(self) -> str:
        return repr(self.value)


class JobState(_Name):
    """Where a job stands; docs/job-states.md has the drawing."""

    QUEUED = "queued"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def done(self) -> bool:
        """Whether a job stays in this state by itself."""
        return self not in (JobState.QUEUED, JobState.PROCESSING)


class Fit(_Name):
    """How an image is made to fit its box."""

    CONTAIN = "contain"
    COVER = "cover"
    FILL = "fill"
    INSIDE = "inside"


class Gravity(_Name):
    """Which part is kept when `cover` crops, and where `inside` places the image."""

    CENTRE = "centre"
    ATTENTION = "attention"
    ENTROPY = "entropy"
    NORTH = "north"
    NORTH_EAST = "north-east"
    EAST = "east"
    SOUTH_EAST = "south-east"
    SOUTH = "south"
    SOUTH_WEST = "south-west"
    WEST = "west"
    NORTH_WEST = "north-west"


class OutputFormat(_Name):
    """The file format of a rendition; `auto` is JPEG, or PNG where there is transparency."""

    AUTO = "auto"
    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    AVIF = "avif"


class EventKind(_Name):
    """What an event tells: a job changed, a job is gone, or events were missed."""

    JOB = "job"
    DELETED = "deleted"
    RESET = "reset"


class LogLevel(_Name):
    """How grave a line of the processing log is."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def accept(kind: Type[_E], argument: str, value: object) -> _E:
    """The member of an enum that `value` is or names; else a ValueError that says what is accepted."""
    try:
        return kind(value)
    except ValueError:
        from ._errors import InvalidArgumentError

        names = ", ".join(str(member.value) for member in kind)
        raise InvalidArgumentError(
            f"{argument}: {value!r} is not accepted; accepted: {names}"
        ) from None


@dataclass(frozen=True)
class RenditionSpec:
    """One image that a job shall make of its original. Sizes are pixels, 1 to 10000; `fit`, `gravity`
    and `format` are a Fit, a Gravity and an OutputFormat, or their names; `quality` is 1 to 100, 0
    for the format's default; `background` is a colour as in '#ff8800' or 'white'."""

    name: str = "thumbnail"
    width: int = 100
    height: int = 100
    fit: str = Fit.CONTAIN
    gravity: str = Gravity.CENTRE
    format: str = OutputFormat.AUTO
    quality: int = 0
    background: Optional[str] = None
    enlarge: bool = False
    keep_profile: bool = False
    linear_light: bool = False

    def __post_init__(self) -> None:
        from . import _native

        object.__setattr__(self, "fit", accept(Fit, "fit", self.fit))
        object.__setattr__(self, "gravity", accept(Gravity, "gravity", self.gravity))
        object.__setattr__(self, "format", accept(OutputFormat, "format", self.format))
        _native.validate_renditions([self])


@dataclass(frozen=True)
class Rendition:
    """One finished image of a job. `checksum` is 'sha256:' and 64 hexadecimal digits."""

    name: str
    media_type: str
    width: int
    height: int
    bytes: int
    checksum: str = ""


@dataclass(frozen=True)
class JobError:
    """Why a job failed, or why its last attempt did."""

    code: str
    message: str


@dataclass(frozen=True)
class Original:
    """The image that was submitted. Width and height are 0 until a worker has read the header;
    `available` is False once the image was deleted."""

    filename: str = ""
    media_type: str = ""
    bytes: int = 0
    width: int = 0
    height: int = 0
    available: bool = True


class _FrozenDict(Dict[str, str]):
    """A dict that cannot be changed."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("a Job does not change")

    __setitem__ = __delitem__ = __ior__ = _refuse  # type: ignore[assignment]
    clear = pop = popitem = setdefault = update = _refuse  # type: ignore[assignment]

    def __reduce__(self) -> Any:
        return type(self), (dict(self),)


@dataclass(frozen=True, repr=False)
class Job:
    """A snapshot of one job. It does not change; ask the engine for a newer one."""

    id: str
    state: JobState
    original: Original
    specs: Sequence[RenditionSpec]
    renditions: Sequence[Rendition]
    priority: int
    attempts: int
    max_attempts: int
    crashes: int
    progress: float
    error: Optional[JobError]
    metadata: Mapping[str, str]
    request_id: str
    traceparent: str
    created_at: datetime
    updated_at: datetime
    started_at: Optional[datetime] = None
    finished_at: Optional[datetime] = None
    next_attempt_at: Optional[datetime] = None
    expires_at: Optional[datetime] = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "specs", tuple(self.specs))
        object.__setattr__(self, "renditions", tuple(self.renditions))
        object.__setattr__(self, "metadata", _FrozenDict(self.metadata))

    def __hash__(self) -> int:
        return hash(self.id)

    @property
    def done(self) -> bool:
        """Whether it has succeeded, failed or been cancelled."""
        return self.state.done

    def exception(self) -> Optional["Error"]:
        """What raise_for_error() would raise."""
        from ._errors import error

        if self.state is JobState.FAILED and self.error is not None:
            return error(self.error.code, self.error.message)
        if self.state is JobState.CANCELLED:
            return error("cancelled", f"Job {self.id} was cancelled.")
        return None

    def raise_for_error(self) -> "Job":
        """Raises the Error of a failed or cancelled job; returns any other."""
        found = self.exception()
        if found is not None:
            raise found
        return self

    def to_dict(self) -> Dict[str, Any]:
        """The job with the members of the REST API, ready for json.dumps()."""
        from . import _native

        members: Dict[str, Any] = json.loads(_native.job_json(self))
        return members

    def __repr__(self) -> str:
        parts = [f"id={self.id!r}", f"state={self.state.value!r}"]
        if self.original.filename:
            parts.append(f"filename={self.original.filename!r}")
        if self.original.width:
            parts.append(f"size={self.original.width}x{self.original.height}")
        if self.state is JobState.PROCESSING:
            parts.append(f"progress={self.progress:.0%}")
        if self.renditions:
            made = ", ".join(f"{r.name} {r.width}x{r.height}" for r in self.renditions)
            parts.append(f"renditions=[{made}]")
        if self.error is not None:
            parts.append(f"error={self.error.code!r}")
        return f"Job({', '.join(parts)})"

    def _repr_html_(self) -> str:
        rows = [
            ("job", self.id),
            ("state", self.state.value),
            ("file", self.original.filename or "-"),
            ("size", f"{self.original.width} x {self.original.height}, {self.original.bytes} bytes"),
        ]
        rows += [
            (r.name, f"{r.width} x {r.height}, {r.bytes} bytes, {r.media_type}")
            for r in self.renditions
        ]
        if self.error is not None:
            rows.append(("error", f"{self.error.code}: {self.error.message}"))
        cells = "".join(
            f"<tr><th>{html.escape(name)}</th><td>{html.escape(value)}</td></tr>"
            for name, value in rows
        )
        return f"<table>{cells}</table>"


@dataclass(frozen=True)
class Event:
    """Something that happened to a job. Iterating on from `cursor` repeats nothing and misses
    nothing. `job` is the job right after, for the kind JOB."""

    kind: EventKind
    cursor: str
    id: str
    job: Optional[Job] = None


@dataclass(frozen=True)
class LogLine:
    """One line of the processing log that the store keeps for all processes."""

    sequence: int
    time: datetime
    level: LogLevel
    job: str
    state: JobState
    message: str
    worker: str = ""
    request_id: str = ""


@dataclass(frozen=True)
class ImageLimits:
    """Bounds that are checked before an image is decoded."""

    max_bytes: int = 64 << 20
    max_pixels: int = 100_000_000
    max_frames: int = 1_000
    max_dimension: int = 65_535


@dataclass(frozen=True)
class Stats:
    """Counts of jobs in the store, by state, and the workers of this process."""

    queued: int
    processing: int
    succeeded: int
    failed: int
    cancelled: int
    delayed: int
    oldest_ready_age: Optional[timedelta]
    finished_last_minute: int
    workers: int
    workers_busy: int
    draining: bool
    outage: bool


@dataclass(frozen=True)
class Features:
    """What this build has: versions, schemes of URLs, media types that are read, formats written."""

    version: str
    stores: List[str]
    storages: List[str]
    resizers: List[str]
    resizer: str
    input_types: List[str]
    output_formats: List[str]
    sandbox: bool
    pybind11: str
    compiler: str


@dataclass(frozen=True)
class EngineSettings:
    """What thumbjobs.Engine hands to the native engine."""

    store: str
    storage: str
    resizer: str
    workers: int
    io_slots: int
    worker_name: str
    limits: ImageLimits
    max_queued: int
    max_attempts: int
    max_crashes: int
    lease: timedelta
    keep_originals: bool
    retention: Optional[timedelta]
    relaxed_durability: bool


class Thumbnail(bytes):
    """The bytes of an image file, with what is known of it. Notebooks show the image."""

    media_type: str
    width: int
    height: int

    def __new__(cls, data: bytes, media_type: str, width: int, height: int) -> "Thumbnail":
        """Takes the file's bytes and what is known of them."""
        made = super().__new__(cls, data)
        made.media_type = media_type
        made.width = width
        made.height = height
        return made

    def __getnewargs__(self) -> Any:
        return bytes(self), self.media_type, self.width, self.height

    def __repr__(self) -> str:
        return f"<Thumbnail {self.width}x{self.height} {self.media_type}, {len(self)} bytes>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Dict[str, Any]:
        if self.media_type in ("image/png", "image/jpeg"):
            return {self.media_type: bytes(self), "text/plain": repr(self)}
        import base64

        data = base64.b64encode(self).decode()
        return {
            "text/html": f'<img width="{self.width}" height="{self.height}" '
            f'src="data:{self.media_type};base64,{data}">',
            "text/plain": repr(self),
        }


# --- For job stores that are written in Python; job_store.h has the contract.


class LeaseState(_Name):
    """Whether a lease is held still."""

    HELD = "held"
    LOST = "lost"


@dataclass(frozen=True)
class JobRecord:
    """A job as a store keeps it: what users see, and what only the engine needs."""

    job: Job
    original_key: str = ""
    rendition_keys: List[str] = field(default_factory=list)
    claim_id: str = ""
    deleted: bool = False


@dataclass(frozen=True)
class Lease:
    """The proof that a worker holds a job."""

    job: str
    token: int
    claim_id: str


@dataclass(frozen=True)
class LogNote:
    """The line that a transition leaves in the processing log; none if it is empty."""

    level: LogLevel = LogLevel.INFO
    message: str = ""
    worker: str = ""


@dataclass(frozen=True)
class NewJob:
    """What JobStore.create() is given. `deadline` is time since the machine booted."""

    id: str
    original: Original
    original_key: str
    specs: List[RenditionSpec]
    priority: int
    max_attempts: int
    metadata: Dict[str, str]
    request_id: str
    traceparent: str
    idempotency_key: str
    idempotency_fingerprint: str
    max_queued: int
    deadline: timedelta
    note: LogNote


@dataclass(frozen=True)
class CreateResult:
    """What JobStore.create() returns; `created` is False for an earlier job of the same key."""

    job: Job
    created: bool


@dataclass(frozen=True)
class ListQuery:
    """Which page of jobs is wanted."""

    states: List[JobState] = field(default_factory=list)
    limit: int = 50
    cursor: str = ""
    ascending: bool = False


@dataclass(frozen=True)
class JobPage:
    """One page of jobs."""

    jobs: List[Job]
    next_cursor: str = ""
    events_cursor: str = ""


@dataclass(frozen=True)
class EventPage:
    """Events, and the cursor to read on from."""

    events: List[Event]
    cursor: str


@dataclass(frozen=True)
class ClaimRequest:
    """A worker's wish for jobs."""

    worker: str
    nonce: str
    max_jobs: int
    lease: timedelta


@dataclass(frozen=True)
class ClaimedJob:
    """A job and the lease on it."""

    record: JobRecord
    lease: Lease


@dataclass(frozen=True)
class ClaimResult:
    """The jobs of a claim; if there are none, how long until one becomes ready."""

    jobs: List[ClaimedJob] = field(default_factory=list)
    next_due: Optional[timedelta] = None


@dataclass(frozen=True)
class Completion:
    """What JobStore.complete() commits."""

    original_width: int
    original_height: int
    renditions: List[Rendition]
    rendition_keys: List[str]
    drop_original: bool
    retention: Optional[timedelta]
    note: LogNote


@dataclass(frozen=True)
class Failure:
    """What JobStore.fail() commits."""

    error: JobError
    crash: bool
    retryable: bool
    max_crashes: int
    backoff: timedelta
    retention: Optional[timedelta]
    original_width: int
    original_height: int
    note: LogNote


@dataclass(frozen=True)
class SweepResult:
    """What a sweep did; `more` when it reached its bound."""

    requeued: int = 0
    crashed: int = 0
    failed: int = 0
    expired: int = 0
    more: bool = False


@dataclass(frozen=True)
class SweepRequest:
    """The bounds of a sweep."""

    worker: str
    max_crashes: int
    retention: Optional[timedelta]
    tombstone_delay: timedelta
    limit: int


@dataclass(frozen=True)
class StoreStats:
    """Counts of jobs."""

    queued: int = 0
    processing: int = 0
    succeeded: int = 0
    failed: int = 0
    cancelled: int = 0
    delayed: int = 0
    oldest_ready_age: Optional[timedelta] = None
    finished_last_minute: int = 0


@dataclass(frozen=True)
class LogQuery:
    """Which log lines are wanted: the newest `limit` that match, oldest first."""

    job: Optional[str] = None
    min_level: LogLevel = LogLevel.DEBUG
    since: Optional[datetime] = None
    limit: int = 200


# --- For storages and resizers that are written in Python.


class BlobKind(_Name):
    """Who a blob is for: an original is refused once space is down to a reserve."""

    ORIGINAL = "original"
    RENDITION = "rendition"


@dataclass(frozen=True)
class StoredBlob:
    """A blob in a listing; `age` is since it was written."""

    key: str
    bytes: int
    age: timedelta


@dataclass(frozen=True)
class StoredBlobPage:
    """One page of a storage's blobs; `cursor` is empty at the end."""

    blobs: List[StoredBlob]
    cursor: str = ""


@dataclass(frozen=True)
class ImageInfo:
    """What an image's header says."""

    media_type: str
    width: int
    height: int
    frames: int = 1


@dataclass(frozen=True)
class EncodedImage:
    """One image that a resizer made: the file's bytes."""

    data: bytes
    media_type: str
    width: int
    height: int


@dataclass(frozen=True)
class ResizeResult:
    """What Resizer.resize() returns: one image for each spec, in that order."""

    source: ImageInfo
    images: List[EncodedImage]
