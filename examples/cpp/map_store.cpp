#include "map_store.h"

#include <algorithm>
#include <random>
#include <tuple>

using namespace thumbjobs; // this file is about little else

namespace {

constexpr Milliseconds zero = Milliseconds::zero();

/// So many random bytes, in hexadecimal digits.
std::string random_digits(int bytes) {
    std::random_device random;
    std::string digits;
    for (int i = 0; i < 2 * bytes; ++i)
        digits += "0123456789abcdef"[random() % 16];
    return digits;
}

void set_size(Original& original, int width, int height) {
    if (width <= 0 || height <= 0)
        return;
    original.width = width;
    original.height = height;
}

} // namespace

MapStore::MapStore(const Clock& clock, int history)
    : clock_(clock),
      capacity_(static_cast<std::size_t>(history)),
      id_(random_digits(16)),
      history_(random_digits(4)) {}

void MapStore::set_listener(Listener listener) {
    const std::lock_guard lock(mutex_); // so the former one is not running afterwards
    listener_ = std::move(listener);
}

// --- What the methods are made of

void MapStore::check(const char* field, int value, int least, int most) {
    if (value < least || value > most)
        throw Error(ErrorCode::invalid_argument,
                    std::string(field) + " is " + std::to_string(value) + "; it must be " +
                        std::to_string(least) + " to " + std::to_string(most) + ".");
}

void MapStore::check(const ClaimRequest& request) {
    check("max_jobs", request.max_jobs, 1, 100);
    if (request.lease <= zero)
        throw Error(ErrorCode::invalid_argument, "lease must be greater than zero.");
}

MapStore::Entry& MapStore::require(const JobId& id) {
    const auto found = jobs_.find(id);
    if (found == jobs_.end() || found->second.record.deleted)
        throw Error(ErrorCode::not_found, "There is no job " + id.to_string() + ".");
    return found->second;
}

/// The job that the lease holds. Null when its claim has ended in the way of `repeat`: the answer
/// to the first call was lost, and this one is to have no effect.
MapStore::Entry* MapStore::leased(const Lease& lease, Ending repeat) {
    const auto found = jobs_.find(lease.job);
    if (found != jobs_.end() && found->second.token == lease.token &&
        found->second.record.claim_id == lease.claim_id && lease.token != 0) {
        Entry& entry = found->second;
        if (entry.record.job.state == JobState::processing && !entry.record.deleted)
            return &entry;
        // A tombstone knows what was completed: that output is still the job's.
        if (repeat != Ending::open && entry.ending == repeat &&
            (!entry.record.deleted || repeat == Ending::completed))
            return nullptr;
    }
    throw Error(ErrorCode::lease_lost, "The lease on this job is lost.");
}

std::vector<MapStore::Entry*> MapStore::entries(const std::function<bool(const Entry&)>& wanted) {
    std::vector<Entry*> found;
    for (auto& [id, entry] : jobs_)
        if (wanted(entry))
            found.push_back(&entry);
    return found;
}

void MapStore::require_room(std::int64_t max_queued) {
    const auto queued = std::count_if(jobs_.begin(), jobs_.end(), [](const auto& job) {
        const JobRecord& record = job.second.record;
        return record.job.state == JobState::queued && !record.deleted;
    });
    if (max_queued > 0 && queued >= max_queued)
        throw Error(ErrorCode::queue_full,
                    "The queue is full: " + std::to_string(max_queued) + " jobs wait already.");
}

void MapStore::queue(Entry& entry, Milliseconds delay) {
    Job& job = entry.record.job;
    delay = std::max(delay, zero);
    job.state = JobState::queued;
    job.progress = 0;
    job.updated_at = clock_.wall();
    job.finished_at.reset();
    job.expires_at.reset();
    job.next_attempt_at.reset();
    if (delay > zero)
        job.next_attempt_at = job.updated_at + delay;
    entry.due = clock_.boot() + delay;
    entry.decoding = false;
}

void MapStore::finish(Entry& entry, JobState state, std::optional<Milliseconds> retention) {
    Job& job = entry.record.job;
    job.state = state;
    job.updated_at = clock_.wall();
    job.finished_at = job.updated_at;
    job.next_attempt_at.reset();
    job.expires_at.reset();
    if (retention)
        job.expires_at = job.updated_at + *retention;
    entry.decoding = false;
}

void MapStore::bury(Entry& entry, Milliseconds delay) {
    entry.record.deleted = true;
    entry.record.job.updated_at = clock_.wall();
    entry.idempotency_key.clear(); // free for another job
    entry.due = clock_.boot() + std::max(delay, zero);
}

void MapStore::publish(const Entry& entry, const LogNote& note) {
    const JobRecord& record = entry.record;
    const auto kind = record.deleted ? Event::Kind::deleted : Event::Kind::job;
    rows_.push_back({.kind = kind, .job = record.job, .note = note, .time = clock_.wall()});
    ++last_row_;
    if (rows_.size() > capacity_)
        rows_.pop_front();
    if (!record.deleted && is_terminal(record.job.state))
        finished_.push_back(clock_.boot());
    if (listener_)
        listener_(
            {.work = !record.deleted && record.job.state == JobState::queued, .events = true});
}

// --- Submitting

CreateResult MapStore::create(const NewJob& job) {
    const std::lock_guard lock(mutex_);
    if (const auto known = jobs_.find(job.id); known != jobs_.end())
        return {.job = known->second.record.job, .created = true}; // a repeat of this very call
    if (!job.idempotency_key.empty()) {
        const auto earlier =
            entries([&](const Entry& e) { return e.idempotency_key == job.idempotency_key; });
        if (!earlier.empty() && earlier.front()->fingerprint != job.idempotency_fingerprint)
            throw Error(ErrorCode::idempotency_conflict,
                        "This idempotency key was used before, with another image or options.");
        if (!earlier.empty())
            return {.job = earlier.front()->record.job, .created = false};
    }
    if (clock_.boot() > job.deadline)
        throw Error(ErrorCode::timed_out, "The job could not be recorded in time.");
    require_room(job.max_queued);

    Entry& made = jobs_[job.id];
    made.number = ++last_number_;
    made.idempotency_key = job.idempotency_key;
    made.fingerprint = job.idempotency_fingerprint;
    made.record.original_key = job.original_key;
    Job& record = made.record.job;
    record.id = job.id;
    record.original = job.original;
    record.specs = job.specs;
    record.priority = job.priority;
    record.max_attempts = job.max_attempts;
    record.metadata = job.metadata;
    record.request_id = job.request_id;
    record.traceparent = job.traceparent;
    record.created_at = clock_.wall();
    queue(made, zero);
    publish(made, job.note);
    return {.job = record, .created = true};
}

// --- Working

ClaimResult MapStore::claim(const ClaimRequest& request) {
    check(request);
    const std::lock_guard lock(mutex_);
    return claim_now(request);
}

ClaimResult MapStore::claim_now(const ClaimRequest& request) {
    const BootTime now = clock_.boot();
    const auto queued = [](const Entry& entry) {
        return entry.record.job.state == JobState::queued && !entry.record.deleted;
    };
    auto found = entries([&](const Entry& entry) { // by an earlier call whose answer was lost
        return !request.nonce.empty() && entry.nonce == request.nonce && !entry.record.deleted &&
               entry.record.job.state == JobState::processing;
    });
    const bool repeat = !found.empty();
    if (!repeat)
        found = entries([&](const Entry& entry) { return queued(entry) && entry.due <= now; });
    std::ranges::sort(found, {}, [](const Entry* entry) {
        return std::tuple(-entry->record.job.priority, entry->number);
    });
    if (!repeat)
        found.resize(std::min(found.size(), static_cast<std::size_t>(request.max_jobs)));

    ClaimResult result;
    for (Entry* const entry : found) {
        if (!repeat)
            take(*entry, request);
        result.jobs.push_back({.record = entry->record,
                               .lease = {.job = entry->record.job.id,
                                         .token = entry->token,
                                         .claim_id = entry->record.claim_id}});
    }
    if (found.empty())
        for (const Entry* const entry : entries(queued))
            result.next_due = std::min(result.next_due.value_or(Milliseconds::max()),
                                       Milliseconds(entry->due - now));
    return result;
}

void MapStore::take(Entry& entry, const ClaimRequest& request) {
    Job& job = entry.record.job;
    ++entry.token;
    entry.record.claim_id = std::to_string(entry.token) + "-" + random_digits(8);
    entry.nonce = request.nonce;
    entry.ending = Ending::open;
    entry.due = clock_.boot() + request.lease;
    job.state = JobState::processing;
    job.progress = 0;
    ++job.attempts;
    job.updated_at = clock_.wall();
    job.started_at = job.updated_at;
    job.next_attempt_at.reset();
    publish(entry, {.level = LogLevel::debug,
                    .message = "Attempt " + std::to_string(job.attempts) + " begun.",
                    .worker = request.worker});
}

std::vector<LeaseState> MapStore::renew(std::span<const Lease> leases, Milliseconds lease) {
    const std::lock_guard lock(mutex_);
    std::vector<LeaseState> states;
    for (const Lease& held : leases) {
        try {
            leased(held, Ending::open)->due = clock_.boot() + lease;
            states.push_back(LeaseState::held);
        } catch (const Error&) {
            states.push_back(LeaseState::lost);
        }
    }
    return states;
}

void MapStore::mark_decoding(const Lease& lease) {
    const std::lock_guard lock(mutex_);
    leased(lease, Ending::open)->decoding = true;
}

void MapStore::report_progress(const Lease& lease, double progress) {
    if (!(progress >= 0 && progress <= 1))
        throw Error(ErrorCode::invalid_argument, "progress must be 0 to 1.");
    const std::lock_guard lock(mutex_);
    Entry& entry = *leased(lease, Ending::open);
    entry.record.job.progress = progress;
    entry.record.job.updated_at = clock_.wall();
    publish(entry, {});
}

ClaimResult MapStore::complete(const Lease& lease, const Completion& completion,
                               const ClaimRequest* next) {
    if (next)
        check(*next);
    const std::lock_guard lock(mutex_);
    if (Entry* const entry = leased(lease, Ending::completed)) {
        Job& job = entry->record.job;
        set_size(job.original, completion.original_width, completion.original_height);
        job.renditions = completion.renditions;
        job.progress = 1;
        job.error.reset();
        entry->record.rendition_keys = completion.rendition_keys;
        if (completion.drop_original) {
            entry->record.original_key.clear();
            job.original.available = false;
        }
        finish(*entry, JobState::succeeded, completion.retention);
        entry->ending = Ending::completed;
        publish(*entry, completion.note);
    }
    return next ? claim_now(*next) : ClaimResult{};
}

Job MapStore::fail(const Lease& lease, const Failure& failure) {
    const std::lock_guard lock(mutex_);
    if (Entry* const entry = leased(lease, Ending::failed)) {
        Job& job = entry->record.job;
        set_size(job.original, failure.original_width, failure.original_height);
        job.error = failure.error;
        job.crashes += failure.crash ? 1 : 0;
        const bool again = failure.crash
                               ? job.crashes < failure.max_crashes
                               : failure.retryable && job.attempts - job.crashes < job.max_attempts;
        if (again)
            queue(*entry, failure.backoff);
        else
            finish(*entry, JobState::failed, failure.retention);
        entry->ending = Ending::failed;
        publish(*entry, failure.note);
    }
    return jobs_.at(lease.job).record.job;
}

void MapStore::give_back(const Lease& lease, Milliseconds delay, const LogNote& note) {
    const std::lock_guard lock(mutex_);
    if (Entry* const entry = leased(lease, Ending::given_back)) {
        --entry->record.job.attempts; // free of charge
        queue(*entry, delay);
        entry->ending = Ending::given_back;
        publish(*entry, note);
    }
}

// --- Controlling

Job MapStore::cancel(const JobId& id, std::optional<Milliseconds> retention, const LogNote& note) {
    const std::lock_guard lock(mutex_);
    Entry& entry = require(id);
    const JobState state = entry.record.job.state;
    if (state == JobState::succeeded || state == JobState::failed)
        throw Error(ErrorCode::conflict, "A job that has ended cannot be cancelled.");
    if (state != JobState::cancelled) {
        finish(entry, JobState::cancelled, retention);
        entry.ending = Ending::revoked; // its worker learns of it when it renews or completes
        publish(entry, note);
    }
    return entry.record.job;
}

Job MapStore::retry(const JobId& id, std::int64_t max_queued, const LogNote& note) {
    const std::lock_guard lock(mutex_);
    Entry& entry = require(id);
    Job& job = entry.record.job;
    if (!is_terminal(job.state))
        return job;
    if (job.state == JobState::succeeded || !job.original.available)
        throw Error(ErrorCode::conflict, "This job cannot be run again.");
    require_room(max_queued);
    job.attempts = 0;
    job.crashes = 0;
    job.error.reset();
    job.started_at.reset();
    queue(entry, zero);
    entry.ending = Ending::revoked;
    publish(entry, note);
    return job;
}

JobRecord MapStore::remove(const JobId& id, Milliseconds tombstone_delay, const LogNote& note) {
    const std::lock_guard lock(mutex_);
    Entry& entry = require(id);
    bury(entry, tombstone_delay);
    publish(entry, note);
    return entry.record;
}

// --- Keeping house

SweepResult MapStore::sweep(const SweepRequest& request) {
    check("limit", request.limit, 1, 1000);
    const auto limit = static_cast<std::size_t>(request.limit);
    const std::lock_guard lock(mutex_);
    const BootTime now = clock_.boot();
    const WallTime today = clock_.wall();
    SweepResult result;
    auto late = entries([&](const Entry& entry) {
        return entry.record.job.state == JobState::processing && !entry.record.deleted &&
               entry.due <= now;
    });
    late.resize(std::min(late.size(), limit));
    for (Entry* const entry : late) {
        result.crashed += entry->decoding ? 1 : 0;
        result.failed += expire(*entry, request) ? 1 : 0;
        ++result.requeued;
    }
    auto old = entries([&](const Entry& entry) {
        const auto& expires = entry.record.job.expires_at;
        return !entry.record.deleted && expires && *expires <= today;
    });
    old.resize(std::min(old.size(), limit));
    for (Entry* const entry : old) {
        bury(*entry, request.tombstone_delay);
        publish(*entry,
                {.message = "The job's retention is over: removed.", .worker = request.worker});
        ++result.expired;
    }
    result.more = late.size() == limit || old.size() == limit;
    return result;
}

/// Ends a lease that ran out; true if the job has failed by that.
bool MapStore::expire(Entry& entry, const SweepRequest& request) {
    Job& job = entry.record.job;
    entry.ending = Ending::revoked;
    if (!entry.decoding) { // a worker that died before it began: nobody's fault
        --job.attempts;
        queue(entry, zero);
    } else {
        job.error = JobError{.code = ErrorCode::decoder_crashed,
                             .message = "The worker stopped answering while it decoded."};
        if (++job.crashes < request.max_crashes)
            queue(entry, zero);
        else
            finish(entry, JobState::failed, request.retention);
    }
    const bool failed = job.state == JobState::failed;
    publish(entry, {.level = failed ? LogLevel::error : LogLevel::warning,
                    .message = "The worker's lease ran out.",
                    .worker = request.worker});
    return failed;
}

std::vector<JobRecord> MapStore::tombstones(int limit) {
    check("limit", limit, 1, 1000);
    const std::lock_guard lock(mutex_);
    const BootTime now = clock_.boot();
    std::vector<JobRecord> records;
    for (const Entry* const entry :
         entries([&](const Entry& e) { return e.record.deleted && e.due <= now; }))
        if (records.size() < static_cast<std::size_t>(limit))
            records.push_back(entry->record);
    return records;
}

void MapStore::forget(std::span<const JobId> ids) {
    const std::lock_guard lock(mutex_);
    for (const JobId& id : ids)
        if (const auto found = jobs_.find(id); found != jobs_.end() && found->second.record.deleted)
            jobs_.erase(found);
}

bool MapStore::acquire(std::string_view name, std::string_view owner, Milliseconds duration) {
    const std::lock_guard lock(mutex_);
    const BootTime now = clock_.boot();
    const auto held = leases_.find(name);
    if (held != leases_.end() && held->second.owner != owner && held->second.end > now)
        return false;
    leases_[std::string(name)] = {.owner = std::string(owner), .end = now + duration};
    return true;
}
