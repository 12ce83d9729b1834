"""Every example of examples/python is run, as are those of README.md and docs/python.md."""
from __future__ import annotations

import json
import os
import pathlib
import re
import subprocess
import sys
from typing import Any, Dict, List

import pytest

import thumbjobs
from conftest import PATIENCE, png

TESTED = {"script.py", "async_batch.py", "flask_app.py", "notebook.ipynb", "pillow_resizer.py"}


@pytest.fixture
def place(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """A folder with photographs in it."""
    monkeypatch.chdir(tmp_path)
    for name in ("photo", "other"):
        jpeg = thumbjobs.thumbnail(png(640, 480), 640, 480, format="jpeg", sandbox=False)
        (tmp_path / f"{name}.jpg").write_bytes(jpeg)
    return tmp_path


def example(source: pathlib.Path, name: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-X", "dev", str(source / "examples/python" / name), *arguments],
        capture_output=True, text=True, timeout=PATIENCE,
    )


def width_of(path: pathlib.Path) -> int:
    return thumbjobs.open_resizer("vips:").resize(
        path.read_bytes(), [thumbjobs.RenditionSpec()], thumbjobs.ImageLimits()
    ).source.width


def test_all_are_run_and_say_what_they_show(source: pathlib.Path) -> None:
    files = {path.name for path in (source / "examples/python").iterdir() if path.is_file()}
    assert files == TESTED
    for name in files:
        text = (source / "examples/python" / name).read_text()
        first = json.loads(text)["cells"][0]["source"][0] if name.endswith(".ipynb") else text
        assert re.match(r"# [A-Z].*[.:]", first.split("\n")[0]), name


def test_script(source: pathlib.Path, place: pathlib.Path) -> None:
    done = example(source, "script.py", "photo.jpg", "thumbnail.jpg")
    assert done.returncode == 0 and "320x240" in done.stdout, done.stderr
    assert width_of(place / "thumbnail.jpg") == 320
    (place / "text.txt").write_text("no image at all, and long enough to be looked at")
    done = example(source, "script.py", "text.txt", "none.jpg")
    assert done.returncode == 1 and "not_an_image: " in done.stderr


def test_async_batch(source: pathlib.Path, place: pathlib.Path) -> None:
    done = example(source, "async_batch.py", "small", "photo.jpg", "other.jpg")
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (place / "small").iterdir()) == ["other.jpg", "photo.jpg"]
    assert done.stdout.count("succeeded") == 2


def test_flask_app(source: pathlib.Path, place: pathlib.Path) -> None:
    pytest.importorskip("flask", reason="flask is not installed")
    sys.path.insert(0, str(source / "examples/python"))
    import flask_app

    app = flask_app.make_app("thumbs")
    with app.extensions["thumbjobs"] as engine:
        client = app.test_client()
        answer = client.post("/images", data=(place / "photo.jpg").read_bytes())
        assert answer.status_code == 202
        job = answer.get_json()["id"]
        engine.wait(job, PATIENCE)
        image = client.get(f"/images/{job}")
        assert image.status_code == 200 and image.mimetype == "image/jpeg"
        assert image.data == engine.thumbnail(job)
        assert client.post("/images", data=b"text, only text, all the way").status_code == 400
        absent = client.get("/images/01a2014d-443f-7cf2-b607-9433ed24974c")
        assert absent.status_code == 404 and absent.get_json()["code"] == "not_found"


def test_pillow_resizer(source: pathlib.Path, place: pathlib.Path) -> None:
    pytest.importorskip("PIL", reason="Pillow is not installed")
    done = example(source, "pillow_resizer.py", "photo.jpg")
    assert done.returncode == 0 and "thumbnail 100x75" in done.stdout, done.stderr


def test_notebook(source: pathlib.Path, place: pathlib.Path) -> None:
    cells = json.loads((source / "examples/python/notebook.ipynb").read_text())["cells"]
    space: Dict[str, Any] = {}
    shown: List[Any] = []
    for cell in cells:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            *body, last = "".join(cell["source"]).splitlines(True)
            exec("".join(body), space)
            try:
                value = eval(last, space)  # what the notebook would show
            except SyntaxError:
                exec(last, space)
                value = None
            shown.append(value)
    job, thumbnail, wide = shown[1], shown[2], shown[3]
    assert "photo.jpg" in job._repr_html_()
    assert "image/jpeg" in thumbnail._repr_mimebundle_() and thumbnail.width == 240
    assert "text/html" in wide._repr_mimebundle_()


def blocks(page: pathlib.Path, language: str) -> List[str]:
    """The blocks of code after a line <!-- tested: ... -->."""
    return re.findall(rf"<!-- tested: .*? -->\n```{language}\n(.*?)```", page.read_text(), re.S)


@pytest.mark.parametrize("page, count", [("README.md", 1), ("docs/python.md", 4)])
def test_python_in_documents(
    source: pathlib.Path, place: pathlib.Path, page: str, count: int
) -> None:
    found = blocks(source / page, "python")
    assert len(found) >= count
    for code in found:
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                              timeout=PATIENCE)
        assert done.returncode == 0, code + done.stderr


def test_the_command_line_in_documents(source: pathlib.Path, place: pathlib.Path) -> None:
    environment = {**os.environ, "XDG_DATA_HOME": str(place / "home"),
                   "PATH": os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"]}
    found = [code for page in ("README.md", "docs/python.md")
             for code in blocks(source / page, "sh") if "-m thumbjobs" in code]
    assert len(found) >= 2
    for code in found:
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", code], capture_output=True,
                              text=True, env=environment, timeout=PATIENCE)
        assert done.returncode == 0, code + done.stderr
