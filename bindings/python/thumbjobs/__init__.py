"""Thumbnails as durable background jobs.

    import thumbjobs

    with thumbjobs.Engine.in_directory("thumbs") as engine:
        job = engine.submit("photo.jpg", width=320, height=320)
        job = engine.wait(job, timeout=30).raise_for_error()
        thumbnail = engine.thumbnail(job)

Engine is the class to start with; thumbnail() needs no engine. `python -m thumbjobs --help` tells of
the command line.
"""
from __future__ import annotations

import atexit as _atexit
import os as _os

from . import _native

_native.refuse_sub_interpreters()

from . import _engine, _logging
from ._backends import is_storage_key, open_resizer, open_storage, open_store
from ._engine import Engine
from ._errors import (
    CapacityError,
    ClosedError,
    ConflictError,
    DecoderCrashedError,
    DecoderError,
    DecoderForbiddenError,
    DecoderOutOfMemoryError,
    DecoderTimeoutError,
    EmptyInputError,
    Error,
    IdempotencyConflictError,
    ImageCorruptError,
    ImageError,
    ImageTooLargeError,
    ImageTruncatedError,
    IncompatibleError,
    InputTooLargeError,
    InternalError,
    InvalidArgumentError,
    JobCancelledError,
    LeaseLostError,
    NotAnImageError,
    NotFoundError,
    QueueFullError,
    StorageFullError,
    StorageUnavailableError,
    StoreUnavailableError,
    TimedOutError,
    UnavailableError,
    UnsupportedFormatError,
)
from ._events import Events
from ._native import (
    Blob,
    JobStore,
    ResizeRequest,
    Resizer,
    Storage,
)
from ._one_shot import features, thumbnail
from ._types import (
    BlobKind,
    ClaimedJob,
    ClaimRequest,
    ClaimResult,
    Completion,
    CreateResult,
    EncodedImage,
    Event,
    EventKind,
    EventPage,
    Failure,
    Features,
    Fit,
    Gravity,
    ImageInfo,
    ImageLimits,
    Job,
    JobError,
    JobPage,
    JobRecord,
    JobState,
    Lease,
    LeaseState,
    ListQuery,
    LogLevel,
    LogLine,
    LogNote,
    LogQuery,
    NewJob,
    Original,
    OutputFormat,
    Rendition,
    RenditionSpec,
    ResizeResult,
    Stats,
    StoredBlob,
    StoredBlobPage,
    StoreStats,
    SweepRequest,
    SweepResult,
    Thumbnail,
)

__version__ = _native.version

__all__ = [
    "Blob",
    "BlobKind",
    "CapacityError",
    "ClaimRequest",
    "ClaimResult",
    "ClaimedJob",
    "ClosedError",
    "Completion",
    "ConflictError",
    "CreateResult",
    "DecoderCrashedError",
    "DecoderError",
    "DecoderForbiddenError",
    "DecoderOutOfMemoryError",
    "DecoderTimeoutError",
    "EmptyInputError",
    "EncodedImage",
    "Engine",
    "Error",
    "Event",
    "EventKind",
    "EventPage",
    "Events",
    "Failure",
    "Features",
    "Fit",
    "Gravity",
    "IdempotencyConflictError",
    "ImageCorruptError",
    "ImageError",
    "ImageInfo",
    "ImageLimits",
    "ImageTooLargeError",
    "ImageTruncatedError",
    "IncompatibleError",
    "InputTooLargeError",
    "InternalError",
    "InvalidArgumentError",
    "Job",
    "JobCancelledError",
    "JobError",
    "JobPage",
    "JobRecord",
    "JobState",
    "JobStore",
    "Lease",
    "LeaseLostError",
    "LeaseState",
    "ListQuery",
    "LogLevel",
    "LogLine",
    "LogNote",
    "LogQuery",
    "NewJob",
    "NotAnImageError",
    "NotFoundError",
    "Original",
    "OutputFormat",
    "QueueFullError",
    "Rendition",
    "RenditionSpec",
    "ResizeRequest",
    "ResizeResult",
    "Resizer",
    "Stats",
    "Storage",
    "StorageFullError",
    "StorageUnavailableError",
    "StoreStats",
    "StoreUnavailableError",
    "StoredBlob",
    "StoredBlobPage",
    "SweepRequest",
    "SweepResult",
    "Thumbnail",
    "TimedOutError",
    "UnavailableError",
    "UnsupportedFormatError",
    "features",
    "is_storage_key",
    "open_resizer",
    "open_storage",
    "open_store",
    "thumbnail",
]


def _end() -> None:
    # Before the interpreter goes: no native thread may enter it afterwards.
    _engine.close_all()
    _native.close_resizers()
    _logging.stop()
    _native.interpreter_ends()


def _after_fork_in_child() -> None:
    _logging.after_fork_in_child()
    _native.forget_resizers()


_atexit.register(_end)
_os.register_at_fork(after_in_child=_after_fork_in_child)
