#pragma once

#include <thumbjobs/event.h>

#include <array>
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

    /// A moment, by how many jobs had ended.
    using Moment = std::uint64_t;

    JobWaiters();

    /// Ends all waiting.
    ~JobWaiters();
    JobWaiters(const JobWaiters&) = delete;
    JobWaiters& operator=(const JobWaiters&) = delete;

    Moment now() const;

    /// Waits for the end of a job that had not ended when the caller looked at it, after `since`.
    /// If it may have ended between that and this call, `done` is called at once, with nothing.
    Ticket add(const thumbjobs::JobId& id, Moment since, thumbjobs::Milliseconds timeout,
               Done done);

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

    /// How many of the jobs that ended last are remembered.
    static constexpr std::size_t remembered = 256;

    bool may_have_ended_locked(const thumbjobs::JobId& id, Moment since) const;
    Done take_locked(Ticket ticket);
    std::vector<Done> take_all_locked();
    void run();

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    Ticket next_ = 1;
    bool closed_ = false;
    std::array<thumbjobs::JobId, remembered> ended_; ///< By their moment, modulo the size.
    Moment now_ = 0;
    std::unordered_map<Ticket, Waiter> waiters_;
    std::unordered_multimap<thumbjobs::JobId, Ticket> by_job_;
    std::multimap<Clock::time_point, Ticket> by_deadline_;
    Clock::time_point timer_sleeps_until_ = Clock::time_point::max();
    std::thread timer_; ///< Last: it uses all of the above.
};

} // namespace thumbd
