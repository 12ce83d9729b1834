"""The backends that are built in, to put something around them, and what a storage of one's own needs."""
from __future__ import annotations

from . import _arguments as arguments
from . import _native


def open_store(url: str) -> _native.JobStore:
    """Opens a built-in job store, as in 'sqlite:jobs.db'. Raises InvalidArgumentError,
    StoreUnavailableError, IncompatibleError."""
    return _native.open_store(arguments.url("url", url))


def open_storage(url: str) -> _native.Storage:
    """Opens a built-in storage, as in 'file:images'. Raises InvalidArgumentError,
    StorageUnavailableError, IncompatibleError."""
    return _native.open_storage(arguments.url("url", url))


def open_resizer(url: str) -> _native.Resizer:
    """Opens a built-in resizer, as in 'vips:' or 'sandbox:vips:'. Raises InvalidArgumentError."""
    return _native.open_resizer(arguments.url("url", url))


def is_storage_key(key: str) -> bool:
    """Whether `key` has the form that Storage demands: one to five segments of a-z 0-9 - _, joined by
    slashes, at most 200 characters."""
    if not isinstance(key, str):
        raise arguments.wrong_type("key", key, "a str")
    return key.isascii() and _native.is_storage_key(key)
