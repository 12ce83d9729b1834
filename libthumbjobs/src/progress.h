#pragma once

#include "src/attempt.h"
#include "src/core.h"

#include <chrono>
#include <mutex>

namespace thumbjobs {

/// Publishes an attempt's progress, not oftener than people can read it. Thread-safe.
class ProgressReport {
public:
    static constexpr Milliseconds interval{500};

    ProgressReport(const Core& core, Attempt& attempt)
        : core_(core), attempt_(attempt), last_(std::chrono::steady_clock::now()) {}

    /// `value` is 0 to 1. Never throws: progress is not worth an attempt.
    void operator()(double value) noexcept;

private:
    const Core& core_;
    Attempt& attempt_;
    std::mutex mutex_;
    std::chrono::steady_clock::time_point last_; // guarded by mutex_
};

} // namespace thumbjobs
