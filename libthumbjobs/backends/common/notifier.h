#pragma once

#include <thumbjobs/job_store.h>

#include <mutex>

namespace thumbjobs {

/// Tells a store's listener of changes, in the thread that made or noticed them: a thread of its
/// own in between would cost each change two wake-ups. Thread-safe.
class Notifier {
public:
    Notifier() = default;
    Notifier(const Notifier&) = delete;
    Notifier& operator=(const Notifier&) = delete;

    /// See JobStore::set_listener().
    void set_listener(JobStore::Listener listener);

    void notify(JobStore::Change change);

private:
    std::mutex mutex_; ///< Held while the listener runs.
    JobStore::Listener listener_;
};

} // namespace thumbjobs
