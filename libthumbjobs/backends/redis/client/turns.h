#pragma once

#include "backends/redis/client/transport.h"

#include <condition_variable>
#include <mutex>

namespace thumbjobs::redis {

/// Lets one thread at a time do what may take long; the others wait no longer than they want.
/// Thread-safe. (A std::timed_mutex does the same, but GCC 12's thread sanitizer does not see how
/// it is locked.)
class Turns {
public:
    /// Ends with the object.
    class Turn {
    public:
        explicit Turn(Turns& turns) : turns_(turns) {}
        ~Turn() {
            const std::scoped_lock lock(turns_.mutex_);
            turns_.taken_ = false;
            turns_.free_.notify_one();
        }
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;

    private:
        Turns& turns_;
    };

    /// Throws TransportError, with `reason`, when it is others' turn until the deadline.
    Turn take(Deadline deadline, const char* reason) {
        std::unique_lock lock(mutex_);
        if (!free_.wait_until(lock, deadline, [this] { return !taken_; }))
            throw TransportError(TransportError::Kind::timed_out, reason);
        taken_ = true;
        return Turn(*this);
    }

private:
    std::mutex mutex_;
    std::condition_variable free_;
    bool taken_ = false; // guarded by mutex_
};

} // namespace thumbjobs::redis
