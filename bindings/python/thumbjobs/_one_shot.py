"""thumbnail() without a store, and features()."""
from __future__ import annotations

from typing import Optional

from . import _arguments as arguments
from . import _native
from ._arguments import Image, known_keywords
from ._engine import sandboxed
from ._errors import Error
from ._types import Features, ImageLimits, OutputFormat, Thumbnail


@known_keywords
def thumbnail(
    data: Image,
    width: int = 100,
    height: int = 100,
    *,
    fit: Optional[str] = None,
    gravity: Optional[str] = None,
    format: Optional[str] = None,
    quality: Optional[int] = None,
    background: Optional[str] = None,
    enlarge: Optional[bool] = None,
    limits: Optional[ImageLimits] = None,
    sandbox: bool = True,
) -> Thumbnail:
    """Makes one thumbnail and returns the bytes of its file; no job, no store.

    `data` and the keywords are as of Engine.submit(). With `sandbox`, a helper process, which later
    calls share, decodes the image. Raises InvalidArgumentError, ImageError, DecoderError."""
    bounds = arguments.image_limits(limits)
    options = dict(
        fit=fit,
        gravity=gravity,
        format=format,
        quality=quality,
        background=background,
        enlarge=enlarge,
    )
    spec = arguments.renditions_of(None, width, height, options)[0]
    source, _ = arguments.read_image(data, bounds.max_bytes, "data")
    resizer = "jpeg:png:webp:vips:"
    if arguments.flag("sandbox", sandbox):
        resizer = sandboxed(resizer, None)
    made = _native.thumbnail(source, spec, bounds, resizer)
    return Thumbnail(made.data, made.media_type, made.width, made.height)


def features() -> Features:
    """What this build has. Looks at libvips, and for the sandbox's helper program."""
    found = _native.features()
    return Features(
        output_formats=[str(name) for name in OutputFormat if name is not OutputFormat.AUTO],
        sandbox=_has_sandbox(),
        **found,
    )


def _has_sandbox() -> bool:
    try:
        _native.open_resizer(sandboxed("jpeg:png:webp:vips:", 1))
    except Error:
        return False
    return True
