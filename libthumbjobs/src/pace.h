#pragma once

#include <atomic>
#include <chrono>

namespace thumbjobs {

/// How far claims have to be ahead of the CPUs so that these do not run dry: by what they do in the
/// time of one fetch (Little's law). Nothing for a storage that is quick beside the resizing.
/// Thread-safe.
class Pace {
public:
    using Duration = std::chrono::nanoseconds;

    void fetched(Duration took) noexcept { fetch_.add(took); }
    void resized(Duration took) noexcept { resize_.add(took); }

    /// In jobs; 0 until both are known.
    int lead(int workers) const noexcept {
        const double resize = resize_.value();
        return resize > 0 ? static_cast<int>(workers * fetch_.value() / resize) : 0;
    }

private:
    /// Moves by an eighth towards each new value. Of two threads that add at once, one may get
    /// lost.
    class Mean {
    public:
        void add(Duration took) noexcept {
            const double old = value();
            const double seconds = std::chrono::duration<double>(took).count();
            value_.store(old > 0 ? old + (seconds - old) / 8 : seconds, std::memory_order_relaxed);
        }
        double value() const noexcept { return value_.load(std::memory_order_relaxed); }

    private:
        std::atomic<double> value_{0};
    };

    Mean fetch_;
    Mean resize_;
};

} // namespace thumbjobs
