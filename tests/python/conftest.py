"""What the tests share."""
from __future__ import annotations

import os
import pathlib
import struct
import subprocess
import sys
import zlib
from typing import Iterator

import pytest

import thumbjobs

sys.path.insert(0, os.path.dirname(__file__))

from dict_storage import DictStorage  # noqa: E402
from dict_store import DictStore  # noqa: E402
from fake_resizer import FakeResizer  # noqa: E402

PATIENCE = 120  # seconds: generous, since the machine may be busy


def png(width: int = 64, height: int = 48, grey: int = 128) -> bytes:
    """A PNG file, made without a library."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    rows = (b"\0" + bytes([grey]) * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows, 1))
        + chunk(b"IEND", b"")
    )


def run(code: str, *arguments: str, **options: object) -> "subprocess.CompletedProcess[str]":
    """Runs Python code in a process of its own."""
    return subprocess.run(
        [sys.executable, "-X", "dev", "-c", code, *arguments],
        capture_output=True, text=True, timeout=PATIENCE, **options,  # type: ignore[call-overload]
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Names what was left out as the other tests do, which .ci/run looks for."""
    for report in terminalreporter.getreports("skipped"):
        terminalreporter.write_line(f"SKIP   : {report.nodeid} {report.longrepr[-1]}")


@pytest.fixture
def source() -> pathlib.Path:
    """The repository."""
    return pathlib.Path(os.environ["THUMBJOBS_SOURCE"])


@pytest.fixture
def engine() -> Iterator[thumbjobs.Engine]:
    """In memory, with libvips in this process: quick to start."""
    with thumbjobs.Engine(workers=1, sandbox=False) as opened:
        yield opened


@pytest.fixture
def quick() -> Iterator[thumbjobs.Engine]:
    """In memory, with a resizer that does next to nothing."""
    with thumbjobs.Engine(workers=1, resizer=FakeResizer()) as opened:
        yield opened


@pytest.fixture
def idle() -> Iterator[thumbjobs.Engine]:
    """In memory, with no workers: jobs stay queued."""
    with thumbjobs.Engine(workers=0) as opened:
        yield opened


__all__ = ["PATIENCE", "DictStorage", "DictStore", "FakeResizer", "png", "run"]
