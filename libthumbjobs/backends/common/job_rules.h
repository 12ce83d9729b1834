#pragma once

#include <thumbjobs/job_store.h>

#include <cstdint>
#include <optional>
#include <string>

/// What the transitions of a job mean, apart from how a store keeps them. Pure functions: the
/// stores whose logic runs in this process share them.
namespace thumbjobs::rules {

/// One reading of both clocks, for one transition.
struct Now {
    WallTime wall{};
    BootTime boot{};
};

Now read(const Clock& clock);

/// How the latest claim of a job ended.
enum class Ending {
    open,       ///< Not yet, or the job was never claimed.
    completed,  ///< By complete().
    failed,     ///< By fail().
    given_back, ///< By give_back().
    revoked,    ///< By someone else: cancel, retry, lease expiry.
};

/// A job with all that a store must remember about it.
struct Entry {
    JobRecord record;
    std::uint64_t token = 0; ///< Of the latest claim.
    bool decoding = false;   ///< See JobStore::mark_decoding().
    Ending ending = Ending::open;
    BootTime due{}; ///< Queued: ready from then on. Processing: the end of the lease. Tombstone:
                    ///< its blobs may be removed from then on. Else without meaning.
};

/// What an expired lease came to.
struct Expiry {
    bool crashed = false;
    bool failed = false;
    LogNote note;
};

// Each function that takes a lease throws Error(lease_lost) unless the lease holds the job. Those
// that return bool tell whether the job changed: false is a repeat, to be answered without effect.

Entry create(const NewJob& job, const Now& now);
void claim(Entry& entry, const ClaimRequest& request, const Now& now);
LogNote claim_note(const Entry& entry, const ClaimRequest& request);
Lease lease_of(const Entry& entry);
bool holds(const Entry& entry, const Lease& lease) noexcept;
void renew(Entry& entry, Milliseconds lease, const Now& now);
void mark_decoding(Entry& entry, const Lease& lease);
void report_progress(Entry& entry, const Lease& lease, double progress, const Now& now);
bool complete(Entry& entry, const Lease& lease, const Completion& completion, const Now& now);
bool fail(Entry& entry, const Lease& lease, const Failure& failure, const Now& now);
bool give_back(Entry& entry, const Lease& lease, Milliseconds delay, const Now& now);
Expiry expire_lease(Entry& entry, const SweepRequest& request, const Now& now);

/// Throws Error(not_found) for a tombstone, Error(conflict).
bool cancel(Entry& entry, std::optional<Milliseconds> retention, const Now& now);

/// As cancel(). The caller has yet to check whether the queue has room.
bool retry(Entry& entry, const Now& now);

/// Throws Error(not_found) for a tombstone.
void bury(Entry& entry, Milliseconds tombstone_delay, const Now& now);
LogNote retention_note(const SweepRequest& request);

} // namespace thumbjobs::rules
