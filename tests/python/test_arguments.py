"""What is done with bad arguments: the exception names the argument, its value and what is accepted."""
from __future__ import annotations

import os
import pathlib
import re
from datetime import datetime, timedelta
from typing import Any, Callable, Dict, List, Tuple

import pytest

import thumbjobs
from conftest import DictStorage, DictStore, FakeResizer, png

IMAGE = png()

BAD: Dict[str, Callable[[thumbjobs.Engine], Any]] = {
    r"store: 5 \(int\) is not accepted; accepted: a URL": lambda e: thumbjobs.Engine(5),
    r"store: 'jobs.db' is not accepted; accepted: a URL, as in 'sqlite:PATH'":
        lambda e: thumbjobs.Engine("jobs.db"),
    r"store: 'nosuch:x' cannot be opened: .*unknown scheme \"nosuch\"; accepted: memory:":
        lambda e: thumbjobs.Engine("nosuch:x"),
    r"store: 'sqlite:x\?fast=1' cannot be opened: .* \"fast\"; accepted: durability":
        lambda e: thumbjobs.Engine("sqlite:x?fast=1"),
    r"storage: 'file:' cannot be opened: .* accepted: file:FOLDER":
        lambda e: thumbjobs.Engine(storage="file:"),
    r"resizer: 'vips:\?speed=9' cannot be opened: .* \"speed\"; accepted: formats":
        lambda e: thumbjobs.Engine(resizer="vips:?speed=9", sandbox=False),
    r"url: 'jobs.db' is not accepted; accepted: a URL": lambda e: thumbjobs.open_store("jobs.db"),
    r"unknown argument 'worker'=3 \(did you mean 'workers'\?\); accepted: store, storage":
        lambda e: thumbjobs.Engine(worker=3),
    r"workers: 1000 is not accepted; accepted: an int, 0 to 256":
        lambda e: thumbjobs.Engine(workers=1000),
    r"workers: 'two' \(str\) is not accepted; accepted: an int":
        lambda e: thumbjobs.Engine(workers="two"),
    r"workers: True \(bool\) is not accepted": lambda e: thumbjobs.Engine(workers=True),
    r"sandbox: 'no' \(str\) is not accepted; accepted: True or False":
        lambda e: thumbjobs.Engine(sandbox="no"),
    r"lease: 'x' \(str\) is not accepted; accepted: seconds": lambda e: thumbjobs.Engine(lease="x"),
    r"lease: 0.001 is not accepted; accepted: 1 to 3600 seconds":
        lambda e: thumbjobs.Engine(lease=0.001),
    r"retention: 0 is not accepted; accepted: 1 to 3153600000 seconds":
        lambda e: thumbjobs.Engine(retention=0),
    r"worker_name: 'a\\nb' is not accepted; accepted: a str of up to 128 printable ASCII":
        lambda e: thumbjobs.Engine(worker_name="a\nb"),
    r"image: 5 \(int\) is not accepted; accepted: a path, a bytes-like": lambda e: e.submit(5),
    r"image: 'a\\x00b' is not accepted; accepted: a path": lambda e: e.submit("a\0b"),
    r"unknown argument 'widht'=3": lambda e: e.submit(IMAGE, widht=3),
    r"width is 0; accepted: 1 to 10000": lambda e: e.submit(IMAGE, width=0),
    r"width: 'x' \(str\) is not accepted; accepted: int": lambda e: e.submit(IMAGE, width="x"),
    r"width: True \(bool\) is not accepted; accepted: int": lambda e: e.submit(IMAGE, width=True),
    r"enlarge: 'no' \(str\) is not accepted; accepted: bool":
        lambda e: e.submit(IMAGE, enlarge="no"),
    r"fit: 'round' is not accepted; accepted: contain, cover, fill, inside":
        lambda e: e.submit(IMAGE, fit="round"),
    r"background: 'reddish'": lambda e: e.submit(IMAGE, background="reddish"),
    r"width: 3 is not accepted beside renditions":
        lambda e: e.submit(IMAGE, width=3, renditions=[thumbjobs.RenditionSpec()]),
    r"renditions: 7 \(int\) is not accepted": lambda e: e.submit(IMAGE, renditions=[7]),
    r"priority: 101 is not accepted; accepted: an int, -100 to 100":
        lambda e: e.submit(IMAGE, priority=101),
    r"metadata: \{'a': 1\}": lambda e: e.submit(IMAGE, metadata={"a": 1}),
    r"job: 'nonsense' is not accepted; accepted: a Job, or its id": lambda e: e.get("nonsense"),
    r"job: 5 \(int\) is not accepted": lambda e: e.get(5),
    r"name: 5 \(int\) is not accepted": lambda e: e.thumbnail("x", 5),
    r"timeout: 'soon' \(str\) is not accepted": lambda e: e.wait("x", "soon"),
    r"timeout: nan is not accepted": lambda e: e.wait("x", float("nan")),
    r"states: 'done' is not accepted; accepted: queued, processing": lambda e: list(e.list("done")),
    r"states: 5 \(int\) is not accepted; accepted: queued, processing": lambda e: e.list(5),
    r"page_size: 0": lambda e: e.list(page_size=0),
    r"level: 'loud' is not accepted; accepted: debug, info": lambda e: e.logs(level="loud"),
    r"since: datetime.*accepted: a datetime with a time zone":
        lambda e: e.logs(since=datetime(2026, 1, 1)),
    r"limits: 5 \(int\) is not accepted": lambda e: thumbjobs.thumbnail(IMAGE, limits=5),
    r"limits.max_pixels: 0 is not accepted; accepted: an int, 1 to":
        lambda e: thumbjobs.thumbnail(IMAGE, limits=thumbjobs.ImageLimits(max_pixels=0)),
    r"binary mode": lambda e: e.submit(open(__file__)),
}


@pytest.mark.parametrize("message", BAD)
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_bad_arguments_are_named(idle: thumbjobs.Engine, message: str) -> None:
    with pytest.raises((TypeError, ValueError)) as caught:
        BAD[message](idle)
    assert re.search(message, str(caught.value)), str(caught.value)


# --- Every argument of every call, with values of every kind

SPEC = ["width", "height", "fit", "gravity", "format", "quality", "background", "enlarge"]
CALLS: Dict[str, List[str]] = {
    "submit": ["image", *SPEC, "renditions", "filename", "priority", "idempotency_key", "metadata"],
    "get": ["job"],
    "list": ["states", "newest_first", "limit", "page_size"],
    "wait": ["job", "timeout"],
    "cancel": ["job"],
    "retry": ["job"],
    "remove": ["job"],
    "thumbnail": ["job", "name"],
    "thumbnail_view": ["job", "name"],
    "original": ["job"],
    "original_view": ["job"],
    "events": ["since", "job", "states", "timeout"],
    "logs": ["job", "level", "since", "limit"],
    "close": ["patience"],
    "Engine": [
        "store", "storage", "workers", "sandbox", "resizer", "limits", "max_queued", "max_attempts",
        "max_crashes", "lease", "keep_originals", "retention", "relaxed_durability", "io_slots",
        "worker_name", "inline_thumbnails",
    ],
    "Engine.in_directory": ["directory"],
    "RenditionSpec": ["name", *SPEC, "keep_profile", "linear_light"],
    "one_shot": ["data", *SPEC, "limits", "sandbox"],
    "is_storage_key": ["key"],
    "open_store": ["url"],
    "open_storage": ["url"],
    "open_resizer": ["url"],
}
VALUES: List[Any] = [
    None, 5, -1, 0, 10**30, 2**31, 2**63, 1.5, float("inf"), float("nan"), True, "x", "", "\ud800",
    "a\0b", "\xe9" * 400, b"x", bytearray(b"x"), [], ["x"], [5], {}, {"a": 1}, {5: "a"}, (1, 2),
    object(), len, datetime(2026, 1, 1), timedelta.max, timedelta(-1), thumbjobs.JobState.QUEUED,
]


def bound(engine: thumbjobs.Engine, name: str) -> Tuple[Callable[..., Any], Dict[str, Any]]:
    """A call, and arguments that are accepted."""
    job = engine.cancel(engine.submit(IMAGE))
    if name == "one_shot":
        return thumbjobs.thumbnail, {"data": IMAGE, "sandbox": False}
    if name == "Engine":
        return (lambda **given: thumbjobs.Engine(**{"workers": 0, **given}).close()), {}
    if name == "Engine.in_directory":
        return (lambda **given: thumbjobs.Engine.in_directory(workers=0, **given).close()), {}
    if name == "close":
        return thumbjobs.Engine(workers=0).close, {}
    if name == "list":
        return (lambda **given: list(engine.list(**given))), {}
    if name == "events":
        return (lambda **given: next(engine.events(**{"since": "", "timeout": 0, **given}), 0)), {}
    if name == "submit":
        return engine.submit, {"image": IMAGE}
    if "job" in CALLS[name]:
        return getattr(engine, name), {} if name in ("events", "logs") else {"job": job}
    return getattr(thumbjobs, name, None) or getattr(engine, name), {}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_no_value_is_misunderstood(
    idle: thumbjobs.Engine, name: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    wrong = []
    for argument in CALLS[name]:
        for value in VALUES:
            call, given = bound(idle, name)
            try:
                call(**{**given, argument: value})
            except (TypeError, ValueError) as refused:
                # Its own name, or that of the spec's member.
                message = str(refused)
                if argument not in message or "incompatible function" in message:
                    wrong.append((argument, value, refused))
            except thumbjobs.InternalError as defect:
                wrong.append((argument, value, defect))
            except (thumbjobs.Error, OSError):
                pass  # as of a file that is not there, or a folder that cannot be made
            except Exception as other:
                wrong.append((argument, value, other))
    assert wrong == []


@pytest.mark.parametrize(
    "bad",
    [
        {"lease": 0}, {"lease": 3601}, {"lease": timedelta(microseconds=999_500)}, {"retention": 0.5},
        {"retention": timedelta.max}, {"worker_name": "x" * 129}, {"worker_name": "\xe9"},
        {"workers": -1}, {"io_slots": 1025}, {"max_queued": -1}, {"max_attempts": 0},
        {"max_crashes": 101}, {"limits": thumbjobs.ImageLimits(max_bytes=0)}, {"sandbox": 1},
        {"resizer": "nosuch:"}, {"resizer": "vips:?speed=9"}, {"unknown": 1},
        {"inline_thumbnails": 2**20 + 1},
    ],
    ids=str,
)
def test_bad_options_leave_nothing_behind(bad: Dict[str, Any], tmp_path: pathlib.Path) -> None:
    refused = (TypeError, ValueError)
    with pytest.raises(refused):
        thumbjobs.Engine(f"sqlite:{tmp_path}/jobs.db", DictStorage(), **bad)
    if "resizer" not in bad:
        with pytest.raises(refused):
            thumbjobs.Engine(DictStore(), f"file:{tmp_path}/images", resizer=FakeResizer(), **bad)
    with pytest.raises(refused):
        thumbjobs.Engine.in_directory(tmp_path / "made/for/it", **bad)
    assert list(tmp_path.iterdir()) == []


def test_ints_of_other_kinds_will_do(idle: thumbjobs.Engine) -> None:
    class Seven:
        def __index__(self) -> int:
            return 7

    assert idle.submit(IMAGE, priority=Seven(), width=Seven()).priority == 7  # type: ignore


def test_names_that_are_no_utf8(idle: thumbjobs.Engine, tmp_path: pathlib.Path) -> None:
    path = os.path.join(os.fsencode(tmp_path), b"caf\xe9.png")
    with open(path, "wb") as file:
        file.write(IMAGE)
    for name in (os.fsdecode(path), pathlib.Path(os.fsdecode(path))):  # bytes are an image
        assert idle.submit(name).original.filename == "caf?.png"
        assert thumbjobs.thumbnail(name, 8, 8, sandbox=False).width == 8
    with open(path, "rb") as file:
        assert idle.submit(file).original.filename in ("caf?.png", "")
    folder = os.fsencode(tmp_path) + b"/jobs \xe9%?#"
    with thumbjobs.Engine.in_directory(folder, workers=0) as engine:
        engine.submit(IMAGE)
    assert sorted(os.listdir(folder))[:2] == [b"images", b"jobs.db"]


def test_other_bad_input(idle: thumbjobs.Engine, tmp_path: pathlib.Path) -> None:
    for submit in (idle.submit, thumbjobs.thumbnail):
        with pytest.raises(thumbjobs.NotFoundError):
            submit(tmp_path / "absent.png")
        with pytest.raises(thumbjobs.InvalidArgumentError):
            submit(tmp_path)
        with pytest.raises(thumbjobs.NotAnImageError):
            submit(b"text, and nothing but text, for a while")
        with pytest.raises(thumbjobs.EmptyInputError):
            submit(b"")
    with pytest.raises(thumbjobs.StoreUnavailableError, match="store: .*redis:.*127.0.0.1:1") as down:
        thumbjobs.Engine("redis://me:secret@127.0.0.1:1", workers=0)
    assert "secret" not in str(down.value) + down.value.detail
    with pytest.raises(thumbjobs.Error, match="store: .*sqlite:/proc/absent/jobs.db"):
        thumbjobs.Engine("sqlite:/proc/absent/jobs.db", workers=0)


def test_a_missing_helper_is_said() -> None:
    with pytest.raises(thumbjobs.InvalidArgumentError, match="resizer: .*worker"):
        thumbjobs.Engine(resizer="sandbox:vips:?worker=/nowhere/thumbjobs-worker")
