#include "backends/memory/memory_store.h"

#include "backends/common/finished_counter.h"
#include "backends/common/job_rules.h"
#include "backends/common/notifier.h"
#include "backends/common/store_checks.h"
#include "backends/memory/memory_index.h"
#include "backends/memory/memory_journal.h"
#include "src/random.h"

#include <algorithm>
#include <map>
#include <mutex>

namespace thumbjobs {
namespace {

using rules::Entry;
using rules::Now;

class MemoryStore final : public JobStore {
public:
    explicit MemoryStore(const BackendContext& context)
        : clock_(*context.clock),
          id_(random_hex(16)),
          journal_(random_hex(4), context.event_history) {}

    std::string describe() const override { return "memory:"; }
    std::string id() override { return id_; }
    void probe() override {}
    void set_listener(Listener listener) override { notifier_.set_listener(std::move(listener)); }

    CreateResult create(const NewJob& job) override;

    std::vector<std::optional<JobRecord>> find(std::span<const JobId> ids) override;
    JobPage list(const ListQuery& query) override;
    StoreStats stats() override;
    EventPage events(const EventCursor& after, int limit) override;
    EventCursor events_end() override;
    std::vector<LogLine> logs(const LogQuery& query) override;

    ClaimResult claim(const ClaimRequest& request) override;
    std::vector<LeaseState> renew(std::span<const Lease> leases, Milliseconds lease) override;
    void mark_decoding(const Lease& lease) override;
    void report_progress(const Lease& lease, double progress) override;
    ClaimResult complete(const Lease& lease, const Completion& completion,
                         const ClaimRequest* next) override;
    Job fail(const Lease& lease, const Failure& failure) override;
    void give_back(const Lease& lease, Milliseconds delay, const LogNote& note) override;

    Job cancel(const JobId& id, std::optional<Milliseconds> retention,
               const LogNote& note) override;
    Job retry(const JobId& id, std::int64_t max_queued, const LogNote& note) override;
    JobRecord remove(const JobId& id, Milliseconds tombstone_delay, const LogNote& note) override;

    SweepResult sweep(const SweepRequest& request) override;
    std::vector<JobRecord> tombstones(int limit) override;
    void forget(std::span<const JobId> ids) override;
    bool acquire(std::string_view name, std::string_view owner, Milliseconds duration) override;

    std::int64_t keeps_up_to() const noexcept override { return most_kept_bytes; }
    BlobPtr open_kept(const JobId& id, std::size_t index) override;

private:
    struct StoreLease {
        std::string owner;
        BootTime end{};
    };

    // All of these are called with the mutex held.
    MemoryJob& job(const JobId& id);
    MemoryJob& leased(const Lease& lease);
    void put(MemoryJob& job, Entry changed);
    void bury(MemoryJob& job, Milliseconds tombstone_delay, const LogNote& note, const Now& now);
    void publish(const Entry& entry, const LogNote& note, const Now& now);
    ClaimResult claim_now(const ClaimRequest& request, const Now& now);
    void claim_one(MemoryJob& job, const ClaimRequest& request, const Now& now);
    void require_room(std::int64_t max_queued) const;
    std::size_t queued() const;

    const Clock& clock_;
    const std::string id_;
    Notifier notifier_;

    std::mutex mutex_; ///< Guards everything below.
    std::map<JobId, MemoryJob> jobs_;
    MemoryIndex index_;
    MemoryJournal journal_;
    FinishedCounter finished_;
    std::map<std::string, StoreLease, std::less<>> leases_;
    std::uint64_t last_number_ = 0;
};

MemoryJob& MemoryStore::job(const JobId& id) {
    const auto found = jobs_.find(id);
    if (found == jobs_.end())
        throw_no_job(id);
    return found->second;
}

MemoryJob& MemoryStore::leased(const Lease& lease) {
    const auto found = jobs_.find(lease.job);
    if (found == jobs_.end())
        throw_lease_lost();
    return found->second;
}

void MemoryStore::put(MemoryJob& job, Entry changed) {
    index_.remove(job);
    job.entry = std::move(changed);
    index_.add(job);
}

void MemoryStore::publish(const Entry& entry, const LogNote& note, const Now& now) {
    const JobRecord& record = entry.record;
    journal_.append(record.deleted ? Event::Kind::deleted : Event::Kind::job, record.job, note,
                    now.wall);
    if (!record.deleted && record.job.finished_at && is_terminal(record.job.state))
        finished_.add(now.boot);
    notifier_.notify(
        {.work = !record.deleted && record.job.state == JobState::queued, .events = true});
}

std::size_t MemoryStore::queued() const {
    return index_.by_state[static_cast<std::size_t>(JobState::queued)].size();
}

void MemoryStore::require_room(std::int64_t max_queued) const {
    if (max_queued > 0 && queued() >= static_cast<std::size_t>(max_queued))
        throw_queue_full(max_queued);
}

CreateResult MemoryStore::create(const NewJob& job) {
    const std::lock_guard lock(mutex_);
    const Now now = rules::read(clock_);
    if (const auto known = jobs_.find(job.id); known != jobs_.end())
        return {.job = known->second.entry.record.job, .created = true};
    if (const auto known = index_.keys.find(job.idempotency_key); known != index_.keys.end()) {
        const MemoryJob& earlier = jobs_.at(known->second);
        if (earlier.idempotency_fingerprint != job.idempotency_fingerprint)
            throw_idempotency_conflict();
        return {.job = earlier.entry.record.job, .created = false};
    }
    if (now.boot > job.deadline)
        throw_deadline_passed();
    require_room(job.max_queued);

    MemoryJob& made = jobs_[job.id];
    made = {.entry = rules::create(job, now),
            .number = ++last_number_,
            .idempotency_key = job.idempotency_key,
            .idempotency_fingerprint = job.idempotency_fingerprint,
            .nonce = {},
            .kept = {}};
    index_.add(made);
    publish(made.entry, job.note, now);
    return {.job = made.entry.record.job, .created = true};
}

std::vector<std::optional<JobRecord>> MemoryStore::find(std::span<const JobId> ids) {
    const std::lock_guard lock(mutex_);
    std::vector<std::optional<JobRecord>> records;
    records.reserve(ids.size());
    for (const JobId& id : ids) {
        const auto found = jobs_.find(id);
        records.push_back(found == jobs_.end() ? std::nullopt
                                               : std::optional(found->second.entry.record));
    }
    return records;
}

JobPage MemoryStore::list(const ListQuery& query) {
    require_range("limit", query.limit, 1, 500);
    std::optional<JobId> last;
    if (!query.cursor.empty())
        last = parse_list_cursor(query.cursor, query.ascending);

    const std::lock_guard lock(mutex_);
    std::vector<JobId> ids;
    const auto wanted = static_cast<std::size_t>(query.limit) + 1; // one more tells of a next page
    for (const JobState state : all_job_states) {
        if (!query.states.empty() &&
            std::find(query.states.begin(), query.states.end(), state) == query.states.end())
            continue;
        const std::set<JobId>& all = index_.by_state[static_cast<std::size_t>(state)];
        std::size_t taken = 0;
        if (query.ascending) {
            for (auto it = last ? all.upper_bound(*last) : all.begin();
                 it != all.end() && taken < wanted; ++it, ++taken)
                ids.push_back(*it);
        } else {
            for (auto it = last ? all.lower_bound(*last) : all.end();
                 it != all.begin() && taken < wanted; ++taken)
                ids.push_back(*--it);
        }
    }
    if (query.ascending)
        std::sort(ids.begin(), ids.end());
    else
        std::sort(ids.rbegin(), ids.rend());

    JobPage page;
    page.events_cursor = journal_.end();
    const bool more = ids.size() >= wanted;
    ids.resize(std::min(ids.size(), wanted - 1));
    for (const JobId& id : ids)
        page.jobs.push_back(jobs_.at(id).entry.record.job);
    if (more)
        page.next_cursor = make_list_cursor(ids.back(), query.ascending);
    return page;
}

StoreStats MemoryStore::stats() {
    const std::lock_guard lock(mutex_);
    const Now now = rules::read(clock_);
    index_.promote(now.boot, jobs_);
    const auto count = [this](JobState state) {
        return static_cast<std::int64_t>(index_.by_state[static_cast<std::size_t>(state)].size());
    };
    StoreStats stats{.queued = count(JobState::queued),
                     .processing = count(JobState::processing),
                     .succeeded = count(JobState::succeeded),
                     .failed = count(JobState::failed),
                     .cancelled = count(JobState::cancelled),
                     .delayed = static_cast<std::int64_t>(index_.delayed.size()),
                     .oldest_ready_age = {},
                     .finished_last_minute = finished_.count(now.boot)};
    if (!index_.ready_since.empty())
        stats.oldest_ready_age = now.boot - std::get<BootTime>(*index_.ready_since.begin());
    return stats;
}

EventPage MemoryStore::events(const EventCursor& after, int limit) {
    require_range("limit", limit, 1, 1000);
    const std::lock_guard lock(mutex_);
    return journal_.events(after, limit, [this](const JobId& id) { return jobs_.contains(id); });
}

EventCursor MemoryStore::events_end() {
    const std::lock_guard lock(mutex_);
    return journal_.end();
}

std::vector<LogLine> MemoryStore::logs(const LogQuery& query) {
    require_range("limit", query.limit, 1, 1000);
    const std::lock_guard lock(mutex_);
    return journal_.logs(query);
}

void MemoryStore::claim_one(MemoryJob& job, const ClaimRequest& request, const Now& now) {
    Entry changed = job.entry;
    rules::claim(changed, request, now);
    index_.remove(job);
    job.entry = std::move(changed);
    job.nonce = request.nonce;
    index_.add(job);
    publish(job.entry, rules::claim_note(job.entry, request), now);
}

ClaimResult MemoryStore::claim_now(const ClaimRequest& request, const Now& now) {
    ClaimResult result;
    if (const auto batch = index_.by_nonce.find(request.nonce);
        !request.nonce.empty() && batch != index_.by_nonce.end()) {
        for (const MemoryIndex::ReadyKey& key : batch->second) {
            const Entry& held = jobs_.at(std::get<JobId>(key)).entry;
            result.jobs.push_back({.record = held.record, .lease = rules::lease_of(held)});
        }
        return result;
    }
    index_.promote(now.boot, jobs_);
    while (!index_.ready.empty() &&
           result.jobs.size() < static_cast<std::size_t>(request.max_jobs)) {
        MemoryJob& next = jobs_.at(std::get<JobId>(*index_.ready.begin()));
        claim_one(next, request, now);
        result.jobs.push_back({.record = next.entry.record, .lease = rules::lease_of(next.entry)});
    }
    if (result.jobs.empty() && !index_.delayed.empty())
        result.next_due = std::get<BootTime>(*index_.delayed.begin()) - now.boot;
    return result;
}

ClaimResult MemoryStore::claim(const ClaimRequest& request) {
    require_claim(request);
    const std::lock_guard lock(mutex_);
    return claim_now(request, rules::read(clock_));
}

std::vector<LeaseState> MemoryStore::renew(std::span<const Lease> leases, Milliseconds lease) {
    const std::lock_guard lock(mutex_);
    const Now now = rules::read(clock_);
    std::vector<LeaseState> states;
    for (const Lease& held : leases) {
        const auto found = jobs_.find(held.job);
        if (found == jobs_.end() || !rules::holds(found->second.entry, held)) {
            states.push_back(LeaseState::lost);
            continue;
        }
        Entry changed = found->second.entry;
        rules::renew(changed, lease, now);
        put(found->second, std::move(changed));
        states.push_back(LeaseState::held);
    }
    return states;
}

void MemoryStore::mark_decoding(const Lease& lease) {
    const std::lock_guard lock(mutex_);
    rules::mark_decoding(leased(lease).entry, lease);
}

void MemoryStore::report_progress(const Lease& lease, double progress) {
    const std::lock_guard lock(mutex_);
    const Now now = rules::read(clock_);
    Entry& entry = leased(lease).entry;
    rules::report_progress(entry, lease, progress, now);
    publish(entry, {}, now);
}

ClaimResult MemoryStore::complete(const Lease& lease, const Completion& completion,
                                  const ClaimRequest* next) {
    require_kept(completion);
    if (next)
        require_claim(*next);
    const std::lock_guard lock(mutex_);
    const Now now = rules::read(clock_);
    MemoryJob& job = leased(lease);
    Entry changed = job.entry;
    if (rules::complete(changed, lease, completion, now)) {
        put(job, std::move(changed));
        for (const Bytes& bytes : completion.kept)
            job.kept.push_back(copy_blob(bytes));
        publish(job.entry, completion.note, now);
    }
    return next ? claim_now(*next, now) : ClaimResult{};
}

Job MemoryStore::fail(const Lease& lease, const Failure& failure) {
    const std::lock_guard lock(mutex_);
    const Now now = rules::read(clock_);
    MemoryJob& job = leased(lease);
    Entry changed = job.entry;
    if (rules::fail(changed, lease, failure, now)) {
        put(job, std::move(changed));
        publish(job.entry, failure.note, now);
    }
    return job.entry.record.job;
}

void MemoryStore::give_back(const Lease& lease, Milliseconds delay, const LogNote& note) {
    const std::lock_guard lock(mutex_);
    const Now now = rules::read(clock_);
    MemoryJob& job = leased(lease);
    Entry changed = job.entry;
    if (rules::give_back(changed, lease, delay, now)) {
        put(job, std::move(changed));
        publish(job.entry, note, now);
    }
}

Job MemoryStore::cancel(const JobId& id, std::optional<Milliseconds> retention,
                        const LogNote& note) {
    const std::lock_guard lock(mutex_);
    const Now now = rules::read(clock_);
    MemoryJob& found = job(id);
    Entry changed = found.entry;
    if (rules::cancel(changed, retention, now)) {
        put(found, std::move(changed));
        publish(found.entry, note, now);
    }
    return found.entry.record.job;
}

Job MemoryStore::retry(const JobId& id, std::int64_t max_queued, const LogNote& note) {
    const std::lock_guard lock(mutex_);
    const Now now = rules::read(clock_);
    MemoryJob& found = job(id);
    Entry changed = found.entry;
    if (rules::retry(changed, now)) {
        require_room(max_queued);
        put(found, std::move(changed));
        publish(found.entry, note, now);
    }
    return found.entry.record.job;
}

JobRecord MemoryStore::remove(const JobId& id, Milliseconds tombstone_delay, const LogNote& note) {
    const std::lock_guard lock(mutex_);
    const Now now = rules::read(clock_);
    MemoryJob& found = job(id);
    bury(found, tombstone_delay, note, now);
    return found.entry.record;
}

void MemoryStore::bury(MemoryJob& job, Milliseconds tombstone_delay, const LogNote& note,
                       const Now& now) {
    Entry changed = job.entry;
    rules::bury(changed, tombstone_delay, now);
    put(job, std::move(changed));
    job.kept.clear();
    publish(job.entry, note, now);
}

SweepResult MemoryStore::sweep(const SweepRequest& request) {
    require_range("limit", request.limit, 1, 1000);
    const std::lock_guard lock(mutex_);
    const Now now = rules::read(clock_);
    SweepResult result;
    while (!index_.leases.empty() && std::get<BootTime>(*index_.leases.begin()) <= now.boot &&
           result.requeued < request.limit) {
        MemoryJob& held = jobs_.at(std::get<JobId>(*index_.leases.begin()));
        Entry changed = held.entry;
        const rules::Expiry expiry = rules::expire_lease(changed, request, now);
        put(held, std::move(changed));
        publish(held.entry, expiry.note, now);
        ++result.requeued;
        result.crashed += expiry.crashed ? 1 : 0;
        result.failed += expiry.failed ? 1 : 0;
    }
    while (!index_.expiring.empty() && std::get<WallTime>(*index_.expiring.begin()) <= now.wall &&
           result.expired < request.limit) {
        MemoryJob& old = jobs_.at(std::get<JobId>(*index_.expiring.begin()));
        bury(old, request.tombstone_delay, rules::retention_note(request), now);
        ++result.expired;
    }
    result.more = result.requeued == request.limit || result.expired == request.limit;
    return result;
}

std::vector<JobRecord> MemoryStore::tombstones(int limit) {
    require_range("limit", limit, 1, 1000);
    const std::lock_guard lock(mutex_);
    const BootTime now = clock_.boot();
    std::vector<JobRecord> records;
    for (const auto& [due, number, id] : index_.tombstones) {
        if (due > now || records.size() == static_cast<std::size_t>(limit))
            break;
        records.push_back(jobs_.at(id).entry.record);
    }
    return records;
}

void MemoryStore::forget(std::span<const JobId> ids) {
    const std::lock_guard lock(mutex_);
    for (const JobId& id : ids) {
        const auto found = jobs_.find(id);
        if (found == jobs_.end() || !found->second.entry.record.deleted)
            continue;
        index_.remove(found->second);
        jobs_.erase(found);
    }
}

bool MemoryStore::acquire(std::string_view name, std::string_view owner, Milliseconds duration) {
    const std::lock_guard lock(mutex_);
    const BootTime now = clock_.boot();
    const auto held = leases_.find(name);
    if (held != leases_.end() && held->second.owner != owner && held->second.end > now)
        return false;
    leases_.insert_or_assign(std::string(name),
                             StoreLease{.owner = std::string(owner), .end = now + duration});
    return true;
}

BlobPtr MemoryStore::open_kept(const JobId& id, std::size_t index) {
    const std::lock_guard lock(mutex_);
    const auto found = jobs_.find(id);
    if (found == jobs_.end() || index >= found->second.kept.size() ||
        !found->second.entry.record.rendition_keys[index].empty())
        throw_no_image(id);
    return found->second.kept[index];
}

} // namespace

std::shared_ptr<JobStore> open_memory_store(const BackendUrl& url, const BackendContext& context) {
    if (!url.target.empty())
        throw Error(ErrorCode::invalid_argument,
                    "memory: takes nothing behind the colon, not '" + url.target + "'.");
    url.refuse_rest("none");
    return std::make_shared<MemoryStore>(context);
}

} // namespace thumbjobs
