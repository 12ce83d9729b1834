"""What storages and resizers that are written in Python are given and return; storage.h and resizer.h
have the contract."""
from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import List


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
