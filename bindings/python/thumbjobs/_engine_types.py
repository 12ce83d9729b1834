"""What an engine is set up with, and what it answers beside jobs."""
from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Dict, List, Optional


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
    inline_thumbnails: int
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
        data = base64.b64encode(self).decode()
        return {
            "text/html": f'<img width="{self.width}" height="{self.height}" '
            f'src="data:{self.media_type};base64,{data}">',
            "text/plain": repr(self),
        }
