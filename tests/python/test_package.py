"""The package: its exceptions, its types, its documentation."""
from __future__ import annotations

import ast
import inspect
import os
import pathlib
import pickle
import re
import subprocess
import sys
from typing import Any, Dict, List

import pytest

import thumbjobs
from conftest import run
from thumbjobs import _errors, _native

PACKAGE = pathlib.Path(thumbjobs.__file__).parent


# --- Exceptions


def test_each_code_has_its_class() -> None:
    codes = _native.error_codes()
    assert set(codes) == set(_errors._BY_CODE)
    for code, retryable in codes.items():
        error = _errors.error(code, "A sentence.", "a detail")
        assert type(error).code == code and error.retryable == retryable
        again = pickle.loads(pickle.dumps(error))
        assert type(again) is type(error) and str(again) == "A sentence."
        assert again.detail == "a detail" and code in repr(error)
        assert getattr(thumbjobs, type(error).__name__) is type(error)
    unknown = pickle.loads(pickle.dumps(_errors.error("of_tomorrow", "?")))
    assert unknown.code == "of_tomorrow"


# --- Documentation


def public_members() -> List[Any]:
    found = []
    for name in thumbjobs.__all__:
        value = getattr(thumbjobs, name)
        found.append((name, value))
        if inspect.isclass(value):
            for member, item in vars(value).items():
                callable_ = callable(item) or isinstance(item, (property, classmethod, staticmethod))
                if not member.startswith("_") and callable_ and not isinstance(item, value):
                    found.append((f"{name}.{member}", item))
    return found


def test_all_names_what_is_public() -> None:
    public = [n for n in vars(thumbjobs) if not n.startswith("_") and n != "annotations"]
    assert sorted(public) == sorted(thumbjobs.__all__)


def test_everything_is_documented() -> None:
    members = public_members()
    assert len(members) > 150
    bare = [name for name, item in members if not (inspect.getdoc(item) or "").strip()
            or (inspect.isclass(item) and (item.__doc__ or "").startswith(item.__name__ + "("))]
    assert bare == []
    for name, item in vars(_native).items():
        assert name.startswith("__") or isinstance(item, str) or inspect.getdoc(item), name


# --- Types


def stub_signatures() -> Dict[str, List[str]]:
    """What _native.pyi declares: names of functions, and of their parameters."""
    tree = ast.parse((PACKAGE / "_native.pyi").read_text())
    found: Dict[str, List[str]] = {}

    def take(body: List[Any], prefix: str) -> None:
        for node in body:
            if isinstance(node, ast.FunctionDef):
                given = [a.arg for a in node.args.args if a.arg != "self"]
                found[prefix + node.name] = given + (["*"] if node.args.vararg else [])
            elif isinstance(node, ast.ClassDef):
                found[node.name] = []
                take(node.body, node.name + ".")
            elif isinstance(node, ast.AnnAssign):
                found[prefix + node.target.id] = []  # type: ignore[union-attr]

    take(tree.body, "")
    return found


def module_signatures() -> Dict[str, List[str]]:
    """The same, read from the module: pybind11 writes signatures into docstrings."""
    found: Dict[str, List[str]] = {}

    def parameters(item: Any) -> List[str]:
        first = (item.__doc__ or "").split("\n")[0]
        inside = first[first.index("(") + 1 : first.rindex(")")]
        return [n for n in re.findall(r"(?:^|, )(\w+): ", inside) if n != "self"]

    for name, item in vars(_native).items():
        if name.startswith("__"):
            continue
        if inspect.isclass(item):
            found[name] = []
            for member, inner in vars(item).items():
                if member in ("__init__", "__len__") or not member.startswith("_"):
                    if isinstance(inner, property):
                        found[f"{name}.{member}"] = []
                    elif callable(inner):
                        found[f"{name}.{member}"] = parameters(inner)
        else:
            found[name] = parameters(item) if callable(item) else []
    return found


def test_the_stubs_say_what_the_module_has() -> None:
    stub, module = stub_signatures(), module_signatures()
    module = {n: p for n, p in module.items() if n in stub or not n.endswith(".__init__")}
    stub["Resizer.resize"] = module["Resizer.resize"]  # a subclass's takes another argument
    assert set(stub) == set(module)
    assert {n: p for n, p in stub.items() if p != module[n]} == {}
    assert (PACKAGE / "py.typed").exists()


def test_mypy_agrees(tmp_path: pathlib.Path) -> None:
    pytest.importorskip("mypy", reason="mypy is not installed")
    # The classes of pybind11 have a metaclass of its own, and take any arguments where they cannot
    # be made.
    ignored = tmp_path / "ignored"
    ignored.write_text(
        r"thumbjobs\._native\.(Blob|Engine|EventFeed|JobStore|ResizeRequest|Resizer|Storage)" "\n"
        r"thumbjobs\._native\.\w+\.__\w+__" "\n"
    )
    stubtest = subprocess.run(
        [sys.executable, "-m", "mypy.stubtest", "--allowlist", str(ignored),
         "--ignore-unused-allowlist", "thumbjobs._native"],
        cwd=tmp_path, capture_output=True, text=True,
        env={**os.environ, "MYPYPATH": str(PACKAGE.parent)},
    )
    assert stubtest.returncode == 0, stubtest.stdout
    use = tmp_path / "use.py"
    use.write_text(
        "import thumbjobs\n"
        "with thumbjobs.Engine(workers=1) as engine:\n"
        "    job: thumbjobs.Job = engine.wait(engine.submit(b'x', width=3, fit='cover'), 5)\n"
        "    size: int = engine.thumbnail(job).width\n"
        "    state: str = job.state.value\n"
    )
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"),
         str(use), str(PACKAGE)],
        cwd=tmp_path, capture_output=True, text=True,
        env={**os.environ, "MYPYPATH": str(PACKAGE.parent)},
    )
    assert checked.returncode == 0, checked.stdout


# --- Installed


def test_an_installed_package_finds_its_library_and_helper(tmp_path: pathlib.Path) -> None:
    build = os.environ["THUMBJOBS_BUILD"]
    prefix = tmp_path / "usr"
    for component in ("thumbjobs_runtime", "python"):
        subprocess.run(["cmake", "--install", build, "--prefix", str(prefix), "--component",
                        component], check=True, capture_output=True)
    (module,) = prefix.glob("lib/**/thumbjobs/_native*.so")
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import thumbjobs\n"
        "assert thumbjobs.__file__.startswith(sys.argv[1]), thumbjobs.__file__\n"
        "assert thumbjobs.features().sandbox\n"
        "maps = open('/proc/self/maps').read()\n"
        "assert sys.argv[2] in maps and sys.argv[3] not in maps, maps\n"
        "print('fine')"
    )
    done = run(code, str(module.parents[1]), str(prefix), build,
               env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"})
    assert done.stdout == "fine\n", done.stderr
    names = {path.name for path in module.parent.iterdir()}
    assert {"py.typed", "_native.pyi", "__main__.py"} <= names
