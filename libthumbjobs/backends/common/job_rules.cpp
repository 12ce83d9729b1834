#include "backends/common/job_rules.h"

#include "backends/common/store_checks.h"
#include "src/random.h"

#include <algorithm>

namespace thumbjobs::rules {
namespace {

bool is_claim(const Entry& entry, const Lease& lease) noexcept {
    return entry.token == lease.token && entry.record.claim_id == lease.claim_id &&
           lease.token != 0;
}

void require_holds(const Entry& entry, const Lease& lease) {
    if (!holds(entry, lease))
        throw_lease_lost();
}

void queue(Entry& entry, Milliseconds delay, const Now& now) {
    Job& job = entry.record.job;
    delay = std::max(delay, Milliseconds::zero());
    job.state = JobState::queued;
    job.progress = 0;
    job.updated_at = now.wall;
    job.finished_at.reset();
    job.expires_at.reset();
    job.next_attempt_at.reset();
    if (delay > Milliseconds::zero())
        job.next_attempt_at = now.wall + delay;
    entry.due = now.boot + delay;
}

void finish(Entry& entry, JobState state, std::optional<Milliseconds> retention, const Now& now) {
    Job& job = entry.record.job;
    job.state = state;
    job.updated_at = now.wall;
    job.finished_at = now.wall;
    job.next_attempt_at.reset();
    job.expires_at.reset();
    if (retention)
        job.expires_at = now.wall + *retention;
}

void end_claim(Entry& entry, Ending ending) {
    entry.ending = ending;
    entry.decoding = false;
}

void set_size(Job& job, int width, int height) {
    if (width > 0 && height > 0) {
        job.original.width = width;
        job.original.height = height;
    }
}

} // namespace

Now read(const Clock& clock) {
    return {.wall = clock.wall(), .boot = clock.boot()};
}

Entry create(const NewJob& job, const Now& now) {
    Entry entry;
    entry.due = now.boot;
    entry.record.original_key = job.original_key;
    Job& made = entry.record.job;
    made.id = job.id;
    made.original = job.original;
    made.specs = job.specs;
    made.priority = job.priority;
    made.max_attempts = job.max_attempts;
    made.metadata = job.metadata;
    made.request_id = job.request_id;
    made.traceparent = job.traceparent;
    made.created_at = now.wall;
    made.updated_at = now.wall;
    return entry;
}

void claim(Entry& entry, const ClaimRequest& request, const Now& now) {
    Job& job = entry.record.job;
    ++entry.token;
    entry.record.claim_id = std::to_string(entry.token) + "-" + random_hex(8);
    entry.decoding = false;
    entry.ending = Ending::open;
    entry.due = now.boot + request.lease;
    job.state = JobState::processing;
    job.progress = 0;
    ++job.attempts;
    job.started_at = now.wall;
    job.updated_at = now.wall;
    job.next_attempt_at.reset();
}

LogNote claim_note(const Entry& entry, const ClaimRequest& request) {
    return {.level = LogLevel::debug,
            .message = "Attempt " + std::to_string(entry.record.job.attempts) + " begun.",
            .worker = request.worker};
}

Lease lease_of(const Entry& entry) {
    return {.job = entry.record.job.id, .token = entry.token, .claim_id = entry.record.claim_id};
}

bool holds(const Entry& entry, const Lease& lease) noexcept {
    return !entry.record.deleted && entry.record.job.state == JobState::processing &&
           is_claim(entry, lease);
}

void renew(Entry& entry, Milliseconds lease, const Now& now) {
    entry.due = now.boot + lease;
}

void mark_decoding(Entry& entry, const Lease& lease) {
    require_holds(entry, lease);
    entry.decoding = true;
}

void report_progress(Entry& entry, const Lease& lease, double progress, const Now& now) {
    require_progress(progress);
    require_holds(entry, lease);
    entry.record.job.progress = progress;
    entry.record.job.updated_at = now.wall;
}

bool complete(Entry& entry, const Lease& lease, const Completion& completion, const Now& now) {
    if (!holds(entry, lease)) {
        // Also when it was removed since: its tombstone knows the keys that were committed.
        if (is_claim(entry, lease) && entry.ending == Ending::completed)
            return false;
        throw_lease_lost();
    }
    Job& job = entry.record.job;
    set_size(job, completion.original_width, completion.original_height);
    job.renditions = completion.renditions;
    job.progress = 1;
    job.error.reset();
    entry.record.rendition_keys = completion.rendition_keys;
    if (completion.drop_original) {
        entry.record.original_key.clear();
        job.original.available = false;
    }
    finish(entry, JobState::succeeded, completion.retention, now);
    end_claim(entry, Ending::completed);
    return true;
}

bool fail(Entry& entry, const Lease& lease, const Failure& failure, const Now& now) {
    if (!holds(entry, lease)) {
        if (is_claim(entry, lease) && entry.ending == Ending::failed && !entry.record.deleted)
            return false;
        throw_lease_lost();
    }
    Job& job = entry.record.job;
    set_size(job, failure.original_width, failure.original_height);
    job.error = failure.error;
    if (failure.crash)
        ++job.crashes;
    const bool again = failure.crash
                           ? job.crashes < failure.max_crashes
                           : failure.retryable && job.attempts - job.crashes < job.max_attempts;
    if (again)
        queue(entry, failure.backoff, now);
    else
        finish(entry, JobState::failed, failure.retention, now);
    end_claim(entry, Ending::failed);
    return true;
}

bool give_back(Entry& entry, const Lease& lease, Milliseconds delay, const Now& now) {
    if (!holds(entry, lease)) {
        if (is_claim(entry, lease) && entry.ending == Ending::given_back && !entry.record.deleted)
            return false;
        throw_lease_lost();
    }
    --entry.record.job.attempts;
    queue(entry, delay, now);
    end_claim(entry, Ending::given_back);
    return true;
}

Expiry expire_lease(Entry& entry, const SweepRequest& request, const Now& now) {
    Job& job = entry.record.job;
    Expiry expiry;
    expiry.crashed = entry.decoding;
    expiry.note.worker = request.worker;
    expiry.note.level = LogLevel::warning;
    if (!entry.decoding) {
        --job.attempts;
        queue(entry, Milliseconds::zero(), now);
        expiry.note.message = "The worker's lease ran out before it began to decode: queued again.";
    } else {
        ++job.crashes;
        job.error = JobError{ErrorCode::decoder_crashed,
                             "The worker stopped answering while it decoded this image."};
        if (job.crashes < request.max_crashes) {
            queue(entry, Milliseconds::zero(), now);
            expiry.note.message =
                "The worker's lease ran out while it decoded: counted as a crash, queued again.";
        } else {
            expiry.failed = true;
            finish(entry, JobState::failed, request.retention, now);
            expiry.note.level = LogLevel::error;
            expiry.note.message =
                "The worker's lease ran out while it decoded, too many times: failed.";
        }
    }
    end_claim(entry, Ending::revoked);
    return expiry;
}

bool cancel(Entry& entry, std::optional<Milliseconds> retention, const Now& now) {
    const Job& job = entry.record.job;
    if (entry.record.deleted)
        throw_no_job(job.id);
    if (job.state == JobState::cancelled)
        return false;
    if (is_terminal(job.state))
        throw Error(ErrorCode::conflict, "A job that has " + std::string(to_string(job.state)) +
                                             " cannot be cancelled.");
    finish(entry, JobState::cancelled, retention, now);
    end_claim(entry, Ending::revoked);
    return true;
}

bool retry(Entry& entry, const Now& now) {
    Job& job = entry.record.job;
    if (entry.record.deleted)
        throw_no_job(job.id);
    if (!is_terminal(job.state))
        return false;
    if (job.state == JobState::succeeded)
        throw Error(ErrorCode::conflict, "A job that has succeeded cannot be run again.");
    if (!job.original.available)
        throw Error(ErrorCode::conflict,
                    "The job cannot be run again: its original has been deleted.");
    job.attempts = 0;
    job.crashes = 0;
    job.error.reset();
    job.started_at.reset();
    queue(entry, Milliseconds::zero(), now);
    end_claim(entry, Ending::revoked);
    return true;
}

void bury(Entry& entry, Milliseconds tombstone_delay, const Now& now) {
    if (entry.record.deleted)
        throw_no_job(entry.record.job.id);
    entry.record.deleted = true;
    entry.record.job.updated_at = now.wall;
    entry.due = now.boot + std::max(tombstone_delay, Milliseconds::zero());
}

LogNote retention_note(const SweepRequest& request) {
    return {.level = LogLevel::info,
            .message = "The job's retention is over: removed.",
            .worker = request.worker};
}

} // namespace thumbjobs::rules
