"""Stores, storages and resizers that are written in Python. The suites of C++ run on them, too:
tst_python_backends."""
from __future__ import annotations

from typing import Any, List

import pytest

import thumbjobs
from conftest import PATIENCE, DictStorage, DictStore, FakeResizer, png
from thumbjobs import JobState


def test_an_engine_on_python_all_through() -> None:
    store, storage = DictStore(), DictStorage()
    with thumbjobs.Engine(store, storage, workers=2, resizer=FakeResizer()) as engine:
        assert "dict:" in repr(engine)
        jobs = [engine.submit(png(grey=n), width=n + 1, height=9) for n in range(20)]
        ended = [engine.wait(job, PATIENCE) for job in jobs]
        assert {job.state for job in ended} == {JobState.SUCCEEDED}
        assert [job.renditions[0].width for job in ended] == list(range(1, 21))
        assert len(engine.thumbnail(ended[0])) == 32
        engine.remove(jobs[0])
    assert len(storage._blobs) == 2 * 19


def test_python_around_a_store_that_is_built_in() -> None:
    calls: List[str] = []

    class Counting(thumbjobs.JobStore):
        """Hands every call on, as a decorator of one's own might."""

        def __init__(self, inner: thumbjobs.JobStore) -> None:
            super().__init__()
            self.inner = inner

    def forward(name: str) -> Any:
        def call(self: Counting, *given: Any) -> Any:
            calls.append(name)
            return getattr(self.inner, name)(*given)

        return call

    for name in vars(thumbjobs.JobStore):
        if not name.startswith("_"):
            setattr(Counting, name, forward(name))
    store = Counting(thumbjobs.open_store("memory:"))
    with thumbjobs.Engine(store, resizer=FakeResizer(), workers=1) as engine:
        job = engine.wait(engine.submit(png(), metadata={"a": "b"}), PATIENCE)
        assert job.state is JobState.SUCCEEDED and job.metadata == {"a": "b"}
        assert engine.logs(job)[0].job == job.id
    assert {"create", "claim", "complete", "find"} <= set(calls)


def test_missing_methods_are_named() -> None:
    class Half(thumbjobs.Storage):
        def describe(self) -> str:
            return "half"

    with pytest.raises(TypeError, match=r"storage: .*Half does not implement put, open, remove"):
        thumbjobs.Engine(storage=Half())


class Refusing(FakeResizer):
    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def resize(self, request: thumbjobs.ResizeRequest) -> thumbjobs.ResizeResult:  # type: ignore
        raise self.error


@pytest.mark.parametrize("error, code", [
    (thumbjobs.ImageCorruptError("It is upside down."), "image_corrupt"),
    (ZeroDivisionError("boom"), "internal"),
])
def test_what_a_resizer_raises_is_the_jobs_error(error: Exception, code: str) -> None:
    with thumbjobs.Engine(workers=1, resizer=Refusing(error), max_attempts=1) as engine:
        job = engine.wait(engine.submit(png()), PATIENCE)
    assert job.state is JobState.FAILED and job.error is not None
    assert job.error.code == code
    assert "boom" not in job.error.message  # that is for the log


def test_what_a_store_raises_reaches_the_caller() -> None:
    class Down(DictStore):
        down = False

        def create(self, job: thumbjobs.NewJob) -> thumbjobs.CreateResult:
            if self.down:
                raise ConnectionError("no route to host")
            return super().create(job)

    store = Down()
    with thumbjobs.Engine(store, workers=0) as engine:
        engine.submit(png())
        store.down = True
        with pytest.raises(thumbjobs.StoreUnavailableError) as caught:
            engine.submit(png())
    assert caught.value.retryable and "no route" in caught.value.detail


def test_wrong_results_are_internal_errors() -> None:
    class Wrong(DictStore):
        def stats(self) -> thumbjobs.StoreStats:
            return "many"  # type: ignore[return-value]

    with thumbjobs.Engine(Wrong(), workers=0) as engine:
        with pytest.raises(thumbjobs.InternalError) as caught:
            engine.stats()
    assert "Wrong.stats()" in str(caught.value) and "'many'" in caught.value.detail


def test_parts_outlive_their_last_name() -> None:
    engine = thumbjobs.Engine(DictStore(), DictStorage(), workers=1, resizer=FakeResizer())
    with engine:  # nothing but the engine holds them
        assert engine.wait(engine.submit(png()), PATIENCE).done


def test_storages_and_resizers_that_are_built_in() -> None:
    storage = thumbjobs.open_storage("memory:")
    storage.put("a/b", b"bytes", thumbjobs.BlobKind.ORIGINAL)
    assert bytes(storage.open("a/b")) == b"bytes"
    assert [blob.key for blob in storage.list("", 10).blobs] == ["a/b"]
    assert storage.remove("a/b") and not storage.remove("a/b")
    resizer = thumbjobs.open_resizer("vips:")
    made = resizer.resize(png(), [thumbjobs.RenditionSpec(width=8, height=8)], thumbjobs.ImageLimits())
    assert (made.source.width, made.images[0].width) == (64, 8)
    assert "libvips" in resizer.describe()
