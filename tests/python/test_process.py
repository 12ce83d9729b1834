"""Threads, signals, fork, exit: the engine as a part of a Python process."""
from __future__ import annotations

import copy
import os
import pickle
import signal
import subprocess
import sys
import textwrap
import threading
from typing import List

import pytest

import thumbjobs
from conftest import PATIENCE, FakeResizer, png, run


def script(code: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    head = f"import sys; sys.path.insert(0, {os.path.dirname(__file__)!r})\n"
    return run(head + textwrap.dedent(code), *arguments)


def test_no_thread_starts_at_import() -> None:
    done = script(
        """
        import os, threading
        before = len(os.listdir("/proc/self/task"))
        import thumbjobs
        assert len(os.listdir("/proc/self/task")) == before
        assert threading.active_count() == 1
        print("fine")
        """
    )
    assert done.stdout == "fine\n", done.stderr


def progress_during(call: "threading.Thread") -> int:
    """How often this thread got a turn while the other was in a call."""
    turns = 0
    call.start()
    while call.is_alive():
        turns += 1
    return turns


def test_other_threads_go_on_during_a_resize() -> None:
    image = png(6000, 6000)
    thumbjobs.thumbnail(png(), sandbox=False)  # libvips has started
    made = []
    call = threading.Thread(
        target=lambda: made.append(thumbjobs.thumbnail(image, sandbox=False, format="avif"))
    )
    # With the GIL held, this thread would get a turn only before and after the native call.
    assert progress_during(call) > 1000 and made


@pytest.mark.parametrize("what", ["wait", "events", "close"])
def test_other_threads_go_on_during(idle: thumbjobs.Engine, what: str) -> None:
    job = idle.submit(png())
    calls = {
        "wait": lambda: pytest.raises(TimeoutError, idle.wait, job, 0.3),
        "events": lambda: list(idle.events(timeout=0.3)),
        "close": lambda: (pytest.raises(TimeoutError, idle.wait, job, 0.2), idle.close()),
    }
    assert progress_during(threading.Thread(target=calls[what])) > 1000


def test_a_python_thread_works_beside_the_engines_threads() -> None:
    done = script(
        """
        import threading
        from conftest import png, FakeResizer
        import thumbjobs
        with thumbjobs.Engine(workers=4, resizer=FakeResizer()) as engine:
            jobs = []
            lock = threading.Lock()
            def submit(number):
                for n in range(25):
                    job = engine.submit(png(grey=n), metadata={"thread": str(number)})
                    with lock:
                        jobs.append(job)
            threads = [threading.Thread(target=submit, args=(n,)) for n in range(8)]
            for thread in threads: thread.start()
            for thread in threads: thread.join()
            assert all(engine.wait(job, 100).state == "succeeded" for job in jobs)
            assert engine.stats().succeeded == 200
        print("fine")
        """
    )
    assert done.stdout == "fine\n", done.stderr


@pytest.mark.parametrize("what", ["wait", "events", "close", "asyncio"])
def test_ctrl_c_ends_a_wait(what: str) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(
            f"""
            import sys; sys.path.insert(0, {os.path.dirname(__file__)!r})
            import asyncio, threading
            from conftest import png, FakeResizer
            import thumbjobs
            begun = threading.Event()
            release = threading.Event()
            class Slow(FakeResizer):
                def resize(self, request):
                    begun.set()
                    release.wait(100)
                    return super().resize(request)
            engine = thumbjobs.Engine(workers=1, resizer=Slow())
            job = engine.submit(png())
            begun.wait()
            try:
                print("ready", flush=True)
                if sys.argv[1] == "wait": engine.wait(job)
                if sys.argv[1] == "events": list(engine.events())
                if sys.argv[1] == "close": threading.Timer(1, release.set).start(); engine.close(1000)
                if sys.argv[1] == "asyncio": asyncio.run(engine.wait_async(job))
            except KeyboardInterrupt:
                print("interrupted", flush=True)
                release.set()
            """
        ), what],
        stdout=subprocess.PIPE, text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=PATIENCE)
    assert out == "interrupted\n" and process.returncode == 0


@pytest.mark.parametrize("sandbox", [True, False])
def test_ctrl_c_ends_a_one_shot(sandbox: bool) -> None:
    done = script(
        f"""
        import os, pathlib, signal, threading, time
        from conftest import png
        import thumbjobs
        tasks = pathlib.Path("/proc/self/task")
        thumbjobs.thumbnail(png(), sandbox={sandbox})  # everything has started
        image = png(5000, 5000)
        def tell_helpers(number):
            for task in tasks.iterdir():
                for helper in (task / "children").read_text().split():
                    os.kill(int(helper), number)
        tell_helpers(signal.SIGSTOP)  # one that never answers is given up after 30 seconds
        before = len(list(tasks.iterdir()))
        def interrupt():
            while len(list(tasks.iterdir())) < before + 2:  # this thread, and the one that resizes
                pass
            os.kill(os.getpid(), signal.SIGINT)
        threading.Thread(target=interrupt).start()
        begun = time.monotonic()
        try:
            thumbjobs.thumbnail(image, 5000, 5000, format="avif", sandbox={sandbox})
            print("made")
        except KeyboardInterrupt:
            assert time.monotonic() - begun < 20, "it was waited for"
            print("interrupted")
        tell_helpers(signal.SIGCONT)
        print(thumbjobs.thumbnail(png(), 8, 8, sandbox={sandbox}).width)  # the next one is made
        """
    )
    assert done.stdout == "interrupted\n8\n", done.stderr


def test_a_fork_cannot_use_the_engine() -> None:
    done = script(
        """
        import os
        from conftest import png
        import thumbjobs
        engine = thumbjobs.Engine(workers=1, sandbox=False)
        job = engine.wait(engine.submit(png()), 100)
        child = os.fork()
        if child == 0:
            try:
                engine.get(job)
            except thumbjobs.ClosedError as error:
                assert "fork" in str(error) and str(os.getppid()) in str(error), error
                assert engine.closed
                engine.close()
                with thumbjobs.Engine(workers=1) as own:  # and open one of its own
                    assert own.wait(own.submit(png()), 100).state == "succeeded"
                del engine
                sys.exit(7)
            sys.exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
        assert engine.get(job) == job
        engine.close()
        print("fine")
        """
    )
    assert done.stdout == "fine\n", done.stderr


@pytest.mark.parametrize("store", ["'memory:'", "DictStore()"])
def test_exit_with_running_workers_is_clean(store: str) -> None:
    done = script(
        f"""
        import threading
        from conftest import png, DictStore, FakeResizer
        import thumbjobs
        engine = thumbjobs.Engine({store}, workers=2, resizer=FakeResizer())
        for grey in range(200):
            engine.submit(png(grey=grey))
        events = engine.events()
        def wait():
            try:
                engine.wait("01a2014d-443f-7cf2-b607-9433ed24974c", 0)
            except thumbjobs.Error:
                pass
            list(events)
        for _ in range(20):
            threading.Thread(target=wait, daemon=True).start()
        print("end of the script")
        """
    )
    assert (done.returncode, done.stdout) == (0, "end of the script\n"), done.stderr
    assert "Fatal" not in done.stderr and "Traceback" not in done.stderr, done.stderr


def test_an_engine_that_is_dropped_warns_and_closes() -> None:
    with pytest.warns(ResourceWarning, match="unclosed <thumbjobs.Engine"):
        thumbjobs.Engine(workers=0)


def test_an_engine_is_not_copied(idle: thumbjobs.Engine) -> None:
    for copied in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="cannot be copied or pickled; open one where"):
            copied(idle)


def test_calls_under_way_when_the_engine_closes() -> None:
    engine = thumbjobs.Engine(workers=2, resizer=FakeResizer())
    begun = threading.Barrier(9)
    others: List[BaseException] = []

    def work(number: int) -> None:
        try:
            begun.wait()
            for round in range(1_000_000):
                job = engine.submit(png(grey=number))
                if (round + number) % 3:
                    engine.wait(job, PATIENCE)
                else:
                    next(engine.events("", timeout=1), None)
        except thumbjobs.ClosedError:
            pass
        except BaseException as error:
            others.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    begun.wait()
    engine.wait(engine.submit(png()), PATIENCE)
    engine.close()
    for thread in threads:
        thread.join(PATIENCE)
    assert others == [] and not any(thread.is_alive() for thread in threads)


def test_sub_interpreters_are_refused() -> None:
    done = script(
        """
        try:
            import _xxsubinterpreters as interpreters
        except ImportError:
            import _interpreters as interpreters
        import thumbjobs
        code = '''
        try:
            import thumbjobs
        except ImportError as error:
            print("refused:", error, flush=True)
        else:
            print("imported", flush=True)
        '''
        import textwrap
        interpreters.run_string(interpreters.create(), textwrap.dedent(code))
        """
    )
    assert "refused:" in done.stdout and "interpreter" in done.stdout, done.stderr
    assert "imported" not in done.stdout
