"""The enums, whose members are their names in the REST API, and how arguments are read as them."""
from __future__ import annotations

import enum
from typing import Type, TypeVar

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


class LeaseState(_Name):
    """Whether a lease is held still."""

    HELD = "held"
    LOST = "lost"


class BlobKind(_Name):
    """Who a blob is for: an original is refused once space is down to a reserve."""

    ORIGINAL = "original"
    RENDITION = "rendition"


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
