#include "backends/sqlite/sqlite_transitions.h"

#include "backends/common/finished_counter.h"
#include "backends/common/store_checks.h"

#include <algorithm>
#include <tuple>

namespace thumbjobs {

using rules::Now;

SqliteTransitions::SqliteTransitions(SqliteSession& session, const Clock& clock, int event_history,
                                     std::function<bool()> disk_is_low)
    : session_(session),
      clock_(clock),
      event_history_(event_history),
      disk_is_low_(std::move(disk_is_low)) {}

void SqliteTransitions::begin() {
    totals_ = load_totals(session_);
    finished_ = 0;
    changed_ = false;
    change_ = {};
}

void SqliteTransitions::finish() {
    // The journal is cut in larger pieces, so that most commits leave its old end alone.
    const std::int64_t kept = totals_.last_event - totals_.first_event + 1;
    if (kept > event_history_ + event_history_ / 8 + 100) {
        totals_.first_event = totals_.last_event - event_history_ + 1;
        SqliteRun(session_[Sql::prune_journal], totals_.first_event).finish();
    }
    if (finished_ > 0) {
        const std::int64_t second = FinishedCounter::second_of(clock_.boot());
        SqliteRun(session_[Sql::count_finished], second % FinishedCounter::seconds, second,
                  finished_)
            .finish();
    }
    save_totals(session_, totals_);
}

void SqliteTransitions::restore(const Mark& mark) {
    totals_ = mark.totals;
    finished_ = mark.finished;
}

std::optional<SqliteJob> SqliteTransitions::find(const JobId& id, Detail detail) {
    SqliteRun row(session_[detail == Detail::status ? Sql::load_status : Sql::load_job], id);
    if (!row.next())
        return std::nullopt;
    return detail == Detail::status ? read_status_row(row) : read_job_row(row);
}

SqliteJob SqliteTransitions::require(const JobId& id) {
    std::optional<SqliteJob> job = find(id, Detail::everything);
    if (!job)
        throw_no_job(id);
    return std::move(*job);
}

SqliteJob SqliteTransitions::require_leased(const Lease& lease, Detail detail) {
    std::optional<SqliteJob> job = find(lease.job, detail);
    if (!job)
        throw_lease_lost();
    return std::move(*job);
}

void SqliteTransitions::require_room(std::int64_t max_queued) const {
    if (max_queued > 0 && totals_.queued() >= max_queued)
        throw_queue_full(max_queued);
}

void SqliteTransitions::move(SqliteJob& job, const Now& now) {
    const Place before = job.place;
    job.place = place_of(job.entry, now.boot);
    --totals_[before];
    ++totals_[job.place];
    if (job.place != before && is_terminal(job.entry.record.job.state) &&
        job.place != Place::tombstone)
        ++finished_;
    if (job.place == Place::ready || job.place == Place::delayed)
        change_.work = true;
}

void SqliteTransitions::save(SqliteJob& job, const LogNote& note, const Now& now) {
    move(job, now);
    update_status(session_, job);
    publish(job, note);
}

void SqliteTransitions::publish(const SqliteJob& job, const LogNote& note) {
    append_journal(session_, ++totals_.last_event, job, note);
    changed_ = true;
    change_.events = true;
}

// --- Submitting

std::optional<CreateResult> SqliteTransitions::find_earlier(const NewJob& job) {
    if (std::optional<SqliteJob> same = find(job.id, Detail::everything))
        return CreateResult{.job = std::move(same->entry.record.job), .created = true};
    if (job.idempotency_key.empty())
        return std::nullopt;
    JobId earlier;
    {
        SqliteRun row(session_[Sql::find_key], job.idempotency_key);
        if (!row.next())
            return std::nullopt;
        earlier = row.id();
        if (row.text() != job.idempotency_fingerprint)
            throw_idempotency_conflict();
    }
    return CreateResult{.job = require(earlier).entry.record.job, .created = false};
}

CreateResult SqliteTransitions::create(const NewJob& job) {
    if (std::optional<CreateResult> earlier = find_earlier(job))
        return std::move(*earlier);
    const Now now = rules::read(clock_);
    if (now.boot > job.deadline)
        throw_deadline_passed();
    if (disk_is_low_())
        throw Error(ErrorCode::storage_full,
                    "The disk of the job database has reached its reserve.");
    require_room(job.max_queued);
    SqliteJob made{
        .number = ++totals_.last_job, .place = Place::ready, .entry = rules::create(job, now)};
    insert_job(session_, made, job);
    ++totals_[Place::ready];
    change_.work = true;
    publish(made, job.note);
    return {.job = std::move(made.entry.record.job), .created = true};
}

// --- Working

void SqliteTransitions::promote(const Now& now) {
    if (totals_[Place::delayed] == 0)
        return;
    constexpr int most = 1'000; // in one claim; the next one goes on
    std::vector<std::int64_t> due;
    for (SqliteRun row(session_[Sql::delayed_until], now.boot, most); row.next();)
        due.push_back(row.integer());
    for (const std::int64_t number : due) {
        SqliteRun(session_[Sql::update_place], number).finish();
        --totals_[Place::delayed];
        ++totals_[Place::ready];
        changed_ = true;
    }
}

std::vector<ClaimedJob> SqliteTransitions::held_batch(const ClaimRequest& request) {
    std::vector<ClaimedJob> batch;
    for (const Lease& lease : claims_.find(request.nonce)) {
        std::optional<SqliteJob> job = find(lease.job, Detail::everything);
        if (job && rules::holds(job->entry, lease))
            batch.push_back({.record = std::move(job->entry.record), .lease = lease});
    }
    return batch;
}

ClaimResult SqliteTransitions::claim(const ClaimRequest& request) {
    ClaimResult result;
    result.jobs = held_batch(request);
    if (!result.jobs.empty())
        return result;

    const Now now = rules::read(clock_);
    promote(now);
    std::vector<SqliteJob> ready;
    if (totals_[Place::ready] > 0)
        for (SqliteRun row(session_[Sql::claim_ready], request.max_jobs); row.next();)
            ready.push_back(read_job_row(row));
    std::vector<Lease> leases;
    for (SqliteJob& job : ready) {
        rules::claim(job.entry, request, now);
        save(job, rules::claim_note(job.entry, request), now);
        leases.push_back(rules::lease_of(job.entry));
        result.jobs.push_back({.record = std::move(job.entry.record), .lease = leases.back()});
    }
    claims_.remember(request.nonce, std::move(leases));
    if (result.jobs.empty() && totals_[Place::delayed] > 0) {
        SqliteRun row(session_[Sql::next_delayed]);
        if (row.next())
            result.next_due = BootTime(row.integer()) - now.boot;
    }
    return result;
}

std::vector<LeaseState> SqliteTransitions::renew(std::span<const Lease> leases,
                                                 Milliseconds lease) {
    const Now now = rules::read(clock_);
    std::vector<LeaseState> states;
    for (const Lease& held : leases) {
        const std::optional<SqliteJob> job = find(held.job, Detail::status);
        if (!job || !rules::holds(job->entry, held)) {
            states.push_back(LeaseState::lost);
            continue;
        }
        SqliteRun(session_[Sql::update_due], now.boot + lease, job->number).finish();
        changed_ = true;
        states.push_back(LeaseState::held);
    }
    return states;
}

void SqliteTransitions::mark_decoding(const Lease& lease) {
    SqliteJob job = require_leased(lease, Detail::status);
    rules::mark_decoding(job.entry, lease);
    SqliteRun(session_[Sql::update_decoding], job.number).finish();
    changed_ = true;
}

void SqliteTransitions::report_progress(const Lease& lease, double progress) {
    SqliteJob job = require_leased(lease, Detail::status);
    rules::report_progress(job.entry, lease, progress, rules::read(clock_));
    const Job& changed = job.entry.record.job;
    SqliteRun(session_[Sql::update_progress], changed.progress, changed.updated_at, job.number)
        .finish();
    publish(job, {});
}

ClaimResult SqliteTransitions::complete(const Lease& lease, const Completion& completion,
                                        const ClaimRequest* next) {
    SqliteJob job = require_leased(lease, Detail::status);
    const Now now = rules::read(clock_);
    if (rules::complete(job.entry, lease, completion, now)) {
        move(job, now);
        update_success(session_, job);
        insert_kept(session_, job, completion.kept);
        publish(job, completion.note);
    }
    return next != nullptr ? claim(*next) : ClaimResult{};
}

Job SqliteTransitions::fail(const Lease& lease, const Failure& failure) {
    SqliteJob job = require_leased(lease, Detail::everything);
    const Now now = rules::read(clock_);
    if (rules::fail(job.entry, lease, failure, now))
        save(job, failure.note, now);
    return std::move(job.entry.record.job);
}

void SqliteTransitions::give_back(const Lease& lease, Milliseconds delay, const LogNote& note) {
    SqliteJob job = require_leased(lease, Detail::status);
    const Now now = rules::read(clock_);
    if (rules::give_back(job.entry, lease, delay, now))
        save(job, note, now);
}

// --- Controlling

Job SqliteTransitions::cancel(const JobId& id, std::optional<Milliseconds> retention,
                              const LogNote& note) {
    SqliteJob job = require(id);
    const Now now = rules::read(clock_);
    if (rules::cancel(job.entry, retention, now))
        save(job, note, now);
    return std::move(job.entry.record.job);
}

Job SqliteTransitions::retry(const JobId& id, std::int64_t max_queued, const LogNote& note) {
    SqliteJob job = require(id);
    const Now now = rules::read(clock_);
    if (rules::retry(job.entry, now)) {
        require_room(max_queued);
        save(job, note, now);
    }
    return std::move(job.entry.record.job);
}

JobRecord SqliteTransitions::remove(const JobId& id, Milliseconds tombstone_delay,
                                    const LogNote& note) {
    SqliteJob job = require(id);
    bury(job, tombstone_delay, note, rules::read(clock_));
    return std::move(job.entry.record);
}

void SqliteTransitions::bury(SqliteJob& job, Milliseconds tombstone_delay, const LogNote& note,
                             const Now& now) {
    rules::bury(job.entry, tombstone_delay, now);
    move(job, now);
    delete_kept(session_, job);
    SqliteRun(session_[Sql::update_tombstone], job.entry.due, job.entry.record.job.updated_at,
              job.number)
        .finish();
    publish(job, note);
}

// --- Keeping house

std::vector<SqliteJob> SqliteTransitions::expired(Place place, std::int64_t until, int limit) {
    std::vector<SqliteJob> jobs;
    if (totals_[place] > 0)
        for (SqliteRun row(session_[Sql::expired], static_cast<int>(place), until, limit);
             row.next();)
            jobs.push_back(read_status_row(row));
    return jobs;
}

SweepResult SqliteTransitions::sweep(const SweepRequest& request) {
    const Now now = rules::read(clock_);
    SweepResult result;
    for (SqliteJob& job : expired(Place::processing, now.boot.count(), request.limit)) {
        const rules::Expiry expiry = rules::expire_lease(job.entry, request, now);
        save(job, expiry.note, now);
        ++result.requeued;
        result.crashed += expiry.crashed ? 1 : 0;
        result.failed += expiry.failed ? 1 : 0;
    }

    std::vector<SqliteJob> old;
    for (const Place place : {Place::succeeded, Place::failed, Place::cancelled}) {
        std::vector<SqliteJob> some =
            expired(place, now.wall.time_since_epoch().count(), request.limit);
        std::move(some.begin(), some.end(), std::back_inserter(old));
    }
    std::sort(old.begin(), old.end(), [](const SqliteJob& a, const SqliteJob& b) {
        return std::tie(a.entry.record.job.expires_at, a.number) <
               std::tie(b.entry.record.job.expires_at, b.number);
    });
    old.resize(std::min(old.size(), static_cast<std::size_t>(request.limit)));
    for (SqliteJob& job : old)
        bury(job, request.tombstone_delay, rules::retention_note(request), now);
    result.expired = static_cast<int>(old.size());
    result.more = result.requeued == request.limit || result.expired == request.limit;
    return result;
}

void SqliteTransitions::forget(std::span<const JobId> ids) {
    for (const JobId& id : ids) {
        SqliteRun(session_[Sql::delete_tombstone], id).finish();
        const int erased = sqlite3_changes(session_.db().get());
        totals_[Place::tombstone] -= erased;
        changed_ = changed_ || erased > 0;
    }
}

bool SqliteTransitions::acquire(std::string_view name, std::string_view owner,
                                Milliseconds duration) {
    const BootTime now = clock_.boot();
    {
        SqliteRun row(session_[Sql::load_lease], name);
        if (row.next()) {
            const bool own = row.text() == owner;
            if (!own && BootTime(row.integer()) > now)
                return false;
        }
    }
    SqliteRun(session_[Sql::save_lease], name, owner, now + duration).finish();
    changed_ = true;
    return true;
}

} // namespace thumbjobs
