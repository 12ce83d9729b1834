"""A job store that is written in Python, out of dictionaries. It passes the suite that every store has
to (tst_python_backends).

It is meant to be read: each method is what job_store.h asks for, in the fewest steps. What it leaves
out: it forgets everything with the process, serves that one process only, and looks through all jobs
where a store for many would keep indices."""
from __future__ import annotations

import heapq
import re
import secrets
import threading
import time
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any, Callable, Dict, List, Optional, Tuple

import thumbjobs as tj
from dict_entry import Entry
from dict_journal import Journal, check_range

ZERO = timedelta(0)


def _wall() -> datetime:
    now = datetime.now(timezone.utc)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def _boot() -> timedelta:
    return timedelta(milliseconds=time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000)


class DictStore(tj.JobStore):
    """Everything in one process's memory, behind one lock."""

    def __init__(
        self,
        wall: Callable[[], datetime] = _wall,
        boot: Callable[[], timedelta] = _boot,
        history: int = 20_000,
    ) -> None:
        super().__init__()
        self._wall = wall
        self._boot = boot
        self._lock = threading.RLock()
        self._id = secrets.token_hex(16)
        self._listener: Optional[Callable[[bool, bool], None]] = None
        self._entries: Dict[str, Entry] = {}
        self._queued: Dict[str, Entry] = {}
        self._keys: Dict[str, str] = {}
        self._journal = Journal(history)
        self._finished: List[timedelta] = []
        self._leases: Dict[str, Tuple[str, timedelta]] = {}
        self._numbers = 0

    def describe(self) -> str:
        return "dict:"

    def id(self) -> str:
        return self._id

    def probe(self) -> None:
        pass

    def set_listener(self, listener: Optional[Callable[[bool, bool], None]]) -> None:
        with self._lock:
            self._listener = listener

    # --- Changes; all with the lock held

    def _require(self, id: str) -> Entry:
        entry = self._entries.get(id)
        if entry is None or entry.record.deleted:
            raise tj.NotFoundError(f"There is no job {id}.")
        return entry

    def _leased(self, lease: tj.Lease, repeat: str = "") -> Optional[Entry]:
        """The entry that the lease holds; None when `repeat` is how its claim ended."""
        entry = self._entries.get(lease.job)
        if entry is not None and entry.holds(lease):
            return entry
        if entry is not None and entry.is_claim(lease) and repeat and entry.ending == repeat:
            if repeat == "completed" or not entry.record.deleted:
                return None
        raise tj.LeaseLostError("The lease on this job is lost.")

    def _queue(self, entry: Entry, delay: timedelta = ZERO, **fields: Any) -> None:
        delay = max(delay, ZERO)
        entry.change(
            state=tj.JobState.QUEUED,
            progress=0.0,
            updated_at=self._wall(),
            finished_at=None,
            expires_at=None,
            next_attempt_at=self._wall() + delay if delay else None,
            **fields,
        )
        entry.due = self._boot() + delay
        self._queued[entry.job.id] = entry

    def _finish(
        self, entry: Entry, state: tj.JobState, retention: Optional[timedelta], **fields: Any
    ) -> None:
        now = self._wall()
        entry.change(
            state=state,
            updated_at=now,
            finished_at=now,
            next_attempt_at=None,
            expires_at=None if retention is None else now + retention,
            **fields,
        )
        self._queued.pop(entry.job.id, None)

    def _bury(self, entry: Entry, delay: timedelta) -> None:
        entry.change(updated_at=self._wall())
        entry.record = replace(entry.record, deleted=True)
        entry.due = self._boot() + max(delay, ZERO)
        self._queued.pop(entry.job.id, None)
        if self._keys.get(entry.key) == entry.job.id:
            del self._keys[entry.key]

    def _end_claim(self, entry: Entry, ending: str) -> None:
        entry.ending = ending
        entry.decoding = False

    def _publish(self, entry: Entry, note: tj.LogNote = tj.LogNote()) -> None:
        deleted = entry.record.deleted
        kind = tj.EventKind.DELETED if deleted else tj.EventKind.JOB
        self._journal.append(kind, entry.job, note, self._wall())
        if not deleted and entry.job.done:
            self._finished.append(self._boot())
        if self._listener is not None:
            self._listener(not deleted and entry.job.state is tj.JobState.QUEUED, True)

    def _room(self, most: int) -> None:
        if 0 < most <= len(self._queued):
            raise tj.QueueFullError(f"The queue is full: {most} jobs wait already.")

    # --- Submitting and reading

    def create(self, job: tj.NewJob) -> tj.CreateResult:
        with self._lock:
            known = self._entries.get(job.id)
            if known is not None:
                return tj.CreateResult(known.job, True)
            earlier = self._entries.get(self._keys.get(job.idempotency_key, ""))
            if earlier is not None:
                if earlier.fingerprint != job.idempotency_fingerprint:
                    raise tj.IdempotencyConflictError("This key was used before, otherwise.")
                return tj.CreateResult(earlier.job, False)
            if self._boot() > job.deadline:
                raise tj.TimedOutError("The job could not be recorded in time.")
            self._room(job.max_queued)
            now = self._wall()
            self._numbers += 1
            made = tj.Job(
                job.id, tj.JobState.QUEUED, job.original, job.specs, [], job.priority, 0,
                job.max_attempts, 0, 0.0, None, job.metadata, job.request_id, job.traceparent,
                now, now,
            )
            entry = Entry(
                tj.JobRecord(made, job.original_key), self._numbers, job.idempotency_key,
                job.idempotency_fingerprint, self._boot(),
            )
            self._entries[job.id] = self._queued[job.id] = entry
            if job.idempotency_key:
                self._keys[job.idempotency_key] = job.id
            self._publish(entry, job.note)
            return tj.CreateResult(entry.job, True)

    def find(self, ids: List[str]) -> List[Optional[tj.JobRecord]]:
        with self._lock:
            found = (self._entries.get(id) for id in ids)
            return [None if entry is None else entry.record for entry in found]

    def list(self, query: tj.ListQuery) -> tj.JobPage:
        check_range("limit", query.limit, 1, 500)
        order = "a" if query.ascending else "d"
        if query.cursor and not re.fullmatch(order + "[0-9a-f-]{36}", query.cursor):
            raise tj.InvalidArgumentError("cursor is not one of the page before.")
        last = query.cursor[1:]
        with self._lock:
            jobs = [
                e.job
                for e in self._entries.values()
                if not e.record.deleted
                and (not query.states or e.job.state in query.states)
                and (not last or (e.job.id > last if query.ascending else e.job.id < last))
            ]
            jobs.sort(key=lambda job: job.id, reverse=not query.ascending)
            page = jobs[: query.limit]
            more = len(jobs) > query.limit
            return tj.JobPage(page, order + page[-1].id if more else "", self._journal.end())

    def stats(self) -> tj.StoreStats:
        with self._lock:
            now = self._boot()
            counts = {state: 0 for state in tj.JobState}
            for entry in self._entries.values():
                if not entry.record.deleted:
                    counts[entry.job.state] += 1
            ready = [e.due for e in self._queued.values() if e.due <= now]
            minute = timedelta(minutes=1)
            self._finished = [at for at in self._finished if at > now - minute]
            return tj.StoreStats(
                **{state.value: count for state, count in counts.items()},
                delayed=len(self._queued) - len(ready),
                oldest_ready_age=now - min(ready) if ready else None,
                finished_last_minute=len(self._finished),
            )

    def events_end(self) -> str:
        with self._lock:
            return self._journal.end()

    def events(self, after: str, limit: int) -> tj.EventPage:
        with self._lock:
            return self._journal.events(after, limit, self._entries.__contains__)

    def logs(self, query: tj.LogQuery) -> List[tj.LogLine]:
        with self._lock:
            return self._journal.logs(query)

    # --- Working

    def claim(self, request: tj.ClaimRequest) -> tj.ClaimResult:
        check_range("max_jobs", request.max_jobs, 1, 100)
        if request.lease <= ZERO:
            raise tj.InvalidArgumentError("lease must be greater than zero.")

        def order(entry: Entry) -> Tuple[int, int]:
            return -entry.job.priority, entry.number

        with self._lock:
            held = [
                e
                for e in self._entries.values()
                if e.nonce == request.nonce
                and e.job.state is tj.JobState.PROCESSING
                and not e.record.deleted
            ]
            if request.nonce and held:
                return tj.ClaimResult([self._claimed(e) for e in sorted(held, key=order)])
            now = self._boot()
            ready = (entry for entry in self._queued.values() if entry.due <= now)
            taken = heapq.nsmallest(request.max_jobs, ready, key=order)
            for entry in taken:
                entry.token += 1
                entry.nonce = request.nonce
                entry.decoding = False
                entry.ending = "open"
                entry.due = now + request.lease
                del self._queued[entry.job.id]
                claim_id = f"{entry.token}-{secrets.token_hex(8)}"
                entry.record = replace(entry.record, claim_id=claim_id)
                entry.change(
                    state=tj.JobState.PROCESSING,
                    progress=0.0,
                    attempts=entry.job.attempts + 1,
                    started_at=self._wall(),
                    updated_at=self._wall(),
                    next_attempt_at=None,
                )
                note = f"Attempt {entry.job.attempts} begun."
                self._publish(entry, tj.LogNote(tj.LogLevel.DEBUG, note, request.worker))
            next_due = None
            if not taken and self._queued:
                next_due = min(entry.due for entry in self._queued.values()) - now
            return tj.ClaimResult([self._claimed(entry) for entry in taken], next_due)

    @staticmethod
    def _claimed(entry: Entry) -> tj.ClaimedJob:
        lease = tj.Lease(entry.job.id, entry.token, entry.record.claim_id)
        return tj.ClaimedJob(entry.record, lease)

    def renew(self, leases: List[tj.Lease], lease: timedelta) -> List[tj.LeaseState]:
        with self._lock:
            answers = []
            for held in leases:
                entry = self._entries.get(held.job)
                if entry is None or not entry.holds(held):
                    answers.append(tj.LeaseState.LOST)
                    continue
                entry.due = self._boot() + lease
                answers.append(tj.LeaseState.HELD)
            return answers

    def mark_decoding(self, lease: tj.Lease) -> None:
        with self._lock:
            entry = self._leased(lease)
            assert entry is not None
            entry.decoding = True

    def report_progress(self, lease: tj.Lease, progress: float) -> None:
        if not 0 <= progress <= 1:
            raise tj.InvalidArgumentError(f"progress is {progress}; it must be 0 to 1.")
        with self._lock:
            entry = self._leased(lease)
            assert entry is not None
            entry.change(progress=progress, updated_at=self._wall())
            self._publish(entry)

    @staticmethod
    def _sized(original: tj.Original, width: int, height: int) -> tj.Original:
        if width > 0 and height > 0:
            return replace(original, width=width, height=height)
        return original

    def complete(
        self, lease: tj.Lease, completion: tj.Completion, next: Optional[tj.ClaimRequest]
    ) -> tj.ClaimResult:
        with self._lock:
            entry = self._leased(lease, "completed")
            if entry is not None:
                original = self._sized(
                    entry.job.original, completion.original_width, completion.original_height
                )
                entry.record = replace(entry.record, rendition_keys=completion.rendition_keys)
                if completion.drop_original:
                    original = replace(original, available=False)
                    entry.record = replace(entry.record, original_key="")
                self._finish(
                    entry, tj.JobState.SUCCEEDED, completion.retention, original=original,
                    renditions=completion.renditions, progress=1.0, error=None,
                )
                self._end_claim(entry, "completed")
                self._publish(entry, completion.note)
            return self.claim(next) if next is not None else tj.ClaimResult()

    def fail(self, lease: tj.Lease, failure: tj.Failure) -> tj.Job:
        with self._lock:
            entry = self._leased(lease, "failed")
            if entry is None:
                return self._entries[lease.job].job
            job = entry.job
            crashes = job.crashes + failure.crash
            again = (
                crashes < failure.max_crashes
                if failure.crash
                else failure.retryable and job.attempts - crashes < job.max_attempts
            )
            fields = dict(
                original=self._sized(
                    job.original, failure.original_width, failure.original_height
                ),
                error=failure.error,
                crashes=crashes,
            )
            if again:
                self._queue(entry, failure.backoff, **fields)
            else:
                self._finish(entry, tj.JobState.FAILED, failure.retention, **fields)
            self._end_claim(entry, "failed")
            self._publish(entry, failure.note)
            return entry.job

    def give_back(self, lease: tj.Lease, delay: timedelta, note: tj.LogNote) -> None:
        with self._lock:
            entry = self._leased(lease, "given back")
            if entry is not None:
                self._queue(entry, delay, attempts=entry.job.attempts - 1)
                self._end_claim(entry, "given back")
                self._publish(entry, note)

    # --- Controlling

    def cancel(self, id: str, retention: Optional[timedelta], note: tj.LogNote) -> tj.Job:
        with self._lock:
            entry = self._require(id)
            if entry.job.state is tj.JobState.CANCELLED:
                return entry.job
            if entry.job.done:
                raise tj.ConflictError(f"A job that has {entry.job.state} cannot be cancelled.")
            self._finish(entry, tj.JobState.CANCELLED, retention)
            self._end_claim(entry, "revoked")
            self._publish(entry, note)
            return entry.job

    def retry(self, id: str, max_queued: int, note: tj.LogNote) -> tj.Job:
        with self._lock:
            entry = self._require(id)
            if not entry.job.done:
                return entry.job
            if entry.job.state is tj.JobState.SUCCEEDED:
                raise tj.ConflictError("A job that has succeeded cannot be run again.")
            if not entry.job.original.available:
                raise tj.ConflictError("The original has been deleted.")
            self._room(max_queued)
            self._queue(entry, attempts=0, crashes=0, error=None, started_at=None)
            self._end_claim(entry, "revoked")
            self._publish(entry, note)
            return entry.job

    def remove(self, id: str, tombstone_delay: timedelta, note: tj.LogNote) -> tj.JobRecord:
        with self._lock:
            entry = self._require(id)
            self._bury(entry, tombstone_delay)
            self._publish(entry, note)
            return entry.record

    # --- Keeping house

    def sweep(self, request: tj.SweepRequest) -> tj.SweepResult:
        check_range("limit", request.limit, 1, 1000)
        with self._lock:
            live = [e for e in self._entries.values() if not e.record.deleted]
            boot, wall = self._boot(), self._wall()
            processing = tj.JobState.PROCESSING
            late = [e for e in live if e.job.state is processing and e.due <= boot]
            late = sorted(late, key=lambda e: (e.due, e.number))[: request.limit]
            crashed = failed = 0
            for entry in late:
                crash, dead = self._expire(entry, request)
                crashed += crash
                failed += dead
            old = [e for e in live if e.job.expires_at is not None and e.job.expires_at <= wall]
            old = sorted(old, key=lambda e: (e.job.expires_at, e.number))[: request.limit]
            for entry in old:
                self._bury(entry, request.tombstone_delay)
                note = "The job's retention is over: removed."
                self._publish(entry, tj.LogNote(tj.LogLevel.INFO, note, request.worker))
            more = request.limit in (len(late), len(old))
            return tj.SweepResult(len(late), crashed, failed, len(old), more)

    def _expire(self, entry: Entry, request: tj.SweepRequest) -> Tuple[bool, bool]:
        crash = entry.decoding
        dead = False
        level = tj.LogLevel.WARNING
        if not crash:
            self._queue(entry, attempts=entry.job.attempts - 1)
        else:
            crashes = entry.job.crashes + 1
            error = tj.JobError("decoder_crashed", "The worker stopped answering.")
            dead = crashes >= request.max_crashes
            if dead:
                level = tj.LogLevel.ERROR
                self._finish(
                    entry, tj.JobState.FAILED, request.retention, crashes=crashes, error=error
                )
            else:
                self._queue(entry, crashes=crashes, error=error)
        self._end_claim(entry, "revoked")
        note = "The worker's lease ran out" + (" while it decoded." if crash else ".")
        self._publish(entry, tj.LogNote(level, note, request.worker))
        return crash, dead

    def tombstones(self, limit: int) -> List[tj.JobRecord]:
        check_range("limit", limit, 1, 1000)
        with self._lock:
            now = self._boot()
            dead = [e for e in self._entries.values() if e.record.deleted and e.due <= now]
            dead.sort(key=lambda e: (e.due, e.number))
            return [entry.record for entry in dead[:limit]]

    def forget(self, ids: List[str]) -> None:
        with self._lock:
            for id in ids:
                entry = self._entries.get(id)
                if entry is not None and entry.record.deleted:
                    del self._entries[id]

    def acquire(self, name: str, owner: str, duration: timedelta) -> bool:
        with self._lock:
            now = self._boot()
            holder, end = self._leases.get(name, ("", now))
            if holder and holder != owner and end > now:
                return False
            self._leases[name] = (owner, now + duration)
            return True
