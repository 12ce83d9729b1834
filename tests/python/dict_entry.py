"""What a DictStore keeps of each job."""
from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import thumbjobs as tj


@dataclass
class Entry:
    """A job with all that the store must remember about it."""

    record: tj.JobRecord
    number: int
    key: str
    fingerprint: str
    due: timedelta  # queued: ready from then on; processing: end of the lease; tombstone: its end
    token: int = 0
    nonce: str = ""
    decoding: bool = False
    ending: str = "open"

    @property
    def job(self) -> tj.Job:
        return self.record.job

    def change(self, **fields: Any) -> None:
        """Gives members of the job other values."""
        self.record = replace(self.record, job=replace(self.record.job, **fields))

    def is_claim(self, lease: tj.Lease) -> bool:
        """Whether the lease is of the latest claim."""
        return self.token == lease.token != 0 and self.record.claim_id == lease.claim_id

    def holds(self, lease: tj.Lease) -> bool:
        """Whether the lease holds the job still."""
        processing = self.job.state is tj.JobState.PROCESSING
        return processing and not self.record.deleted and self.is_claim(lease)
