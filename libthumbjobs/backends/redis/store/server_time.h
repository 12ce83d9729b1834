#pragma once

#include <thumbjobs/time.h>

#include <cstdint>
#include <mutex>

namespace thumbjobs::redis {

/// Translates this process's boot clock to the server's time, so that a deadline can be judged
/// where the job is written. Thread-safe.
///
/// The server read its clock before its answer arrived, so the translation is early by what the
/// answer took, and never late: a deadline holds.
class ServerTime {
public:
    /// An answer that arrived at `now` carried `server` (milliseconds of its clock).
    void note(std::int64_t server, BootTime now) {
        const std::lock_guard lock(mutex_);
        server_ = server;
        noted_ = now;
        known_ = true;
    }

    void forget() {
        const std::lock_guard lock(mutex_);
        known_ = false;
    }

    /// Whether the last note is recent enough for the clocks' drift not to matter.
    bool is_fresh(BootTime now) const {
        const std::lock_guard lock(mutex_);
        return known_ && now - noted_ < BootTime{10'000};
    }

    std::int64_t of(BootTime time) const {
        const std::lock_guard lock(mutex_);
        return server_ + (time - noted_).count();
    }

private:
    mutable std::mutex mutex_;
    std::int64_t server_ = 0;
    BootTime noted_{};
    bool known_ = false;
};

} // namespace thumbjobs::redis
