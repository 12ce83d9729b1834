#pragma once

#include <thumbjobs/job_store.h>

#include <condition_variable>
#include <mutex>
#include <thread>

namespace thumbjobs {

/// Tells a store's listener of changes from a thread of its own, which lives only while there is a
/// listener. Notices that pile up are merged. Thread-safe.
class Notifier {
public:
    Notifier() = default;
    ~Notifier();
    Notifier(const Notifier&) = delete;
    Notifier& operator=(const Notifier&) = delete;

    /// See JobStore::set_listener().
    void set_listener(JobStore::Listener listener);

    void notify(JobStore::Change change);

private:
    void run();
    void stop();

    std::mutex setting_; ///< One set_listener() at a time.
    std::mutex mutex_;
    std::condition_variable wake_;
    JobStore::Listener listener_; ///< Changed only while no thread runs.
    JobStore::Change pending_;
    bool running_ = false;
    std::thread thread_;
};

} // namespace thumbjobs
