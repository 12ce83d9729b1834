"""What job stores that are written in Python are given and return; job_store.h has the contract."""
from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Dict, List, Optional

from ._jobs import Event, Job, JobError, Original, Rendition, RenditionSpec
from ._names import JobState, LogLevel


@dataclass(frozen=True)
class JobRecord:
    """A job as a store keeps it: what users see, and what only the engine needs."""

    job: Job
    original_key: str = ""
    rendition_keys: List[str] = field(default_factory=list)
    claim_id: str = ""
    deleted: bool = False


@dataclass(frozen=True)
class Lease:
    """The proof that a worker holds a job."""

    job: str
    token: int
    claim_id: str


@dataclass(frozen=True)
class LogNote:
    """The line that a transition leaves in the processing log; none if it is empty."""

    level: LogLevel = LogLevel.INFO
    message: str = ""
    worker: str = ""


@dataclass(frozen=True)
class NewJob:
    """What JobStore.create() is given. `deadline` is time since the machine booted."""

    id: str
    original: Original
    original_key: str
    specs: List[RenditionSpec]
    priority: int
    max_attempts: int
    metadata: Dict[str, str]
    request_id: str
    traceparent: str
    idempotency_key: str
    idempotency_fingerprint: str
    max_queued: int
    deadline: timedelta
    note: LogNote


@dataclass(frozen=True)
class CreateResult:
    """What JobStore.create() returns; `created` is False for an earlier job of the same key."""

    job: Job
    created: bool


@dataclass(frozen=True)
class ListQuery:
    """Which page of jobs is wanted."""

    states: List[JobState] = field(default_factory=list)
    limit: int = 50
    cursor: str = ""
    ascending: bool = False


@dataclass(frozen=True)
class JobPage:
    """One page of jobs."""

    jobs: List[Job]
    next_cursor: str = ""
    events_cursor: str = ""


@dataclass(frozen=True)
class EventPage:
    """Events, and the cursor to read on from."""

    events: List[Event]
    cursor: str


@dataclass(frozen=True)
class ClaimRequest:
    """A worker's wish for jobs."""

    worker: str
    nonce: str
    max_jobs: int
    lease: timedelta


@dataclass(frozen=True)
class ClaimedJob:
    """A job and the lease on it."""

    record: JobRecord
    lease: Lease


@dataclass(frozen=True)
class ClaimResult:
    """The jobs of a claim; if there are none, how long until one becomes ready."""

    jobs: List[ClaimedJob] = field(default_factory=list)
    next_due: Optional[timedelta] = None


@dataclass(frozen=True)
class Completion:
    """What JobStore.complete() commits."""

    original_width: int
    original_height: int
    renditions: List[Rendition]
    rendition_keys: List[str]
    drop_original: bool
    retention: Optional[timedelta]
    note: LogNote


@dataclass(frozen=True)
class Failure:
    """What JobStore.fail() commits."""

    error: JobError
    crash: bool
    retryable: bool
    max_crashes: int
    backoff: timedelta
    retention: Optional[timedelta]
    original_width: int
    original_height: int
    note: LogNote


@dataclass(frozen=True)
class SweepResult:
    """What a sweep did; `more` when it reached its bound."""

    requeued: int = 0
    crashed: int = 0
    failed: int = 0
    expired: int = 0
    more: bool = False


@dataclass(frozen=True)
class SweepRequest:
    """The bounds of a sweep."""

    worker: str
    max_crashes: int
    retention: Optional[timedelta]
    tombstone_delay: timedelta
    limit: int


@dataclass(frozen=True)
class StoreStats:
    """Counts of jobs."""

    queued: int = 0
    processing: int = 0
    succeeded: int = 0
    failed: int = 0
    cancelled: int = 0
    delayed: int = 0
    oldest_ready_age: Optional[timedelta] = None
    finished_last_minute: int = 0


@dataclass(frozen=True)
class LogQuery:
    """Which log lines are wanted: the newest `limit` that match, oldest first."""

    job: Optional[str] = None
    min_level: LogLevel = LogLevel.DEBUG
    since: Optional[datetime] = None
    limit: int = 200
