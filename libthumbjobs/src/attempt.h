#pragma once

#include <thumbjobs/job_store.h>
#include <thumbjobs/resizer.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace thumbjobs {

/// Why a running attempt was told to stop.
enum class StopReason {
    none,
    drained,   ///< The engine stops; the job is given back.
    abandoned, ///< Its lease could not be renewed for longer than it lasts; given back if possible.
    lost,      ///< The store says that somebody else has the job, or that it ended otherwise.
    cancelled, ///< By a user of this engine.
};

/// One claimed job, from the claim to its end in this process.
struct Attempt {
    explicit Attempt(ClaimedJob claimed)
        : record(std::move(claimed.record)), lease(std::move(claimed.lease)) {}

    JobRecord record; ///< As claimed; of its slot's thread.
    const Lease lease;

    /// Tells the attempt to stop; the first reason counts, but an end in the store goes over one of
    /// this process. Thread-safe.
    void stop(StopReason reason) noexcept {
        StopReason now = stop_.load();
        while (now == StopReason::none || (now < StopReason::lost && reason >= StopReason::lost))
            if (stop_.compare_exchange_weak(now, reason))
                break;
        cancel.cancel();
    }
    StopReason stop_reason() const noexcept { return stop_.load(); }

    /// Whether the job has gone to somebody else, so that nothing is left to be said to the store.
    bool over() const noexcept { return stop_reason() >= StopReason::lost; }

    CancelToken cancel;

    // Of its slot's thread.
    std::chrono::steady_clock::time_point begun{};
    std::vector<std::string> outputs; ///< Keys that it has written, or tried to.
    int width = 0;                    ///< From the image's header; 0 if not read.
    int height = 0;
    /// Set while it ends for want of memory: to be queued again for so long.
    std::optional<Milliseconds> put_off;
    bool committing = false; ///< complete() was called: its outputs may be the job's by now.

    BootTime held_at{}; ///< When the lease was last known to be held; guarded by the LeaseKeeper.

private:
    std::atomic<StopReason> stop_{StopReason::none};
};

using AttemptPtr = std::shared_ptr<Attempt>;

} // namespace thumbjobs
