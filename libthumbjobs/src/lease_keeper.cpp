#include "src/lease_keeper.h"

#include <algorithm>
#include <utility>

namespace thumbjobs {

LeaseKeeper::LeaseKeeper(const Core& core, std::function<void()> on_stopped,
                         std::function<void(const std::exception&)> on_trouble)
    : core_(core), on_stopped_(std::move(on_stopped)), on_trouble_(std::move(on_trouble)) {}

LeaseKeeper::~LeaseKeeper() {
    stop();
}

void LeaseKeeper::start() {
    stopping_ = false;
    thread_ = std::thread([this] { run(); });
}

void LeaseKeeper::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable())
        thread_.join();
}

void LeaseKeeper::add(const AttemptPtr& attempt) {
    const std::lock_guard lock(mutex_);
    attempt->held_at = core_.clock.boot();
    held_.push_back(attempt);
}

void LeaseKeeper::remove(const AttemptPtr& attempt) {
    const std::lock_guard lock(mutex_);
    const auto it = std::find(held_.begin(), held_.end(), attempt);
    if (it == held_.end())
        return;
    *it = std::move(held_.back());
    held_.pop_back();
}

void LeaseKeeper::stop_job(const JobId& job, StopReason reason) {
    bool stopped = false;
    {
        const std::lock_guard lock(mutex_);
        for (const AttemptPtr& attempt : held_)
            if (attempt->lease.job == job) {
                attempt->stop(reason);
                stopped = true;
            }
    }
    if (stopped)
        on_stopped_();
}

void LeaseKeeper::stop_all(StopReason reason) {
    {
        const std::lock_guard lock(mutex_);
        for (const AttemptPtr& attempt : held_)
            attempt->stop(reason);
    }
    on_stopped_();
}

void LeaseKeeper::run() {
    const auto interval = core_.options.lease / 3;
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        wake_.wait_for(lock, interval, [this] { return stopping_; });
        if (stopping_ || held_.empty())
            continue;
        lock.unlock();
        renew();
        lock.lock();
    }
}

bool LeaseKeeper::renew() noexcept {
    try {
        std::vector<AttemptPtr> attempts;
        {
            const std::lock_guard lock(mutex_);
            attempts = held_;
        }
        if (attempts.empty())
            return true;
        std::vector<Lease> leases;
        leases.reserve(attempts.size());
        for (const AttemptPtr& attempt : attempts)
            leases.push_back(attempt->lease);
        apply(attempts, core_.store.renew(leases, core_.options.lease));
        return true;
    } catch (const std::exception& error) {
        on_trouble_(error);
        abandon_overdue();
    } catch (...) {
        abandon_overdue();
    }
    return false;
}

void LeaseKeeper::apply(const std::vector<AttemptPtr>& attempts,
                        const std::vector<LeaseState>& states) {
    bool stopped = false;
    {
        const std::lock_guard lock(mutex_);
        const BootTime now = core_.clock.boot();
        for (std::size_t i = 0; i < attempts.size() && i < states.size(); ++i)
            if (states[i] == LeaseState::held) {
                attempts[i]->held_at = now;
            } else { // also an attempt that ended meanwhile, which does no harm
                attempts[i]->stop(StopReason::lost);
                stopped = true;
            }
    }
    if (stopped)
        on_stopped_();
}

void LeaseKeeper::abandon_overdue() {
    bool stopped = false;
    {
        const std::lock_guard lock(mutex_);
        const BootTime now = core_.clock.boot();
        for (const AttemptPtr& attempt : held_)
            if (now - attempt->held_at > core_.options.lease) {
                attempt->stop(StopReason::abandoned);
                stopped = true;
            }
    }
    if (stopped)
        on_stopped_();
}

} // namespace thumbjobs
