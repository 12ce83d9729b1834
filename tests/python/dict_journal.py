"""The history of a DictStore: what happened to its jobs, for events and for the log."""
from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Callable, List

import thumbjobs as tj

NIL = "00000000-0000-0000-0000-000000000000"


def check_range(field: str, value: int, least: int, most: int) -> None:
    """Raises InvalidArgumentError unless `value` is `least` to `most`."""
    if not least <= value <= most:
        raise tj.InvalidArgumentError(f"{field} is {value}; it must be {least} to {most}.")


@dataclass(frozen=True)
class _Row:
    kind: tj.EventKind
    job: tj.Job
    note: tj.LogNote
    at: datetime


class Journal:
    """The newest `capacity` rows, numbered from 1. Its user has the lock."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._name = secrets.token_hex(4)  # a cursor of another history is told by it
        self._rows: List[_Row] = []
        self._last = 0  # number of the newest row

    def append(self, kind: tj.EventKind, job: tj.Job, note: tj.LogNote, at: datetime) -> None:
        """Adds a row; the oldest makes room for it."""
        self._rows.append(_Row(kind, job, note, at))
        self._last += 1
        if len(self._rows) > self._capacity:
            del self._rows[0]

    def _cursor(self, number: int) -> str:
        return f"{self._name}-{number}"

    def end(self) -> str:
        """The cursor after the newest row."""
        return self._cursor(self._last)

    def events(self, after: str, limit: int, kept: Callable[[str], bool]) -> tj.EventPage:
        """See JobStore::events(). A row about a job that is not `kept` any more tells of its end."""
        check_range("limit", limit, 1, 1000)
        before_first = self._last - len(self._rows)
        begin = before_first
        if after:
            match = re.fullmatch(self._name + r"-(\d+)", after)
            begin = int(match[1]) if match else -1
            if not before_first <= begin <= self._last:
                reset = tj.Event(tj.EventKind.RESET, self.end(), NIL)
                return tj.EventPage([reset], self.end())
        events = []
        for number in range(begin + 1, min(self._last, begin + limit) + 1):
            row = self._rows[number - before_first - 1]
            cursor = self._cursor(number)
            if row.kind is tj.EventKind.JOB and kept(row.job.id):
                events.append(tj.Event(tj.EventKind.JOB, cursor, row.job.id, row.job))
            else:
                events.append(tj.Event(tj.EventKind.DELETED, cursor, row.job.id))
        return tj.EventPage(events, self._cursor(begin + len(events)))

    def logs(self, query: tj.LogQuery) -> List[tj.LogLine]:
        """See JobStore::logs(). Rows with a note are the lines."""
        check_range("limit", query.limit, 1, 1000)
        levels = list(tj.LogLevel)
        first = self._last - len(self._rows) + 1
        lines = [
            tj.LogLine(
                number, row.at, row.note.level, row.job.id, row.job.state, row.note.message,
                row.note.worker, row.job.request_id,
            )
            for number, row in enumerate(self._rows, first)
            if row.note.message
            and levels.index(row.note.level) >= levels.index(query.min_level)
            and query.job in (None, row.job.id)
            and (query.since is None or row.at >= query.since)
        ]
        return lines[-query.limit :]
