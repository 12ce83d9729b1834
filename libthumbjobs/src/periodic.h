#pragma once

#include <thumbjobs/resizer.h>
#include <thumbjobs/time.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace thumbjobs {

/// A thread that does something every so often. start() and stop() are for one thread at a time.
class Periodic {
public:
    /// `task` is given a token that is set when it should end early; it must not throw.
    explicit Periodic(std::function<void(const CancelToken&)> task);
    ~Periodic();

    /// The first run is `interval` from now; pauses of `interval` stand between runs.
    void start(Milliseconds interval);
    void stop();

private:
    void run(Milliseconds interval);

    const std::function<void(const CancelToken&)> task_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;          // guarded by mutex_
    CancelToken* running_ = nullptr; // guarded by mutex_
    std::thread thread_;
};

} // namespace thumbjobs
