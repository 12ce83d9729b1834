#pragma once

#include "src/attempt.h"
#include "src/core.h"
#include "src/cpu_gate.h"
#include "src/job_runner.h"
#include "src/lease_keeper.h"
#include "src/outage.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace thumbjobs {

/// The threads that claim jobs and run them: up to `io_slots` slots, of which `workers` resize at a
/// time. They are made when there is a job for them, and stay.
///
/// Idle slots sleep. One of them at a time claims, for all that are idle: when the store says that
/// there is work, when a back-off ends, and once a second in case a notice was lost. A slot that
/// completes a job claims its next one in the same call. Thread-safe, but for start() and stop(),
/// of which the caller lets in one at a time.
class WorkerPool {
public:
    using SteadyTime = std::chrono::steady_clock::time_point;

    explicit WorkerPool(const Core& core);
    ~WorkerPool();

    /// Does nothing while running, or without workers.
    void start();

    /// Drains; see Engine::stop().
    void stop(Milliseconds patience);

    /// Shortens the patience of a stop() that another thread is in. Needs no turn.
    void hurry(Milliseconds patience);

    void pause();
    void resume();

    /// The store says that jobs may be ready.
    void work_arrived() noexcept;

    /// Stops what runs of a job that was cancelled or removed.
    void job_ended(const JobId& job) { keeper_.stop_job(job, StopReason::cancelled); }

    /// To be asked before a sweep: what is held here, and could not be renewed during an outage
    /// that may just have ended, shall not be swept away. False while the store does not answer.
    bool hold_leases() noexcept { return !outage_.active() || keeper_.renew(); }

    int busy() const { return gate_.busy(); }
    bool draining() const noexcept { return draining_; }
    bool outage() const noexcept { return outage_.active(); }

private:
    static constexpr Milliseconds poll_interval{1'000};

    void run_slot() noexcept;
    void run_chain(AttemptPtr attempt);
    void claim(std::unique_lock<std::mutex>& lock);
    void take(ClaimResult& result, int asked, std::unique_lock<std::mutex>& lock);
    std::optional<ClaimRequest> claim_with_completion();
    void run_poller();
    void look_for_work();
    void give_back(std::deque<AttemptPtr> attempts);
    void start_threads();
    void join_threads();
    void wait_for_slots();

    // With mutex_ held.
    bool may_claim() const;
    int room() const;
    int free_slots() const;
    void add_slot();
    void wake_slots(int taken = 0);
    void poll_within(Milliseconds delay);

    const Core& core_;
    CpuGate gate_;
    Outage outage_;
    LeaseKeeper keeper_;
    JobRunner runner_;

    std::mutex mutex_; ///< Guards what follows, atomics excepted.
    std::condition_variable idle_;
    std::condition_variable poller_;
    std::condition_variable drained_;
    std::deque<AttemptPtr> ready_; ///< Claimed, and not begun.
    std::string nonce_;            ///< Of a claim whose answer was lost; to be repeated.
    std::int64_t held_bytes_ = 0;  ///< Of the originals of all claimed jobs.
    int idle_slots_ = 0;           ///< They sleep, and were not woken yet.
    int woken_slots_ = 0;          ///< They were, and are not up yet.
    int starting_slots_ = 0;       ///< Their threads were made, and are not up yet.
    int live_slots_ = 0;
    int most_slots_ = 0; ///< 0 while not running.
    bool claiming_ = false;
    bool paused_ = false;
    bool running_ = false;
    SteadyTime next_poll_{};
    SteadyTime drain_deadline_{};
    std::atomic<bool> hint_{false}; ///< There may be work that nobody has asked for yet.
    std::atomic<bool> draining_{false};

    std::vector<std::thread> slots_; ///< Of stop() once the pool drains.
    std::thread poller_thread_;      // of start() and stop()
};

} // namespace thumbjobs
