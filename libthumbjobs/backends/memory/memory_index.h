#pragma once

#include "backends/common/job_rules.h"

#include <array>
#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

namespace thumbjobs {

/// A job of the memory store.
struct MemoryJob {
    rules::Entry entry;
    std::uint64_t number = 0; ///< Jobs are numbered in the order in which they were created.
    std::string idempotency_key;
    std::string idempotency_fingerprint;
    std::string nonce;         ///< Of the latest claim.
    std::vector<BlobPtr> kept; ///< Beside the renditions; null for those in the storage.
};

/// All the orders in which jobs are looked for. What stands in them is a function of the job alone,
/// so a change is: remove the job, change it, add it. Not thread-safe.
class MemoryIndex {
public:
    void add(const MemoryJob& job);
    void remove(const MemoryJob& job);

    /// Moves the queued jobs whose time has come to the ready ones.
    void promote(BootTime now, const std::map<JobId, MemoryJob>& jobs);

    using ReadyKey = std::tuple<int, std::uint64_t, JobId>; ///< Minus the priority, number, id.
    /// By time; of several at one time, the older job comes first.
    template <class Time>
    using Timeline = std::set<std::tuple<Time, std::uint64_t, JobId>>;

    std::array<std::set<JobId>, all_job_states.size()> by_state; ///< Without tombstones.
    std::set<ReadyKey> ready;                                    ///< In the order of claiming.
    Timeline<BootTime> ready_since;                              ///< The same jobs.
    Timeline<BootTime> delayed;  ///< The other queued jobs, by when they become ready.
    Timeline<BootTime> leases;   ///< By end.
    Timeline<WallTime> expiring; ///< Terminal jobs with a retention.
    Timeline<BootTime> tombstones;
    std::map<std::string, JobId> keys;                  ///< Idempotency keys.
    std::map<std::string, std::set<ReadyKey>> by_nonce; ///< Jobs being processed, as claimed.
};

} // namespace thumbjobs
