"""The command line: `python -m thumbjobs submit photo.jpg --wait`."""
from __future__ import annotations

import argparse
import json
import os
import re
import signal
import sys
import time
from typing import Any, Dict, List, Optional, Sequence, TextIO

from . import __version__
from ._cli_places import LocalPlace, Place, ServerPlace
from ._errors import Error, InvalidArgumentError
from ._types import Fit, JobState, OutputFormat

EPILOG = """\
Jobs are kept in the folder thumbjobs/cli of your data folder ($XDG_DATA_HOME, or ~/.local/share),
in --store and --storage, or by the thumbd at --server, whose token is read from THUMBJOBS_TOKEN or
--token-file.
exit codes: 0 all is well, 1 a job or call failed, 2 a bad argument, 130 interrupted,
141 nobody reads the output"""

_EXTENSIONS = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "image/avif": ".avif",
}


def _size(text: str) -> "tuple[int, int]":
    match = re.fullmatch(r"(\d{1,5})(?:x(\d{1,5}))?", text)
    if match is None:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not accepted; accepted: WIDTHxHEIGHT in pixels, as in 320x240, or one number"
        )
    width = int(match[1])
    return width, int(match[2] or width)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not accepted; accepted: 0 or more seconds")
    return value


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is not accepted; accepted: 1 to 1000")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    where = argparse.ArgumentParser(add_help=False)
    group = where.add_argument_group("where the jobs are")
    group.add_argument("--server", metavar="URL", help="a thumbd, as in http://127.0.0.1:8080")
    group.add_argument("--token-file", metavar="FILE", help="a file that holds thumbd's token")
    group.add_argument("--store", metavar="URL", help="as in sqlite:jobs.db or redis://host")
    group.add_argument("--storage", metavar="URL", help="as in file:images or s3://bucket")
    group.add_argument("--no-sandbox", action="store_true", help="decode images in this process")
    where.add_argument("--json", action="store_true", help="print JSON, one object a line")

    parser = argparse.ArgumentParser(
        "python -m thumbjobs",
        description="Makes thumbnails as durable background jobs.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"thumbjobs {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    submit = commands.add_parser("submit", parents=[where], help="submit images")
    submit.add_argument("files", nargs="+", metavar="FILE")
    submit.add_argument("--size", type=_size, default=(100, 100), metavar="WxH", help="default 100x100")
    submit.add_argument("--fit", choices=[str(fit) for fit in Fit], default="contain")
    submit.add_argument("--format", choices=[str(f) for f in OutputFormat], default="auto")
    submit.add_argument("--wait", action="store_true", help="until the jobs have ended")
    submit.add_argument("--timeout", type=_seconds, metavar="S", help="wait no longer (seconds)")
    submit.add_argument("--out", metavar="DIR", help="save the thumbnails here; implies --wait")

    jobs = commands.add_parser("list", parents=[where], help="list jobs, newest first")
    jobs.add_argument("--state", action="append", choices=[str(s) for s in JobState], default=[])
    jobs.add_argument("--limit", type=_count, default=50, metavar="N", help="1 to 1000, default 50")

    status = commands.add_parser("status", parents=[where], help="show jobs, or counts of all")
    status.add_argument("jobs", nargs="*", metavar="JOB")

    logs = commands.add_parser("logs", parents=[where], help="show the processing log")
    logs.add_argument("job", nargs="?", metavar="JOB")
    logs.add_argument("--level", choices=["debug", "info", "warning", "error"], default="info")
    logs.add_argument("--limit", type=_count, default=200, metavar="N", help="1 to 1000, default 200")
    return parser


def _place(options: argparse.Namespace) -> Place:
    if options.server is not None:
        for name in ("store", "storage"):
            if getattr(options, name) is not None:
                raise InvalidArgumentError(
                    f"--{name}: {getattr(options, name)!r} is not accepted beside --server"
                )
        return ServerPlace(options.server, _token(options.token_file))
    if options.token_file is not None:
        raise InvalidArgumentError("--token-file goes with --server")
    for name in ("store", "storage"):
        if (getattr(options, name) or "").startswith(("http:", "https:")):
            raise InvalidArgumentError(f"--{name}: a thumbd is not accepted here; use --server")
    if (options.store is None) != (options.storage is None):
        raise InvalidArgumentError("--store and --storage go together")
    # Jobs are worked on by who waits for them; other commands only look.
    works = options.command == "submit" and (options.wait or options.out is not None)
    return LocalPlace(
        options.store, options.storage, workers=(os.cpu_count() or 1) if works else 0,
        sandbox=not options.no_sandbox,
    )


def _token(path: Optional[str]) -> Optional[str]:
    if path is None:
        return os.environ.get("THUMBJOBS_TOKEN") or None
    try:
        with open(path, encoding="ascii") as file:
            return file.read().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidArgumentError(
            f"--token-file: {path!r} is not accepted ({_cause(error)}); accepted: a file with a token"
        ) from None


def _cause(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else "not ASCII"


class _Bar:
    """A progress bar, where standard error is a terminal."""

    def __init__(self, total: int, stream: TextIO) -> None:
        self._total = total
        self._stream = stream
        self._shown = stream.isatty()

    def show(self, done: int) -> None:
        if self._shown:
            filled = 30 * done // max(self._total, 1)
            self._stream.write(f"\r[{'#' * filled}{'.' * (30 - filled)}] {done}/{self._total}")
            self._stream.flush()

    def end(self) -> None:
        if self._shown:
            self._stream.write("\r\033[K")
            self._stream.flush()


def _line(job: Dict[str, Any]) -> str:
    size = f"{job['width']}x{job['height']}" if job.get("width") else "-"
    made = " ".join(f"{r['name']}:{r['width']}x{r['height']}" for r in job.get("renditions", []))
    error = job.get("error")
    tail = made if error is None else f"{error['code']}: {error['message']}"
    return f"{job['id']}  {job['status']:<10}  {size:>11}  {job['filename'] or '-'}  {tail}".rstrip()


def _print(item: Dict[str, Any], as_json: bool, text: str) -> None:
    print(json.dumps(item, ensure_ascii=False) if as_json else text, flush=True)


def _save(place: Place, job: Dict[str, Any], folder: str) -> None:
    data = place.thumbnail(job["id"])
    # Both may come from a server: nothing in them shall lead out of the folder.
    given = os.path.basename(job["filename"] or "") or os.path.basename(job["id"])
    name = os.path.splitext(given)[0] + _EXTENSIONS.get(job["renditions"][0]["media_type"], "")
    path = os.path.join(folder, name)
    number = 1
    while True:
        try:
            with open(path, "xb") as file:
                file.write(data)
            break
        except FileExistsError:
            number += 1
            base, extension = os.path.splitext(name)
            path = os.path.join(folder, f"{base}-{number}{extension}")
    job["saved"] = path


def _submit(place: Place, options: argparse.Namespace) -> int:
    width, height = options.size
    if options.out is not None:
        try:
            os.makedirs(options.out, exist_ok=True)
        except OSError as error:
            raise InvalidArgumentError(
                f"--out: {options.out!r} is not accepted ({_cause(error)}); accepted: a folder"
            ) from None
    failed = 0
    waiting: List[str] = []
    for path in options.files:
        try:
            job = place.submit(
                path, width=width, height=height, fit=options.fit, format=options.format
            )
        except (Error, OSError) as error:
            failed += 1
            print(f"thumbjobs: {path}: {_reason(error)}", file=sys.stderr)
            continue
        if options.wait or options.out is not None:
            waiting.append(job["id"])
        else:
            _print(job, options.json, job["id"])
    deadline = None if options.timeout is None else time.monotonic() + options.timeout
    bar = _Bar(len(waiting), sys.stderr)
    try:
        for number, name in enumerate(waiting):
            bar.show(number)
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            job = place.wait(name, left)
            if job["status"] == "succeeded" and options.out is not None:
                _save(place, job, options.out)
            failed += job["status"] != "succeeded"
            bar.end()
            _print(job, options.json, _line(job) + ("  " + job["saved"] if "saved" in job else ""))
    finally:
        bar.end()
    return 1 if failed else 0


def _status(place: Place, options: argparse.Namespace) -> int:
    if not options.jobs:
        stats = place.stats()
        _print(stats, options.json, "\n".join(f"{k:<10} {v}" for k, v in stats["jobs"].items()))
        return 0
    failed = 0
    for name in options.jobs:
        try:
            job = place.get(name)
        except Error as error:
            failed += 1
            print(f"thumbjobs: {_reason(error)}", file=sys.stderr)
            continue
        _print(job, options.json, _line(job))
    return 1 if failed else 0


def _reason(error: BaseException) -> str:
    return f"{error} ({error.code})" if isinstance(error, Error) else str(error)


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Runs the command line; returns the exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        with _place(options) as place:
            if options.command == "submit":
                return _submit(place, options)
            if options.command == "status":
                return _status(place, options)
            if options.command == "list":
                for job in place.list(options.state, options.limit):
                    _print(job, options.json, _line(job))
            else:
                for line in place.logs(options.job, options.level, options.limit):
                    text = f"{line['time']} {line['level']:<7} {line['job_id']} {line['message']}"
                    _print(line, options.json, text)
            return 0
    except InvalidArgumentError as error:
        print(f"thumbjobs: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # as of `list | head`; what is left in the buffer has to go somewhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except (Error, OSError) as error:
        print(f"thumbjobs: {_reason(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
