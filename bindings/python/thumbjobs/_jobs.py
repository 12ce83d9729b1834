"""Jobs and what belongs to them: specs, renditions, events, lines of the log. Immutable, comparable,
picklable."""
from __future__ import annotations

import html
import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Dict, Mapping, NoReturn, Optional, Sequence

from ._names import EventKind, Fit, Gravity, JobState, LogLevel, OutputFormat, accept

if TYPE_CHECKING:
    from ._errors import Error


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

    def __str__(self) -> str:
        time = self.time.isoformat(" ", "milliseconds")
        return f"{time} {self.level} {self.job} {self.message}"
