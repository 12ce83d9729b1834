"""What arguments may be, and errors that name the argument, its value and what is accepted."""
from __future__ import annotations

import difflib
import functools
import inspect
import io
import operator
import os
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Callable, Dict, List, Optional, Tuple, TypeVar, Union, cast

from . import _native
from ._errors import InputTooLargeError, InvalidArgumentError
from ._types import ImageLimits, Job, JobState, RenditionSpec, accept

Image = Union[str, "os.PathLike[str]", bytes, bytearray, memoryview, Any]
"""A path, a bytes-like object, a file opened in binary mode, or a PIL.Image."""

_F = TypeVar("_F", bound=Callable[..., Any])


def wrong_type(argument: str, value: object, accepted: str) -> TypeError:
    """The error for a value of another type than accepted."""
    return TypeError(
        f"{argument}: {value!r} ({type(value).__name__}) is not accepted; accepted: {accepted}"
    )


def refused(argument: str, value: object, accepted: str) -> InvalidArgumentError:
    """The error for a value of the right type that is not accepted."""
    return InvalidArgumentError(f"{argument}: {value!r} is not accepted; accepted: {accepted}")


def text(argument: str, value: object, accepted: str = "a str") -> str:
    """A str that can be written as UTF-8."""
    if not isinstance(value, str):
        raise wrong_type(argument, value, accepted)
    try:
        value.encode()
    except UnicodeEncodeError:
        raise refused(argument, value, f"{accepted}, without lone surrogates") from None
    return value


def flag(argument: str, value: object) -> bool:
    """True or False, and nothing that merely counts as such."""
    if not isinstance(value, bool):
        raise wrong_type(argument, value, "True or False")
    return value


def whole(argument: str, value: object, least: int, most: Optional[int] = None) -> int:
    """An int of a range; also one of numpy's."""
    accepted = f"an int, {least} to {most}" if most is not None else f"an int of {least} or more"
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise wrong_type(argument, value, accepted)
    number = operator.index(cast(Any, value))
    if number < least or (most is not None and number > most):
        raise refused(argument, value, accepted)
    return number


def url(argument: str, value: str) -> str:
    """The text of a backend's URL. What it says is for the native side to judge."""
    example = {"store": "sqlite:PATH", "storage": "file:FOLDER", "resizer": "vips:"}
    accepted = f"a URL, as in '{example.get(argument, 'memory:')}'"
    if not re.match("[a-z0-9+]+:", text(argument, value, accepted)) or "\0" in value:
        raise refused(argument, value, accepted)
    return value


def image_limits(limits: Optional[ImageLimits]) -> ImageLimits:
    """The limits, or the default ones."""
    if limits is None:
        return ImageLimits()
    if not isinstance(limits, ImageLimits):
        raise wrong_type("limits", limits, "None, or ImageLimits")
    for name, value in vars(limits).items():
        whole(f"limits.{name}", value, 1, 2**31 - 1 if name == "max_frames" else 2**63 - 1)
    return limits


def metadata_of(metadata: Optional[Mapping[str, str]]) -> Dict[str, str]:
    """A dict of str to str."""
    if metadata is None:
        return {}
    accepted = "a mapping of str to str"
    if not isinstance(metadata, Mapping):
        raise wrong_type("metadata", metadata, accepted)
    for key, value in metadata.items():
        if not isinstance(key, str) or not isinstance(value, str):
            raise wrong_type("metadata", {key: value}, accepted)
        text("metadata", key, accepted)
        text("metadata", value, accepted)
    return dict(metadata)


def moment(argument: str, value: Optional[datetime]) -> Optional[datetime]:
    """A datetime that says its time zone."""
    if value is not None and not isinstance(value, datetime):
        raise wrong_type(argument, value, "None, or a datetime with a time zone")
    if value is not None and value.tzinfo is None:
        raise refused(argument, value, "a datetime with a time zone")
    return value


def known_keywords(function: _F) -> _F:
    """Makes the error for an unknown keyword name its value and the keywords that are accepted."""
    accepted = [
        name
        for name, parameter in inspect.signature(function).parameters.items()
        if name != "self" and parameter.kind is not parameter.POSITIONAL_ONLY
    ]
    known = frozenset(accepted)

    @functools.wraps(function)
    def checked(*args: Any, **keywords: Any) -> Any:
        for name in keywords.keys() - known:
            close = difflib.get_close_matches(name, accepted, 1)
            hint = f" (did you mean {close[0]!r}?)" if close else ""
            raise TypeError(
                f"{function.__qualname__}(): unknown argument {name!r}={keywords[name]!r}{hint}; "
                f"accepted: {', '.join(accepted)}"
            )
        return function(*args, **keywords)

    return cast(_F, checked)


def duration(argument: str, value: Union[float, timedelta, None]) -> Optional[timedelta]:
    """Seconds, as a number or a timedelta."""
    if value is None:
        return None
    if isinstance(value, timedelta):
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise wrong_type(argument, value, "seconds, as a number or a timedelta")
    try:
        return timedelta(seconds=value)
    except (OverflowError, ValueError):
        if value == float("inf"):
            return timedelta.max
        raise refused(argument, value, "a finite number of seconds") from None


def duration_within(
    argument: str, value: Union[float, timedelta], least: timedelta, most: timedelta
) -> timedelta:
    """A duration of a range."""
    given = duration(argument, value)
    if given is None:
        raise wrong_type(argument, value, "seconds, as a number or a timedelta")
    if not least <= given <= most:
        bounds = f"{least.total_seconds():g} to {most.total_seconds():.12g}"
        raise refused(argument, value, f"{bounds} seconds, as a number or a timedelta")
    return given


def worker_name(argument: str, value: object) -> str:
    """What a worker may be called in leases and logs."""
    accepted = "a str of up to 128 printable ASCII characters"
    name = text(argument, value, accepted)
    if len(name) > 128 or not (name.isascii() and name.isprintable()):
        raise refused(argument, value, accepted)
    return name


def job_id(job: Union[Job, str]) -> str:
    """The id of a job, or the id itself."""
    if isinstance(job, Job):
        return job.id
    return text("job", job, "a Job, or its id as a str")


def job_states(states: Union[None, str, JobState, Iterable[Union[str, JobState]]]) -> List[JobState]:
    """One state or several."""
    if states is None:
        return []
    if isinstance(states, str):
        states = [states]
    if not isinstance(states, Iterable):
        raise wrong_type("states", states, f"{', '.join(JobState)}, or several of these")
    return [accept(JobState, "states", state) for state in states]


def renditions_of(
    renditions: Optional[Iterable[RenditionSpec]],
    width: Optional[int],
    height: Optional[int],
    options: "dict[str, Any]",
) -> List[RenditionSpec]:
    """Several specs, or one made of the keywords."""
    given = {name: value for name, value in options.items() if value is not None}
    if renditions is None:
        for name, value in (("width", width), ("height", height)):
            if value is not None:
                given[name] = value
        return [RenditionSpec(**given)]
    for name, value in (("width", width), ("height", height), *given.items()):
        if value is not None:
            raise InvalidArgumentError(
                f"{name}: {value!r} is not accepted beside renditions; accepted: one or the other"
            )
    if isinstance(renditions, RenditionSpec):
        return [renditions]
    accepted = "RenditionSpec objects"
    if not isinstance(renditions, Iterable):
        raise wrong_type("renditions", renditions, accepted)
    specs = list(renditions)
    for spec in specs:
        if not isinstance(spec, RenditionSpec):
            raise wrong_type("renditions", spec, accepted)
    return specs


def _encoded(image: Any) -> bytes:
    """A PIL.Image as a file; PNG loses nothing."""
    if image.mode not in ("1", "L", "LA", "I", "I;16", "P", "RGB", "RGBA"):
        image = image.convert("RGB")
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def _base_name(path: str) -> str:
    """A file's name for people: what cannot be said in UTF-8 becomes a question mark."""
    return os.path.basename(path).encode("utf-8", "replace").decode()


def path(argument: str, value: Union[str, bytes, "os.PathLike[Any]"]) -> str:
    """The text of a path; bytes of it that are no UTF-8 are lone surrogates, as in Python's own."""
    try:
        found = os.fsdecode(value)
        encoded = os.fsencode(found)
    except TypeError:
        raise wrong_type(argument, value, "a path, as a str or os.PathLike") from None
    except UnicodeEncodeError:
        encoded = b"\0"
    if b"\0" in encoded:
        raise refused(argument, value, "a path, which holds no zero byte and no lone surrogate")
    return found


def read_image(
    image: Image, max_bytes: int, argument: str = "image"
) -> Tuple[Union[str, Any], str]:
    """What the native engine takes for an image (a path or a bytes-like object), and its name."""
    if isinstance(image, (str, os.PathLike)):
        name = path(argument, image)
        return name, _base_name(name)
    if isinstance(image, (bytes, bytearray, memoryview, _native.Blob)):
        return image, ""
    if callable(getattr(image, "read", None)):
        data = image.read(max_bytes + 1)
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise wrong_type(argument, image, "files opened in binary mode ('rb')")
        if len(data) > max_bytes:
            raise InputTooLargeError(f"The image has more than {max_bytes} bytes, the limit.")
        name = getattr(image, "name", "")
        return data, _base_name(name) if isinstance(name, str) else ""
    if callable(getattr(image, "save", None)) and hasattr(image, "mode"):
        name = getattr(image, "filename", "")
        return _encoded(image), _base_name(name) if isinstance(name, str) else ""
    try:
        return memoryview(image).cast("B"), ""
    except TypeError:
        raise wrong_type(
            argument,
            image,
            "a path, a bytes-like object, a file opened in binary mode, or a PIL.Image",
        ) from None
