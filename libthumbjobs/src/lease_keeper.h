#pragma once

#include "src/attempt.h"
#include "src/core.h"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace thumbjobs {

/// Holds the leases of all attempts under way: one thread renews them together, every third of a
/// lease, and never does anything else. Thread-safe.
class LeaseKeeper {
public:
    /// `on_stopped` is called, from any thread, after attempts were told to stop; `on_trouble` when
    /// the store does not answer.
    LeaseKeeper(const Core& core, std::function<void()> on_stopped,
                std::function<void(const std::exception&)> on_trouble);
    ~LeaseKeeper();

    void start();
    void stop();

    void add(const AttemptPtr& attempt);
    void remove(const AttemptPtr& attempt);

    /// Stops the attempts of a job that ended in the store.
    void stop_job(const JobId& job, StopReason reason);
    void stop_all(StopReason reason);

    /// Renews now, in the calling thread: after an outage, before anybody sweeps. False if the
    /// store did not answer.
    bool renew() noexcept;

private:
    void run();
    void apply(const std::vector<AttemptPtr>& attempts, const std::vector<LeaseState>& states);
    void abandon_overdue();

    const Core& core_;
    const std::function<void()> on_stopped_;
    const std::function<void(const std::exception&)> on_trouble_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<AttemptPtr> held_; // guarded by mutex_
    bool stopping_ = false;        // guarded by mutex_
    std::thread thread_;
};

} // namespace thumbjobs
