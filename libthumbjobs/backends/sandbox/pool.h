#pragma once

#include "backends/sandbox/helper.h"
#include "backends/sandbox/options.h"

#include <thumbjobs/resizer.h>

#include <chrono>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace thumbjobs::sandbox {

/// Keeps helpers ready: one for each image at a time, and one to spare that takes the place of any
/// that ends. Thread-safe.
class Pool {
public:
    /// Starts the first helpers and waits for one. Throws Error(incompatible) when its lock does
    /// not hold, Error(internal) when it cannot be started, and what its resizer throws.
    Pool(const Options& options, std::string program);
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;
    ~Pool();

    /// What the first helper said.
    const Ready& ready() const noexcept { return ready_; }

    /// A helper, for the caller alone. Waits while all are busy. Throws Error(cancelled) once
    /// `cancel` (may be null) is set, and Error(internal) while helpers cannot be started.
    std::unique_ptr<Helper> acquire(const CancelToken* cancel);

    /// Takes a helper back, to keep or to replace it.
    void give_back(std::unique_ptr<Helper> helper) noexcept;

    struct Counts {
        int started = 0; ///< Since the pool was made.
        int alive = 0;
        int idle = 0;
        int busy = 0;
    };
    Counts counts() const;

private:
    using Helpers = std::vector<std::unique_ptr<Helper>>;
    using Time = std::chrono::steady_clock::time_point;

    struct Young {
        std::unique_ptr<Helper> helper;
        Time deadline; ///< It must be ready by then.
    };

    bool old(const Helper& helper) const noexcept;
    bool worn(const Helper& helper) const noexcept;
    void wake_keeper() noexcept;

    // The keeper's thread.
    void keep() noexcept;
    void start_missing();
    void start_one();
    void start_failed(std::exception_ptr error) noexcept;
    void wait_for_news() noexcept;
    void welcome_ready();
    void bury_dead();
    Time next_deadline() const noexcept;

    const Options options_;
    const std::string program_;
    const Setup setup_;
    FileDescriptor wake_;   ///< An eventfd.
    FileDescriptor events_; ///< An epoll: wake_, the sockets of young helpers, all processes' ends.
    Ready ready_;           ///< Written before the constructor ends.

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    Helpers idle_;               // guarded by mutex_
    Helpers retired_;            // guarded by mutex_; killed, still to be waited for
    int busy_ = 0;               // guarded by mutex_
    int starting_ = 0;           // guarded by mutex_; the size of young_
    int started_ = 0;            // guarded by mutex_
    bool stop_ = false;          // guarded by mutex_
    int failures_ = 0;           // guarded by mutex_; starts that failed in a row
    std::exception_ptr failure_; // guarded by mutex_; the last of them

    std::vector<Young> young_; // the keeper's: those that warm up
    Time next_start_{};        // the keeper's: not before
    bool came_up_ = false;     // the keeper's: whether any was ever ready

    std::thread keeper_; ///< Starts all helpers: they end when it does.
};

} // namespace thumbjobs::sandbox
