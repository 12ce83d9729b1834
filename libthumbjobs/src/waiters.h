#pragma once

#include "src/core.h"
#include "src/event_hub.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace thumbjobs {

/// Threads that wait for jobs to end. They share one subscription, which exists only while there
/// are any. Thread-safe.
class Waiters {
public:
    Waiters(const Core& core, EventHub& hub) : core_(core), hub_(hub) {}

    /// Ends all waits with Error(closed), and returns when they have left.
    ~Waiters();

    /// See Engine::wait().
    Job wait(const JobId& id, Milliseconds timeout);

private:
    struct Waiter;
    class Registration;

    void add(Waiter& waiter);
    void remove(Waiter& waiter) noexcept;
    void tell(const Event& event);
    Job lookup(const JobId& id);

    const Core& core_;
    EventHub& hub_;
    std::mutex mutex_; ///< Guards what follows.
    std::condition_variable left_;
    std::unordered_multimap<JobId, Waiter*> waiters_;
    std::shared_ptr<Engine::Subscription> subscription_;
    int inside_ = 0; ///< Threads in wait().
    bool closed_ = false;
};

} // namespace thumbjobs
