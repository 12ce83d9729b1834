#pragma once

#include <thumbjobs/time.h>

#include <atomic>

namespace thumbjobs::test {

/// A clock that stands still until the test moves it. Thread-safe.
class FakeClock final : public Clock {
public:
    WallTime wall() const override { return WallTime(Milliseconds(wall_.load())); }
    BootTime boot() const override { return BootTime(boot_.load()); }

    /// Lets time pass, for both clocks.
    void advance(Milliseconds time) {
        boot_ += time.count();
        wall_ += time.count();
    }

    /// Sets the calendar forward or back, as an administrator might.
    void jump(Milliseconds by) { wall_ += by.count(); }

private:
    std::atomic<std::int64_t> wall_{1'769'850'000'000}; // 2026-01-31T09:00:00Z
    std::atomic<std::int64_t> boot_{3'600'000};
};

} // namespace thumbjobs::test
