"""A thousand engines and ten thousand jobs leave nothing behind."""
from __future__ import annotations

import gc
import os
import sys
import weakref

import thumbjobs
from conftest import DictStorage, DictStore, FakeResizer, png


def resident() -> int:
    """Bytes of memory of this process."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def handles() -> int:
    return len(os.listdir("/proc/self/fd")) + len(os.listdir("/proc/self/task"))


def test_a_thousand_engines() -> None:
    resizer = FakeResizer()

    def some(count: int) -> None:
        for _ in range(count):
            with thumbjobs.Engine(workers=1, resizer=resizer) as engine:
                engine.submit(png())

    some(50)
    gc.collect()
    memory, open_handles = resident(), handles()
    some(950)
    gc.collect()
    assert handles() <= open_handles + 2
    assert resident() < memory + (30 << 20)  # 950 engines of 30 kB would be as much


def test_parts_written_in_python_are_let_go() -> None:
    parts = []
    for _ in range(20):
        store, storage, resizer = DictStore(), DictStorage(), FakeResizer()
        with thumbjobs.Engine(store, storage, workers=1, resizer=resizer) as engine:
            engine.submit(png())
        parts += [weakref.ref(store), weakref.ref(storage), weakref.ref(resizer)]
    del store, storage, resizer, engine
    gc.collect()
    assert [part() for part in parts] == [None] * 60


def test_ten_thousand_jobs() -> None:
    data = png()
    references = sys.getrefcount(data)
    with thumbjobs.Engine(workers=0) as engine:
        def some(count: int) -> None:
            for _ in range(count):
                job = engine.submit(data)
                engine.get(job)
                engine.cancel(job)
                bytes(engine.original_view(job))
                engine.remove(job)

        some(2000)
        gc.collect()
        memory = resident()
        some(8000)
        gc.collect()
        assert sum(1 for _ in engine.list()) == 0
        # Events and log are kept, up to 20,000 changes: that is the growth that is allowed.
        assert resident() < memory + (80 << 20)
    assert sys.getrefcount(data) == references


def test_waits_and_feeds_are_let_go() -> None:
    with thumbjobs.Engine(workers=0) as engine:
        job = engine.submit(png())
        engine.cancel(job)
        before = handles()
        for _ in range(500):
            engine.wait(job, 1)
            next(engine.events(""))
        gc.collect()
        assert handles() <= before + 1
        assert engine.get(job).done
