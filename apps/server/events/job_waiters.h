#pragma once

#include <thumbjobs/event.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <vector>

namespace thumbd {

/// Requests that wait for their job to end: a table, not a thread for each. Thread-safe.
class JobWaiters {
public:
    /// Called once, on any thread: with the job when it has ended, with nothing when it was
    /// removed, the time is over or nobody shall wait any longer; ask for its state then.
    using Done = std::function<void(const thumbjobs::Job*)>;
    using Ticket = std::uint64_t;

    JobWaiters();

    /// Ends all waiting.
    ~JobWaiters();
    JobWaiters(const JobWaiters&) = delete;
    JobWaiters& operator=(const JobWaiters&) = delete;

    /// Events from before this call are not seen: look at the job afterwards.
    Ticket add(const thumbjobs::JobId& id, thumbjobs::Milliseconds timeout, Done done);

    /// Drops a waiter uncalled. False: it was, or is being, called.
    bool remove(Ticket ticket);

    void on_event(const thumbjobs::Event& event);

    /// Calls all, and every later one at once: the process drains.
    void close();

    std::size_t size() const;

private:
    using Clock = std::chrono::steady_clock;
    struct Waiter {
        thumbjobs::JobId id;
        Clock::time_point deadline;
        Done done;
    };

    Done take_locked(Ticket ticket);
    std::vector<Done> take_all_locked();
    void run();

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    Ticket next_ = 1;
    bool closed_ = false;
    std::unordered_map<Ticket, Waiter> waiters_;
    std::unordered_multimap<thumbjobs::JobId, Ticket> by_job_;
    std::multimap<Clock::time_point, Ticket> by_deadline_;
    Clock::time_point timer_sleeps_until_ = Clock::time_point::max();
    std::thread timer_; ///< Last: it uses all of the above.
};

} // namespace thumbd
