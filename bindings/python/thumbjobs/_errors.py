"""The exceptions of thumbjobs: one class for each error code."""
from __future__ import annotations

from typing import Dict, Tuple, Type


class Error(Exception):
    """A call failed. `code` is for programs and stable; the text is for people."""

    code: str = "internal"
    #: Whether the same call may succeed later without being changed.
    retryable: bool = False
    #: For a log only; may hold paths.
    detail: str

    def __init__(self, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.detail = detail

    def __reduce__(self) -> Tuple[object, Tuple[str, str, str]]:
        return error, (self.code, str(self), self.detail)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r}, code={self.code!r})"


class InvalidArgumentError(Error, ValueError):
    """An argument is malformed or out of its range; the text names it, its value and what is accepted."""

    code = "invalid_argument"


class NotFoundError(Error, LookupError):
    """There is no such job, rendition or file (any more)."""

    code = "not_found"


class ConflictError(Error):
    """The job's state does not allow the call."""

    code = "conflict"


class IdempotencyConflictError(ConflictError):
    """The idempotency key is known, with another image or other options."""

    code = "idempotency_conflict"


class ImageError(Error):
    """The image is at fault; trying again does not help."""


class EmptyInputError(ImageError):
    """The image has no bytes at all."""

    code = "empty_input"


class InputTooLargeError(ImageError):
    """The image has more bytes than the limit."""

    code = "input_too_large"


class NotAnImageError(ImageError):
    """The bytes are of no known image format."""

    code = "not_an_image"


class UnsupportedFormatError(ImageError):
    """The image is of a format that is switched off or not built in."""

    code = "unsupported_format"


class ImageTooLargeError(ImageError):
    """The image has more pixels or frames than the limits, or would take too much memory."""

    code = "image_too_large"


class ImageTruncatedError(ImageError):
    """The file ends before its image does."""

    code = "image_truncated"


class ImageCorruptError(ImageError):
    """The decoder refused the image's contents."""

    code = "image_corrupt"


class DecoderError(Error):
    """The decoder's process died over the image."""


class DecoderCrashedError(DecoderError):
    """The decoder crashed."""

    code = "decoder_crashed"


class DecoderTimeoutError(DecoderError):
    """The decoder took too long."""

    code = "decoder_timeout"


class DecoderOutOfMemoryError(DecoderError):
    """The decoder needed more memory than it may have."""

    code = "decoder_out_of_memory"


class DecoderForbiddenError(DecoderError):
    """The decoder tried what the sandbox forbids."""

    code = "decoder_forbidden"


class CapacityError(Error):
    """Something is full; try again later."""

    retryable = True


class QueueFullError(CapacityError):
    """The bounded queue is full."""

    code = "queue_full"


class StorageFullError(CapacityError):
    """The disk, bucket or Redis has reached its reserve."""

    code = "storage_full"


class UnavailableError(Error):
    """A backend does not answer; a retry may help."""

    retryable = True


class StoreUnavailableError(UnavailableError):
    """The job store does not answer."""

    code = "store_unavailable"


class StorageUnavailableError(UnavailableError):
    """The image storage does not answer."""

    code = "storage_unavailable"


class IncompatibleError(Error):
    """The data were made by a newer version, or are not ours at all."""

    code = "incompatible"


class TimedOutError(Error, TimeoutError):
    """The time that the caller gave is over."""

    code = "timed_out"
    retryable = True


class LeaseLostError(Error):
    """Another worker holds the job, or it was cancelled or deleted."""

    code = "lease_lost"


class JobCancelledError(Error):
    """The work was stopped on request."""

    code = "cancelled"


class ClosedError(Error):
    """The engine was closed, or belongs to the process that this one was forked from."""

    code = "closed"


class InternalError(Error):
    """A defect of thumbjobs, or of a backend that is written in Python."""

    code = "internal"


def _leaves(base: Type[Error]) -> Dict[str, Type[Error]]:
    found = {base.code: base} if "code" in vars(base) and base is not Error else {}
    for sub in base.__subclasses__():
        found.update(_leaves(sub))
    return found


_BY_CODE = _leaves(Error)


def error(code: str, message: str, detail: str = "") -> Error:
    """The exception of a code; of an unknown one, an Error that carries it."""
    if code in _BY_CODE:
        return _BY_CODE[code](message, detail)
    unknown = Error(message, detail)
    unknown.code = code
    return unknown
