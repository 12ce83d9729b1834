"""A resizer that is written in Python and next to free."""
from __future__ import annotations

import hashlib
from typing import List

import thumbjobs as tj


class FakeResizer(tj.Resizer):
    """Makes the hash of an image instead of a thumbnail; quick."""

    def describe(self) -> str:
        return "fake"

    def input_types(self) -> List[str]:
        return ["image/png", "image/jpeg"]

    def resize(self, request: tj.ResizeRequest) -> tj.ResizeResult:  # type: ignore[override]
        info = tj.ImageInfo("image/png", 4, 3)
        request.header(info)
        request.progress(0.5)
        digest = hashlib.sha256(request.data).digest()
        images = [
            tj.EncodedImage(digest, "image/png", spec.width, spec.height) for spec in request.specs
        ]
        return tj.ResizeResult(info, images)
