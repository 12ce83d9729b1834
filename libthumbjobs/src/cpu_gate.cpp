#include "src/cpu_gate.h"

#include <utility>

namespace thumbjobs {

CpuGate::Place CpuGate::enter(const CancelToken& cancel) {
    int busy = 0;
    {
        std::unique_lock lock(mutex_);
        ++waiting_;
        changed_.wait(lock, [&] { return busy_ < places_ || cancel.cancelled(); });
        --waiting_;
        if (cancel.cancelled()) {
            if (busy_ < places_)
                changed_.notify_one(); // this thread may have been woken for a free place
            return Place(*this, false);
        }
        busy = ++busy_;
    }
    watch_.tell([&](Observer& observer) { observer.on_workers_busy(busy); });
    return Place(*this, true);
}

void CpuGate::leave() noexcept {
    int busy = 0;
    {
        const std::lock_guard lock(mutex_);
        busy = --busy_;
        changed_.notify_one();
    }
    watch_.tell([&](Observer& observer) { observer.on_workers_busy(busy); });
}

void CpuGate::wake() {
    const std::lock_guard lock(mutex_);
    changed_.notify_all();
}

int CpuGate::busy() const {
    const std::lock_guard lock(mutex_);
    return busy_;
}

int CpuGate::load() const {
    const std::lock_guard lock(mutex_);
    return busy_ + waiting_;
}

void CpuGate::Place::leave() noexcept {
    if (std::exchange(inside_, false))
        gate_.leave();
}

void CpuGate::Place::enter_again(const CancelToken& cancel) {
    Place next = gate_.enter(cancel);
    inside_ = std::exchange(next.inside_, false);
}

} // namespace thumbjobs
