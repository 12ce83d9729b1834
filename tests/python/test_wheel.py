"""`pip install ./bindings/python`, where scikit-build-core is installed."""
from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess
import sys
from typing import Iterator

import pytest

from conftest import run


@pytest.fixture
def build_folder() -> Iterator[pathlib.Path]:
    """As deep in the file system as the build folder, since ccache keeps relative paths."""
    folder = pathlib.Path(os.environ["THUMBJOBS_BUILD"] + "-wheel")
    shutil.rmtree(folder, ignore_errors=True)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def test_pip_makes_a_wheel(
    source: pathlib.Path, build_folder: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    pytest.importorskip("scikit_build_core", "0.10", reason="scikit-build-core is not installed")
    pytest.importorskip("pip", reason="scikit-build-core is not installed with pip")
    # Compiled as the preset dev, so that ccache has most of it.
    settings = {
        "cmake.build-type": "Debug",
        "cmake.define.CMAKE_CXX_FLAGS_DEBUG": "-O1 -g1",
        "cmake.define.THUMBJOBS_FAIL_POINTS": "ON",
        "cmake.define.Python_EXECUTABLE": sys.executable,
        "build-dir": str(build_folder),
    }
    made = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--no-build-isolation", "--no-deps", "--no-cache-dir",
         "--wheel-dir", str(tmp_path),
         *(f"--config-settings={name}={value}" for name, value in settings.items()),
         str(source / "bindings/python")],
        capture_output=True, text=True,
        env={"CCACHE_BASEDIR": str(source), "CCACHE_NOHASHDIR": "1", **os.environ},
    )
    assert made.returncode == 0, made.stdout + made.stderr
    (wheel,) = tmp_path.glob("*.whl")
    tag = f"cp{sys.version_info[0]}{sys.version_info[1]}"
    assert re.fullmatch(rf"thumbjobs-0\.1\.0-{tag}-{tag}-linux_\w+\.whl", wheel.name)
    place = tmp_path / "site"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--target", str(place),
         str(wheel)],
        check=True, capture_output=True,
    )
    without = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = run(
        "import sys; sys.path.insert(0, sys.argv[1]); import thumbjobs\n"
        "assert thumbjobs.__file__.startswith(sys.argv[1])\n"
        "assert thumbjobs.features().sandbox\n"
        "assert sys.argv[1] in open('/proc/self/maps').read()\n"
        "print('fine')",
        str(place), env=without,
    )
    assert done.stdout == "fine\n", done.stderr
