#include "src/waiting_room.h"

#include <algorithm>
#include <utility>

namespace thumbjobs {

std::optional<Milliseconds> WaitingRoom::enter(Seat& seat) {
    const std::lock_guard lock(mutex_);
    if (free_ > 0) {
        --free_;
        seat.room_ = this;
        return std::nullopt;
    }
    const SteadyTime now = std::chrono::steady_clock::now();
    while (!put_off_.empty() && put_off_.top() <= now)
        put_off_.pop();
    const Milliseconds delay =
        std::clamp(for_each * static_cast<Milliseconds::rep>(put_off_.size()), shortest, longest);
    put_off_.push(now + delay);
    return delay;
}

void WaitingRoom::Seat::leave() noexcept {
    WaitingRoom* const room = std::exchange(room_, nullptr);
    if (!room)
        return;
    const std::lock_guard lock(room->mutex_);
    ++room->free_;
}

} // namespace thumbjobs
