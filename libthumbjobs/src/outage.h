#pragma once

#include "src/core.h"

#include <thumbjobs/error.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

namespace thumbjobs {

/// Stands between the workers and a store or storage that fails as a whole: while an outage is on,
/// nobody claims, one thread probes with growing pauses, and finished work waits to be reported.
/// Thread-safe.
class Outage {
public:
    static constexpr Milliseconds first_pause{100};
    static constexpr Milliseconds longest_pause{5'000};

    /// `before_end` is called when a probe succeeded, and `after_end` once active() is false, both
    /// from the probing thread.
    Outage(const Core& core, std::function<void()> before_end, std::function<void()> after_end);
    ~Outage();

    void start();
    void stop();

    /// Begins an outage, unless one is on.
    void begin(const std::exception& reason) noexcept;

    bool active() const noexcept { return active_.load(std::memory_order_acquire); }

    /// Says that a job got through: the next outage begins with the short pause again. Pauses go on
    /// growing while outages follow each other without that.
    void got_through() noexcept;

    /// Makes all waits end at once, now and later: the engine stops without more patience.
    void give_up() noexcept;

    /// Calls `call`, again after each outage if the store is unavailable. Throws as `call` does;
    /// Error(store_unavailable) only after give_up() or `max_repeats`.
    template <typename Call>
    auto through(Call&& call) {
        for (int repeat = 0;; ++repeat) {
            try {
                return call();
            } catch (const Error& error) {
                if (error.code() != ErrorCode::store_unavailable)
                    throw;
                begin(error);
                if (repeat >= max_repeats || !wait_for_end())
                    throw;
            }
        }
    }

private:
    /// A call that fails so often while probes succeed has a trouble of its own.
    static constexpr int max_repeats = 20;

    bool wait_for_end();
    void run();
    bool probe() noexcept;

    const Core& core_;
    const std::function<void()> before_end_;
    const std::function<void()> after_end_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::atomic<bool> active_{false};
    std::atomic<bool> grown_{false};
    Milliseconds pause_ = first_pause; // guarded by mutex_
    bool giving_up_ = false;           // guarded by mutex_
    bool stopping_ = false;            // guarded by mutex_
    std::thread thread_;
};

} // namespace thumbjobs
