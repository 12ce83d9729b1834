"""Where the command line finds its jobs: an engine in this process, or a thumbd."""
from __future__ import annotations

import json
import os
import urllib.error
import urllib.parse
import urllib.request
from abc import ABC, abstractmethod
from typing import Any, Dict, Iterable, Iterator, List, Optional, Sequence, cast

from ._engine import Engine
from ._errors import Error, InvalidArgumentError, StoreUnavailableError, TimedOutError, error

Members = Dict[str, Any]
"""A job, as the REST API describes it."""


class Place(ABC):
    """What the commands need."""

    @abstractmethod
    def submit(self, path: str, **options: Any) -> Members:
        """Submits a file."""

    @abstractmethod
    def get(self, job: str) -> Members:
        """One job."""

    @abstractmethod
    def wait(self, job: str, timeout: Optional[float]) -> Members:
        """The job once it has ended. Raises TimedOutError."""

    @abstractmethod
    def list(self, states: Sequence[str], limit: int) -> Iterable[Members]:
        """The newest jobs."""

    @abstractmethod
    def thumbnail(self, job: str) -> bytes:
        """The first rendition."""

    @abstractmethod
    def stats(self) -> Members:
        """Counts."""

    @abstractmethod
    def logs(self, job: Optional[str], level: str, limit: int) -> Iterable[Members]:
        """Log lines, oldest first."""

    def close(self) -> None:
        """Ends it."""

    def __enter__(self) -> "Place":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class LocalPlace(Place):
    """An engine in this process."""

    def __init__(
        self, store: Optional[str], storage: Optional[str], workers: int, sandbox: bool
    ) -> None:
        options: Members = dict(workers=workers, sandbox=sandbox)
        if store is not None and storage is not None:
            self._engine = Engine(store, storage, **options)
        else:
            data = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
            folder = os.path.join(data, "thumbjobs", "cli")
            os.makedirs(folder, mode=0o700, exist_ok=True)
            self._engine = Engine.in_directory(folder, **options)

    def submit(self, path: str, **options: Any) -> Members:
        return self._engine.submit(path, **options).to_dict()

    def get(self, job: str) -> Members:
        return self._engine.get(job).to_dict()

    def wait(self, job: str, timeout: Optional[float]) -> Members:
        return self._engine.wait(job, timeout).to_dict()

    def list(self, states: Sequence[str], limit: int) -> Iterator[Members]:
        return (job.to_dict() for job in self._engine.list(states, limit=limit))

    def thumbnail(self, job: str) -> bytes:
        return self._engine.thumbnail(job)

    def stats(self) -> Members:
        stats = self._engine.stats()
        names = ("queued", "processing", "succeeded", "failed", "cancelled", "delayed")
        return {"jobs": {name: getattr(stats, name) for name in names}}

    def logs(self, job: Optional[str], level: str, limit: int) -> Iterator[Members]:
        for line in self._engine.logs(job, level=level, limit=limit):
            yield {
                "time": line.time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "level": line.level.value,
                "job_id": line.job,
                "status": line.state.value,
                "message": line.message,
            }

    def close(self) -> None:
        self._engine.close()


class ServerPlace(Place):
    """A thumbd, by its REST API."""

    def __init__(self, url: str, token: Optional[str]) -> None:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise InvalidArgumentError(
                f"--server: {url!r} is not accepted; accepted: http://HOST:PORT or https://HOST"
            )
        if parts.username or parts.password:
            raise InvalidArgumentError(
                "--server: a URL with a password is not accepted; accepted: a token by "
                "THUMBJOBS_TOKEN or --token-file"
            )
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def submit(self, path: str, **options: Any) -> Members:
        with open(path, "rb") as file:
            data = file.read()
        query = dict(options, filename=os.path.basename(path))
        return self._json("POST", "/v1/jobs", query, data)

    def get(self, job: str) -> Members:
        return self._json("GET", self._job(job))

    def wait(self, job: str, timeout: Optional[float]) -> Members:
        left = timeout
        while True:
            step = 20 if left is None else min(20, int(left))
            found = self._json("GET", self._job(job), {"wait": step})
            if found["status"] not in ("queued", "processing"):
                return found
            if left is not None:
                left -= max(step, 1)
                if left < 0:
                    raise TimedOutError(f"Job {job} has not ended within {timeout} seconds.")

    def list(self, states: Sequence[str], limit: int) -> Iterator[Members]:
        query: Members = {"limit": min(limit, 500)}
        if states:
            query["status"] = ",".join(states)
        while limit > 0:
            page = self._json("GET", "/v1/jobs", query)
            jobs = cast(List[Members], page["jobs"])[:limit]
            yield from jobs
            limit -= len(jobs)
            if not page["next_cursor"]:
                return
            query["cursor"] = page["next_cursor"]

    def thumbnail(self, job: str) -> bytes:
        return self._call("GET", self._job(job) + "/thumbnail")

    def stats(self) -> Members:
        return self._json("GET", "/v1/stats")

    def logs(self, job: Optional[str], level: str, limit: int) -> Iterable[Members]:
        path = "/logs" if job is None else self._job(job) + "/logs"
        query = {"level": level, "limit": limit, "format": "json"}
        return cast(List[Members], self._json("GET", path, query)["lines"])

    @staticmethod
    def _job(job: str) -> str:
        return "/v1/jobs/" + urllib.parse.quote(job, safe="")

    def _json(
        self, method: str, path: str, query: Optional[Members] = None, data: Optional[bytes] = None
    ) -> Members:
        return cast(Members, json.loads(self._call(method, path, query, data)))

    def _call(
        self, method: str, path: str, query: Optional[Members] = None, data: Optional[bytes] = None
    ) -> bytes:
        url = self._url + path + ("?" + urllib.parse.urlencode(query) if query else "")
        headers = dict(self._headers)
        if data is not None:
            headers["Content-Type"] = "application/octet-stream"
        request = urllib.request.Request(url, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return cast(bytes, answer.read())
        except urllib.error.HTTPError as refused:
            raise self._problem(refused) from None
        except (urllib.error.URLError, TimeoutError, ConnectionError) as failed:
            reason = getattr(failed, "reason", failed)
            raise StoreUnavailableError(f"--server: {self._url} does not answer: {reason}") from None

    @staticmethod
    def _problem(refused: urllib.error.HTTPError) -> Error:
        try:
            problem = json.loads(refused.read())
            return error(problem["code"], problem.get("detail") or problem["title"])
        except (ValueError, KeyError, TypeError):
            return error("internal", f"The server answered {refused.code} {refused.reason}.")
