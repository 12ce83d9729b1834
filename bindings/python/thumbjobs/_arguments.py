"""What arguments may be, and errors that name the argument, its value and what is accepted."""
from __future__ import annotations

import difflib
import functools
import inspect
import io
import os
from datetime import timedelta
from typing import Any, Callable, Iterable, List, Optional, Tuple, TypeVar, Union, cast

from . import _native
from ._errors import InputTooLargeError, InvalidArgumentError
from ._types import Job, JobState, RenditionSpec, accept

Image = Union[str, "os.PathLike[str]", bytes, bytearray, memoryview, Any]
"""A path, a bytes-like object, a file opened in binary mode, or a PIL.Image."""

_F = TypeVar("_F", bound=Callable[..., Any])


def wrong_type(argument: str, value: object, accepted: str) -> TypeError:
    """The error for a value of another type than accepted."""
    return TypeError(
        f"{argument}: {value!r} ({type(value).__name__}) is not accepted; accepted: {accepted}"
    )


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
        raise InvalidArgumentError(
            f"{argument}: {value!r} is not accepted; accepted: a finite number of seconds"
        ) from None


def job_id(job: Union[Job, str]) -> str:
    """The id of a job, or the id itself."""
    if isinstance(job, Job):
        return job.id
    if isinstance(job, str):
        return job
    raise wrong_type("job", job, "a Job, or its id as a str")


def job_states(states: Union[None, str, JobState, Iterable[Union[str, JobState]]]) -> List[JobState]:
    """One state or several."""
    if states is None:
        return []
    if isinstance(states, str):
        states = [states]
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
    specs = list(renditions)
    for spec in specs:
        if not isinstance(spec, RenditionSpec):
            raise wrong_type("renditions", spec, "RenditionSpec objects")
    return specs


def _encoded(image: Any) -> bytes:
    """A PIL.Image as a file; PNG loses nothing."""
    if image.mode not in ("1", "L", "LA", "I", "I;16", "P", "RGB", "RGBA"):
        image = image.convert("RGB")
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def read_image(
    image: Image, max_bytes: int, argument: str = "image"
) -> Tuple[Union[str, Any], str]:
    """What the native engine takes for an image (a path or a bytes-like object), and its name."""
    if isinstance(image, (str, os.PathLike)):
        path = os.fspath(image)
        if not isinstance(path, str):
            path = os.fsdecode(path)
        return path, os.path.basename(path)
    if isinstance(image, (bytes, bytearray, memoryview, _native.Blob)):
        return image, ""
    if callable(getattr(image, "read", None)):
        data = image.read(max_bytes + 1)
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise wrong_type(argument, image, "files opened in binary mode ('rb')")
        if len(data) > max_bytes:
            raise InputTooLargeError(f"The image has more than {max_bytes} bytes, the limit.")
        name = getattr(image, "name", "")
        return data, os.path.basename(name) if isinstance(name, str) else ""
    if callable(getattr(image, "save", None)) and hasattr(image, "mode"):
        name = getattr(image, "filename", "")
        return _encoded(image), os.path.basename(name) if isinstance(name, str) else ""
    try:
        return memoryview(image).cast("B"), ""
    except TypeError:
        raise wrong_type(
            argument,
            image,
            "a path, a bytes-like object, a file opened in binary mode, or a PIL.Image",
        ) from None
