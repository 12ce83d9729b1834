#pragma once

#include <thumbjobs/time.h>

#include <array>
#include <cstdint>

namespace thumbjobs {

/// Counts what finished within the last minute, by whole seconds. Not thread-safe.
class FinishedCounter {
public:
    static constexpr std::int64_t seconds = 60;

    static std::int64_t second_of(BootTime now) { return now.count() / 1000; }

    void add(BootTime now) {
        Slot& slot = slots_[static_cast<std::size_t>(second_of(now) % seconds)];
        if (slot.second != second_of(now))
            slot = {.second = second_of(now), .count = 0};
        ++slot.count;
    }

    std::int64_t count(BootTime now) const {
        std::int64_t sum = 0;
        for (const Slot& slot : slots_)
            if (slot.second > second_of(now) - seconds && slot.second <= second_of(now))
                sum += slot.count;
        return sum;
    }

private:
    struct Slot {
        std::int64_t second = -1;
        std::int64_t count = 0;
    };
    std::array<Slot, static_cast<std::size_t>(seconds)> slots_{};
};

} // namespace thumbjobs
