"""The Engine as a user sees it: submitting, jobs, images, events, errors."""
from __future__ import annotations

import array
import copy
import ctypes
import io
import logging
import pathlib
import pickle
import threading
import time
from datetime import timedelta
from typing import List

import pytest

import thumbjobs
from conftest import PATIENCE, png
from thumbjobs import JobState, RenditionSpec


def test_makes_a_thumbnail(engine: thumbjobs.Engine) -> None:
    job = engine.submit(png(640, 480), width=50, height=50, metadata={"album": "Summer"})
    assert job.state in JobState and not job.done
    job = engine.wait(job, timeout=PATIENCE)
    assert job.state is JobState.SUCCEEDED and job.state == "succeeded" and job.done
    assert job.raise_for_error() is job
    assert (job.original.width, job.original.height) == (640, 480)
    assert job.metadata == {"album": "Summer"}
    assert job.created_at.tzinfo is not None and job.finished_at is not None
    made = engine.thumbnail(job)
    assert (made.width, made.height, made.media_type) == (50, 38, "image/jpeg")
    assert made.startswith(b"\xff\xd8\xff") and len(made) == job.renditions[0].bytes
    assert engine.original(job) == png(640, 480)


def test_in_a_folder_with_the_sandbox(tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "a folder, with #%? in its name"
    with thumbjobs.Engine.in_directory(folder, workers=1) as first:
        job = first.wait(first.submit(png()), PATIENCE)
        assert job.state is JobState.SUCCEEDED
    assert first.closed and "closed" in repr(first)
    with thumbjobs.Engine.in_directory(folder, workers=0) as second:
        assert second.get(job.id) == job
        view = second.thumbnail_view(job)
        assert isinstance(view, memoryview) and view.readonly
        assert bytes(view) == second.thumbnail(job)
        copied = bytes(view)
    assert bytes(view) == copied  # it outlives the engine


@pytest.mark.parametrize("kind", ["path", "str", "bytes", "bytearray", "memoryview", "array",
                                  "file", "stream", "blob"])
def test_submits_from(idle: thumbjobs.Engine, tmp_path: pathlib.Path, kind: str) -> None:
    data = png()
    path = tmp_path / "photo.png"
    path.write_bytes(data)
    with path.open("rb") as file:
        image = {
            "path": path, "str": str(path), "bytes": data, "bytearray": bytearray(data),
            "memoryview": memoryview(data), "array": array.array("B", data), "file": file,
            "stream": io.BytesIO(data),
            "blob": idle.original_view(idle.submit(data)).obj,
        }[kind]
        job = idle.submit(image)
    assert idle.original(job) == data
    named = kind in ("path", "str", "file")
    assert job.original.filename == ("photo.png" if named else "")
    assert job.original.media_type == "image/png"


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "CMYK", "1"])
def test_submits_pillow_images(engine: thumbjobs.Engine, mode: str) -> None:
    image = pytest.importorskip("PIL.Image")
    job = engine.wait(engine.submit(image.new(mode, (200, 100)), width=20, height=20), PATIENCE)
    assert (job.renditions[0].width, job.renditions[0].height) == (20, 10)


def test_views_do_not_copy(engine: thumbjobs.Engine) -> None:
    job = engine.wait(engine.submit(png()), PATIENCE)
    def address(view: memoryview) -> int:
        # The storage `memory:` has one copy of the bytes, so two views of it are at one address.
        buffer = (ctypes.c_void_p * 32)()  # more than a Py_buffer, which begins with the address
        ctypes.pythonapi.PyObject_GetBuffer(ctypes.py_object(view), buffer, 0)
        found = buffer[0]
        ctypes.pythonapi.PyBuffer_Release(buffer)
        return int(found or 0)

    assert address(engine.original_view(job)) == address(engine.original_view(job)) != 0
    assert address(engine.thumbnail_view(job)) == address(engine.thumbnail_view(job)) != 0


def test_several_renditions(engine: thumbjobs.Engine) -> None:
    specs = [
        RenditionSpec("small", width=16, height=16, fit="cover", gravity="attention"),
        RenditionSpec("large", width=60, height=60, format="webp", quality=50),
        RenditionSpec("padded", width=40, height=40, fit=thumbjobs.Fit.INSIDE, background="#f80"),
    ]
    job = engine.wait(engine.submit(png(), renditions=specs), PATIENCE)
    assert [r.name for r in job.renditions] == ["small", "large", "padded"]
    assert engine.thumbnail(job, "large").media_type == "image/webp"
    assert engine.thumbnail(job, "padded").width == 40
    assert job.specs[2].background == "#ff8800ff" and job.specs[0].fit is thumbjobs.Fit.COVER
    with pytest.raises(thumbjobs.NotFoundError):
        engine.thumbnail(job, "huge")


def test_lists_lazily(idle: thumbjobs.Engine) -> None:
    ids = [idle.submit(png(grey=grey)).id for grey in range(25)]
    newest = idle.list(page_size=10)
    assert next(newest).id == ids[-1]
    idle.remove(ids[0])  # it is on a page that was not read yet
    assert [job.id for job in newest] == ids[1:-1][::-1]
    idle.cancel(ids[3])
    assert [job.id for job in idle.list(JobState.CANCELLED)] == [ids[3]]
    assert [job.id for job in idle.list(["cancelled", "failed"])] == [ids[3]]
    assert [job.id for job in idle.list(newest_first=False, limit=2)] == ids[1:3]
    assert list(idle.list(limit=0)) == []
    stats = idle.stats()
    assert (stats.queued, stats.cancelled, stats.workers) == (23, 1, 0)


def test_cancel_retry_remove(idle: thumbjobs.Engine) -> None:
    job = idle.submit(png())
    assert idle.cancel(job).state is JobState.CANCELLED
    assert idle.cancel(job.id).state is JobState.CANCELLED
    with pytest.raises(thumbjobs.JobCancelledError):
        idle.get(job).raise_for_error()
    assert idle.retry(job).state is JobState.QUEUED
    with pytest.raises(thumbjobs.ConflictError):
        idle.thumbnail(job)
    idle.remove(job)
    with pytest.raises(thumbjobs.NotFoundError):
        idle.get(job)
    with pytest.raises(LookupError):
        idle.wait(job, 5)


def test_same_key_same_job(idle: thumbjobs.Engine) -> None:
    first = idle.submit(png(), idempotency_key="order-1")
    assert idle.submit(png(), idempotency_key="order-1") == first
    with pytest.raises(thumbjobs.IdempotencyConflictError) as caught:
        idle.submit(png(grey=3), idempotency_key="order-1")
    assert isinstance(caught.value, thumbjobs.ConflictError)


def test_wait_times_out(idle: thumbjobs.Engine) -> None:
    job = idle.submit(png())
    with pytest.raises(TimeoutError) as caught:
        idle.wait(job, timedelta(milliseconds=10))
    assert caught.value.code == "timed_out" and caught.value.retryable  # type: ignore[attr-defined]
    with pytest.raises(thumbjobs.TimedOutError):
        idle.wait(job, 0)


def test_wait_is_told_of_the_end(idle: thumbjobs.Engine) -> None:
    job = idle.submit(png())
    ended = []
    thread = threading.Thread(target=lambda: ended.append(idle.wait(job, PATIENCE)))
    thread.start()
    idle.cancel(job)
    thread.join()
    assert ended[0].state is JobState.CANCELLED


def test_close_ends_waits(idle: thumbjobs.Engine) -> None:
    job = idle.submit(png())
    codes = []
    events = idle.events()
    following = iter(events)

    def wait() -> None:
        try:
            idle.wait(job)
        except thumbjobs.Error as error:
            codes.append(error.code)

    def follow() -> None:
        codes.append(f"{len(list(following))} events")

    threads = [threading.Thread(target=wait), threading.Thread(target=follow)]
    for thread in threads:
        thread.start()
    idle.close()
    for thread in threads:
        thread.join()
    assert sorted(codes) == ["0 events", "closed"]
    with pytest.raises(thumbjobs.ClosedError):
        idle.submit(png())
    idle.close()


def test_failed_jobs_say_why(engine: thumbjobs.Engine) -> None:
    job = engine.wait(engine.submit(png(400, 400)[:-300]), PATIENCE)
    assert job.state is JobState.FAILED and job.error is not None
    with pytest.raises(thumbjobs.ImageError) as caught:
        job.raise_for_error()
    assert caught.value.code == job.error.code
    assert job.error.code in repr(job) and job.error.message in job._repr_html_()


def test_events(idle: thumbjobs.Engine) -> None:
    job = idle.submit(png())
    other = idle.submit(png(grey=1))
    idle.cancel(job)
    idle.remove(job)
    with idle.events("", timeout=PATIENCE) as events:
        seen = [next(events) for _ in range(4)]
    kinds = [(event.kind.value, event.id, event.job and event.job.state.value) for event in seen]
    assert kinds[1] == ("job", other.id, "queued")
    assert kinds[3] == ("deleted", job.id, None)
    # A cursor resumes right after its event.
    resumed = next(idle.events(seen[1].cursor, timeout=PATIENCE))
    assert resumed.cursor == seen[2].cursor
    only = idle.events("", job=other, timeout=2)
    assert [event.id for event in only] == [other.id]
    strange = next(idle.events("not-a-cursor", timeout=PATIENCE))
    assert strange.kind is thumbjobs.EventKind.RESET


def test_events_that_lag_behind_miss_nothing(idle: thumbjobs.Engine) -> None:
    count = 3000  # more than a feed holds
    job = idle.submit(png())
    events = idle.events(timeout=PATIENCE)
    for _ in range(count // 2):
        idle.cancel(job)
        idle.retry(job)
    states = [next(events).job.state for _ in range(count)]  # type: ignore[union-attr]
    assert states == [JobState.CANCELLED, JobState.QUEUED] * (count // 2)


def test_logs(idle: thumbjobs.Engine) -> None:
    job = idle.submit(png())
    idle.cancel(job)
    lines = idle.logs(job)
    assert [line.job for line in lines] == [job.id] * len(lines) and len(lines) >= 2
    assert "cancelled" in lines[-1].message and lines[-1].state is JobState.CANCELLED
    assert idle.logs(job, level="error") == []
    assert idle.logs(since=lines[-1].time + timedelta(hours=1)) == []


def test_log_lines_reach_logging(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "thumbjobs"):
        with thumbjobs.Engine(workers=0) as engine:
            job = engine.submit(png())
            engine.cancel(job)

        def of_this_job() -> List[logging.LogRecord]:
            found = [r for r in caplog.records if getattr(r, "job_id", "") == job.id]
            return [r for r in found if "cancelled" in r.getMessage()]

        deadline = time.monotonic() + PATIENCE
        while not of_this_job():
            assert time.monotonic() < deadline
            threading.Event().wait(0.01)
    (record,) = of_this_job()
    assert record.name == "thumbjobs" and record.levelno == logging.INFO


def test_values_are_immutable_and_travel(engine: thumbjobs.Engine) -> None:
    job = engine.wait(engine.submit(png(), renditions=[RenditionSpec(), RenditionSpec("b")]), PATIENCE)
    with pytest.raises(AttributeError):
        job.priority = 3  # type: ignore[misc]
    with pytest.raises(TypeError):
        job.metadata["a"] = "b"  # type: ignore[index]
    with pytest.raises(TypeError):
        job.specs[0] = job.specs[1]  # type: ignore[index]
    assert pickle.loads(pickle.dumps(job)) == job and copy.deepcopy(job) == job
    assert len({job, engine.get(job)}) == 1
    made = engine.thumbnail(job)
    again = pickle.loads(pickle.dumps(made))
    assert again == made and again.width == made.width
    assert job.to_dict()["status"] == "succeeded"
    assert repr(job).startswith("Job(id='") and "64x48" in repr(job)
    assert "Thumbnail 64x48" in repr(made)


def test_notebooks_show_jobs_and_thumbnails(engine: thumbjobs.Engine) -> None:
    name = "<script>.png"
    job = engine.wait(engine.submit(png(), filename=name), PATIENCE)
    assert "<script>" not in job._repr_html_() and "&lt;script&gt;" in job._repr_html_()
    assert set(engine.thumbnail(job)._repr_mimebundle_()) == {"image/jpeg", "text/plain"}
    webp = thumbjobs.thumbnail(png(), format="webp", sandbox=False)
    assert "data:image/webp;base64," in webp._repr_mimebundle_()["text/html"]


def test_one_shot(tmp_path: pathlib.Path) -> None:
    made = thumbjobs.thumbnail(png(300, 150), 30, 30)
    assert (made.width, made.height) == (30, 15)
    path = tmp_path / "a.png"
    path.write_bytes(png(300, 150))
    assert thumbjobs.thumbnail(path, 30, 30, sandbox=False) == made
    assert thumbjobs.thumbnail(io.BytesIO(png()), fit="cover", format="png").media_type == "image/png"
    with pytest.raises(thumbjobs.NotAnImageError):
        thumbjobs.thumbnail(b"no image at all, but long enough to be looked at")
    with pytest.raises(thumbjobs.EmptyInputError):
        thumbjobs.thumbnail(b"")
    with pytest.raises(thumbjobs.ImageTooLargeError):
        thumbjobs.thumbnail(png(), limits=thumbjobs.ImageLimits(max_pixels=100))


def test_features() -> None:
    features = thumbjobs.features()
    assert features.version == thumbjobs.__version__
    assert {"memory", "sqlite"} <= set(features.stores)
    assert {"memory", "file"} <= set(features.storages)
    assert "image/jpeg" in features.input_types and "webp" in features.output_formats
    assert features.sandbox is True and "libvips" in features.resizer
