"""`python -m thumbjobs`, on a local store and on a thumbd."""
from __future__ import annotations

import json
import os
import pathlib
import pty
import signal
import subprocess
import sys
from typing import Any, Dict, Iterator, List

import pytest

from conftest import PATIENCE, png
from thumbjobs import _cli


def cli(*arguments: str, env: Dict[str, str] = {}) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "thumbjobs", *arguments], capture_output=True, text=True,
        timeout=PATIENCE, env={**os.environ, **env},
    )


def lines(done: "subprocess.CompletedProcess[str]") -> List[Dict[str, Any]]:
    assert done.stderr == ""
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def photo(tmp_path: pathlib.Path) -> str:
    path = tmp_path / "photo.png"
    path.write_bytes(png(640, 480))
    return str(path)


@pytest.fixture
def thumbd(tmp_path: pathlib.Path) -> Iterator[Dict[str, str]]:
    """A thumbd that asks for a token: its URL and the token."""
    program = os.environ.get("THUMBJOBS_THUMBD")
    if not program:
        pytest.skip("this build has no thumbd")
    tokens = tmp_path / "tokens"
    tokens.write_text("admin correct-horse-battery-staple\n")
    tokens.chmod(0o600)
    process = subprocess.Popen(
        [program, "--listen", "127.0.0.1:0", "--data-dir", str(tmp_path / "data"), "--token-file",
         str(tokens)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )
    assert process.stdout is not None
    url = process.stdout.readline().split()[-1]
    yield {"url": url, "token": "correct-horse-battery-staple"}
    process.send_signal(signal.SIGTERM)
    process.wait(PATIENCE)


@pytest.fixture(params=["default", "local", "server"])
def place(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> Iterator[Any]:
    """A function that runs a command in one of the three places."""
    env = {"XDG_DATA_HOME": str(tmp_path / "home")}
    where: List[str] = []
    if request.param == "local":
        where = ["--store", f"sqlite:{tmp_path}/j.db", "--storage", f"file:{tmp_path}/images"]
    if request.param == "server":
        server = request.getfixturevalue("thumbd")
        env["THUMBJOBS_TOKEN"] = server["token"]
        where = ["--server", server["url"]]
    yield lambda *arguments: cli(*arguments, *where, env=env)


def test_submit_wait_save(place: Any, photo: str, tmp_path: pathlib.Path) -> None:
    out = tmp_path / "out"
    made = lines(place("submit", photo, photo, "--size", "80x80", "--out", str(out), "--json"))
    assert [job["status"] for job in made] == ["succeeded"] * 2
    assert [job["renditions"][0]["width"] for job in made] == [80, 80]
    assert sorted(p.name for p in out.iterdir()) == ["photo-2.jpg", "photo.jpg"]
    assert (out / "photo.jpg").read_bytes().startswith(b"\xff\xd8")

    plain = place("submit", photo)
    assert plain.returncode == 0
    job = plain.stdout.strip()
    assert [found["id"] for found in lines(place("status", job, "--json"))] == [job]
    listed = lines(place("list", "--json", "--limit", "2"))
    assert [found["id"] for found in listed] == [job, made[1]["id"]]
    assert len(lines(place("list", "--state", "succeeded", "--json"))) >= 2
    (counts,) = lines(place("status", "--json"))
    assert counts["jobs"]["succeeded"] >= 2
    logs = place("logs", made[0]["id"])
    assert logs.returncode == 0 and "succeeded" in logs.stdout and made[0]["id"] in logs.stdout
    assert made[0]["id"] in place("list").stdout
    absent = place("status", "01a2014d-443f-7cf2-b607-9433ed24974c")
    assert absent.returncode == 1 and "(not_found)" in absent.stderr


def test_what_was_left_queued_is_done_by_the_next_wait(photo: str, tmp_path: pathlib.Path) -> None:
    env = {"XDG_DATA_HOME": str(tmp_path)}
    job = cli("submit", photo, env=env).stdout.strip()
    assert json.loads(cli("status", job, "--json", env=env).stdout)["status"] == "queued"
    assert cli("submit", photo, "--wait", env=env).returncode == 0
    assert json.loads(cli("status", job, "--json", env=env).stdout)["status"] == "succeeded"
    assert oct((tmp_path / "thumbjobs/cli").stat().st_mode)[-3:] == "700"


def test_failures_set_the_exit_code(photo: str, tmp_path: pathlib.Path) -> None:
    env = {"XDG_DATA_HOME": str(tmp_path)}
    text = tmp_path / "text.png"
    text.write_text("no image at all, and long enough to be looked at")
    done = cli("submit", str(text), str(tmp_path / "absent.png"), photo, "--wait", env=env)
    assert done.returncode == 1 and "succeeded" in done.stdout
    assert f"{text}: " in done.stderr and "absent.png" in done.stderr
    assert "(not_an_image)" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments, message", [
    (["submit", "x", "--size", "big"], "'big' is not accepted; accepted: WIDTHxHEIGHT"),
    (["submit", "x", "--fit", "round"], "'round'"),
    (["submit", "x", "--timeout", "-1"], "'-1' is not accepted; accepted: 0 or more seconds"),
    (["list", "--limit", "0"], "'0' is not accepted; accepted: 1 to 1000"),
    (["list", "--state", "done"], "'done'"),
    (["list", "--server", "ftp://x"], "'ftp://x' is not accepted; accepted: http://HOST:PORT"),
    (["list", "--server", "http://u:p@x"], "a URL with a password is not accepted"),
    (["list", "--store", "memory:"], "--store and --storage go together"),
    (["list", "--store", "http://u:p@x"], "--store: a thumbd is not accepted here; use --server"),
    (["list", "--store", "nosuch:", "--storage", "memory:"], "unknown scheme"),
    (["list", "--server", "http://x", "--store", "memory:"], "beside --server"),
    (["list", "--limit", "\u00b2"], "accepted: 1 to 1000"),
    (["submit", "x", "--out", "/dev/null"], "--out: '/dev/null' is not accepted (File exists)"),
    (["list", "--server", "http://x", "--token-file", "/none"], "--token-file: '/none' is not acc"),
    (["frobnicate"], "frobnicate"),
])
def test_bad_arguments(arguments: List[str], message: str, tmp_path: pathlib.Path) -> None:
    done = cli(*arguments, env={"XDG_DATA_HOME": str(tmp_path)})
    assert done.returncode == 2 and message in done.stderr, done.stderr
    assert "Traceback" not in done.stderr and "u:p" not in done.stderr


def test_a_reader_that_leaves(photo: str, tmp_path: pathlib.Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    process = subprocess.Popen(
        [sys.executable, "-m", "thumbjobs", "submit", photo], stdout=writer, stderr=subprocess.PIPE,
        text=True, env={**os.environ, "XDG_DATA_HOME": str(tmp_path)},
    )
    os.close(writer)
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 141 and said == ""


@pytest.mark.parametrize("filename", ["../../photo.jpg", "/photo.jpg", "photo.jpg", "..", "", "/"])
def test_names_lead_nowhere_else(filename: str, tmp_path: pathlib.Path) -> None:
    class Hostile:
        def thumbnail(self, job: str) -> bytes:
            return b"image"

    out = tmp_path / "a/b/out"
    out.mkdir(parents=True)
    job = {"id": "../../id", "filename": filename, "renditions": [{"media_type": "image/png"}]}
    _cli._save(Hostile(), job, str(out))  # type: ignore[arg-type]
    assert pathlib.Path(job["saved"]).resolve().parent == out
    assert len(list(out.iterdir())) == 1 and len(list(tmp_path.rglob("*.*"))) == 1


def test_a_server_that_is_not_there() -> None:
    done = cli("list", "--server", "http://127.0.0.1:1")
    assert done.returncode == 1 and "does not answer" in done.stderr


def test_tokens(thumbd: Dict[str, str], tmp_path: pathlib.Path) -> None:
    where = ["--server", thumbd["url"]]
    refused = cli("list", *where)
    assert refused.returncode == 1 and "token" in refused.stderr.lower()
    file = tmp_path / "token"
    file.write_text(thumbd["token"] + "\n")
    assert cli("list", *where, "--token-file", str(file)).returncode == 0


def test_a_terminal_gets_a_progress_bar(photo: str, tmp_path: pathlib.Path) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "thumbjobs", "submit", photo, "--wait"], stderr=theirs,
        stdout=subprocess.PIPE, text=True, env={**os.environ, "XDG_DATA_HOME": str(tmp_path)},
    )
    os.close(theirs)
    out, _ = process.communicate(timeout=PATIENCE)
    shown = os.read(ours, 4096).decode()
    os.close(ours)
    assert process.returncode == 0 and "succeeded" in out
    assert "[....." in shown and "0/1" in shown
