#pragma once

#include "backends/common/notifier.h"
#include "backends/redis/client/client.h"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace thumbjobs::redis {

/// Hears what happens in the store, whoever did it, on two connections of its own.
///
/// Events: one waits on the stream of events, and tells of them at most a hundred times a second.
/// Work: the other waits on the wake-up key, but only while this process's last claim left hands
/// free; so a token wakes one process that can use it, not all of them. Who has just run dry waits
/// from a millisecond later on: to be woken for each single job would cost the server more than the
/// claim. Whoever has no hands free, and whoever missed a token, learns of work within a second all
/// the same.
///
/// Thread-safe.
class Listener {
public:
    /// Client and notifier must outlive it.
    Listener(Client& client, const std::string& prefix, Notifier& notifier);
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    void start();

    /// Returns when nothing is told any more. Also when it was not started.
    void stop();

    /// Told after each claim: whether it got fewer jobs than it asked for.
    void set_idle(bool idle);

private:
    using Clock = std::chrono::steady_clock;

    void follow_events();
    void wait_for_events(std::string& last);
    void wait_for_work();
    void take_token();
    std::string newest_event(Connection& connection);
    bool rest(Milliseconds time); ///< False when it was stopped meanwhile.

    Client& client_;
    const std::string prefix_;
    const std::string events_key_;
    const std::string wake_key_;
    Notifier& notifier_;

    std::mutex lifecycle_; ///< One start() or stop() at a time.
    std::mutex mutex_;     ///< Guards the next two.
    bool running_ = false;
    bool idle_ = false;
    std::condition_variable changed_;
    std::unique_ptr<Connection> events_connection_; ///< These change only while no thread runs.
    std::unique_ptr<Connection> work_connection_;
    std::string first_event_; ///< The newest when it was started; empty: unknown.
    std::thread events_thread_;
    std::thread work_thread_;

    // Of the events' thread.
    bool work_pending_ = false;
    Clock::time_point work_told_{};
};

} // namespace thumbjobs::redis
