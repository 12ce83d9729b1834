#pragma once

#include "backends/sqlite/sqlite_claims.h"
#include "backends/sqlite/sqlite_rows.h"
#include "backends/sqlite/sqlite_totals.h"

#include <thumbjobs/job_store.h>

#include <functional>
#include <vector>

namespace thumbjobs {

/// The mutations of a JobStore, within a write transaction that the SqliteWriter begins and
/// commits. Used by one thread at a time: the one that the SqliteWriter lets write.
class SqliteTransitions {
public:
    /// `disk_is_low` tells whether new jobs shall be refused.
    SqliteTransitions(SqliteSession& session, const Clock& clock, int event_history,
                      std::function<bool()> disk_is_low);

    // --- The transaction

    /// Reads the totals. To be called first in every transaction.
    void begin();

    /// Writes what is kept once for the whole transaction. To be called last.
    void finish();

    /// What a request has to put back when it fails, besides its savepoint.
    struct Mark {
        SqliteTotals totals;
        std::int64_t finished = 0;
    };
    Mark mark() const { return {.totals = totals_, .finished = finished_}; }
    void restore(const Mark& mark);

    const SqliteTotals& totals() const noexcept { return totals_; }
    bool has_changes() const noexcept { return changed_; }
    JobStore::Change change() const noexcept { return change_; }

    // --- The mutations, see JobStore

    CreateResult create(const NewJob& job);
    ClaimResult claim(const ClaimRequest& request);
    std::vector<LeaseState> renew(std::span<const Lease> leases, Milliseconds lease);
    void mark_decoding(const Lease& lease);
    void report_progress(const Lease& lease, double progress);
    ClaimResult complete(const Lease& lease, const Completion& completion,
                         const ClaimRequest* next);
    Job fail(const Lease& lease, const Failure& failure);
    void give_back(const Lease& lease, Milliseconds delay, const LogNote& note);
    Job cancel(const JobId& id, std::optional<Milliseconds> retention, const LogNote& note);
    Job retry(const JobId& id, std::int64_t max_queued, const LogNote& note);
    JobRecord remove(const JobId& id, Milliseconds tombstone_delay, const LogNote& note);
    SweepResult sweep(const SweepRequest& request);
    void forget(std::span<const JobId> ids);
    bool acquire(std::string_view name, std::string_view owner, Milliseconds duration);

private:
    enum class Detail { status, everything };

    std::optional<SqliteJob> find(const JobId& id, Detail detail);
    SqliteJob require(const JobId& id);
    SqliteJob require_leased(const Lease& lease, Detail detail);
    std::optional<CreateResult> find_earlier(const NewJob& job);
    void require_room(std::int64_t max_queued) const;
    void promote(const rules::Now& now);
    std::vector<ClaimedJob> held_batch(const ClaimRequest& request);
    std::vector<SqliteJob> expired(Place place, std::int64_t until, int limit);

    /// Moves the job to the place that its changed entry has, in the totals as well.
    void move(SqliteJob& job, const rules::Now& now);
    void save(SqliteJob& job, const LogNote& note, const rules::Now& now);
    void bury(SqliteJob& job, Milliseconds tombstone_delay, const LogNote& note,
              const rules::Now& now);
    void publish(const SqliteJob& job, const LogNote& note);

    SqliteSession& session_;
    const Clock& clock_;
    const std::int64_t event_history_;
    const std::function<bool()> disk_is_low_;
    SqliteClaims claims_;

    // Of the transaction under way.
    SqliteTotals totals_;
    std::int64_t finished_ = 0; ///< Jobs that became terminal.
    bool changed_ = false;
    JobStore::Change change_;
};

} // namespace thumbjobs
