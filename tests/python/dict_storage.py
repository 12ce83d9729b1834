"""A storage that is written in Python, out of a dictionary. It passes the suite that every storage has to
(tst_python_backends)."""
from __future__ import annotations

import re
import threading
import time
from datetime import timedelta
from typing import Dict, Tuple

import thumbjobs as tj
from dict_journal import check_range


class DictStorage(tj.Storage):
    """Images in a dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._blobs: Dict[str, Tuple[bytes, float]] = {}
        self._owner = ""

    def describe(self) -> str:
        return "dict:"

    @staticmethod
    def _checked(key: str) -> str:
        if not tj.is_storage_key(key):
            raise tj.InvalidArgumentError(f"{key!r} is no storage key.")
        return key

    def put(self, key: str, data: bytes, kind: tj.BlobKind) -> None:
        with self._lock:
            self._blobs[self._checked(key)] = (data, time.monotonic())

    def open(self, key: str) -> bytes:
        with self._lock:
            found = self._blobs.get(self._checked(key))
        if found is None:
            raise tj.NotFoundError("There is no such image.")
        return found[0]

    def remove(self, key: str) -> bool:
        with self._lock:
            return self._blobs.pop(self._checked(key), None) is not None

    def list(self, cursor: str, limit: int) -> tj.StoredBlobPage:
        check_range("limit", limit, 1, 1000)
        if cursor and not tj.is_storage_key(cursor):
            raise tj.InvalidArgumentError("cursor is not one of the page before.")
        with self._lock:
            keys = sorted(key for key in self._blobs if key > cursor)
            now = time.monotonic()
            page = [
                tj.StoredBlob(key, len(self._blobs[key][0]), timedelta(seconds=now - self._blobs[key][1]))
                for key in keys[:limit]
            ]
            return tj.StoredBlobPage(page, keys[limit - 1] if len(keys) > limit else "")

    def stamp(self, store_id: str) -> str:
        if not re.fullmatch("[a-z0-9-]{1,64}", store_id):
            raise tj.InvalidArgumentError("A store's id is 1 to 64 of a-z 0-9 -.")
        with self._lock:
            self._owner = self._owner or store_id
            return self._owner

    def probe(self) -> None:
        pass
