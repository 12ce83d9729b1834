#pragma once

#include "src/attempt.h"
#include "src/core.h"
#include "src/cpu_gate.h"
#include "src/input_buffers.h"
#include "src/outage.h"
#include "src/pace.h"
#include "src/waiting_room.h"

#include <thumbjobs/error.h>

#include <functional>
#include <optional>

namespace thumbjobs {

/// What running one attempt leaves to its slot.
struct RunOutcome {
    std::optional<ClaimResult> next;      ///< Answers the claim that went with complete().
    std::optional<Milliseconds> retry_in; ///< The job is queued again with this back-off.
};

/// Takes one attempt from its claim to its end: fetch, resize, put, complete; or fail, give back,
/// discard. Thread-safe; one call for each slot at a time.
class JobRunner {
public:
    /// `next_claim` is asked right before each complete() whether, and how, to claim with it.
    JobRunner(const Core& core, CpuGate& gate, Outage& outage,
              std::function<std::optional<ClaimRequest>()> next_claim);

    /// Never throws: whatever goes wrong becomes the job's state or a log line.
    RunOutcome run(Attempt& attempt) noexcept;

    /// Queues a job again that was claimed but not begun. Never throws.
    void give_back_unbegun(Attempt& attempt) noexcept;

    /// Gives memory back that is kept from job to job, before a pause.
    void rest() noexcept { buffers_.release(); }

    const Pace& pace() const noexcept { return pace_; }

private:
    struct Times;

    void work(Attempt& attempt, RunOutcome& outcome);
    ResizeResult fetch_and_resize(Attempt& attempt, Times& times);
    BlobPtr open_original(Attempt& attempt);
    ResizeResult resize(Attempt& attempt, ByteView input, const Blob* file, Times& times);
    void wait_or_put_off(Attempt& attempt, WaitingRoom::Seat& seat);
    /// Stores the renditions but for those that the completion brings along.
    Completion put(Attempt& attempt, ResizeResult& result);
    void complete(Attempt& attempt, Completion& completion, Times& times, RunOutcome& outcome);
    void drop_original(const Attempt& attempt) noexcept;

    void settle(Attempt& attempt, const Error& error, RunOutcome& outcome);
    void fail(Attempt& attempt, const Error& error, RunOutcome& outcome);
    void give_back(Attempt& attempt, const std::string& why, Milliseconds delay = Milliseconds{0});
    void discard(Attempt& attempt);
    void remove_outputs(Attempt& attempt) noexcept;
    bool is_outage(const Error& error) noexcept;

    const Core& core_;
    CpuGate& gate_;
    Outage& outage_;
    WaitingRoom waiting_room_;
    Pace pace_;
    InputBuffers buffers_;
    const std::function<std::optional<ClaimRequest>()> next_claim_;
};

} // namespace thumbjobs
