#include "src/waiters.h"

#include <thumbjobs/error.h>

#include <algorithm>
#include <utility>

namespace thumbjobs {
namespace {

[[noreturn]] void throw_not_found(const JobId& id) {
    throw Error(ErrorCode::not_found, "There is no job " + id.to_string() + ".");
}

} // namespace

/// One thread in wait(); everything but the id is guarded by the mutex of Waiters.
struct Waiters::Waiter {
    explicit Waiter(const JobId& id) : job(id) {}

    const JobId job;
    std::condition_variable told;
    bool look_again = false; ///< Events were missed.
    bool deleted = false;
    std::optional<Job> ended; ///< The job in its terminal state.
};

class Waiters::Registration {
public:
    Registration(Waiters& waiters, Waiter& waiter) : waiters_(waiters), waiter_(waiter) {
        waiters_.add(waiter_);
    }
    ~Registration() { waiters_.remove(waiter_); }
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;

private:
    Waiters& waiters_;
    Waiter& waiter_;
};

Waiters::~Waiters() {
    std::unique_lock lock(mutex_);
    closed_ = true;
    for (const auto& [id, waiter] : waiters_)
        waiter->told.notify_one();
    left_.wait(lock, [this] { return inside_ == 0; });
}

Job Waiters::wait(const JobId& id, Milliseconds timeout) {
    if (timeout <= Milliseconds{0})
        return lookup(id);
    constexpr Milliseconds longest = std::chrono::hours{24 * 365};
    const auto deadline = std::chrono::steady_clock::now() + std::min(timeout, longest);
    Waiter waiter(id);
    const Registration registration(*this, waiter); // first, so that no change is missed
    while (true) {
        Job job = lookup(id);
        if (is_terminal(job.state))
            return job;
        std::unique_lock lock(mutex_);
        const bool told = waiter.told.wait_until(lock, deadline, [&] {
            return closed_ || waiter.deleted || waiter.ended || waiter.look_again;
        });
        if (closed_)
            throw Error(ErrorCode::closed, "The engine was closed.");
        if (waiter.deleted)
            throw_not_found(id);
        if (waiter.ended)
            return std::move(*waiter.ended);
        waiter.look_again = false;
        lock.unlock();
        if (!told)
            return lookup(id);
    }
}

void Waiters::add(Waiter& waiter) {
    {
        const std::lock_guard lock(mutex_);
        if (closed_)
            throw Error(ErrorCode::closed, "The engine was closed.");
        waiters_.emplace(waiter.job, &waiter);
        ++inside_;
        if (subscription_)
            return;
    }
    // Without the mutex, since this calls the store. Two first waiters may both do it; the one
    // subscription that stays began before either looks its job up.
    std::shared_ptr<Engine::Subscription> mine;
    try {
        mine = hub_.subscribe([this](const Event& event) { tell(event); }, std::nullopt);
    } catch (...) {
        remove(waiter);
        throw;
    }
    const std::lock_guard lock(mutex_);
    if (!subscription_)
        subscription_.swap(mine);
}

void Waiters::remove(Waiter& waiter) noexcept {
    std::shared_ptr<Engine::Subscription> unused;
    {
        const std::lock_guard lock(mutex_);
        const auto [begin, end] = waiters_.equal_range(waiter.job);
        waiters_.erase(
            std::find_if(begin, end, [&](const auto& it) { return it.second == &waiter; }));
        if (waiters_.empty())
            unused = std::move(subscription_);
    }
    unused.reset(); // without the mutex, which a running tell() takes
    const std::lock_guard lock(mutex_);
    if (--inside_ == 0)
        left_.notify_all();
}

void Waiters::tell(const Event& event) {
    const std::lock_guard lock(mutex_);
    if (event.kind == Event::Kind::reset) {
        for (const auto& [id, waiter] : waiters_) {
            waiter->look_again = true;
            waiter->told.notify_one();
        }
        return;
    }
    const bool ended = event.job && is_terminal(event.job->state);
    if (!ended && event.kind != Event::Kind::deleted)
        return;
    const auto [begin, end] = waiters_.equal_range(event.id);
    for (auto it = begin; it != end; ++it) {
        Waiter& waiter = *it->second;
        if (ended)
            waiter.ended = event.job;
        else
            waiter.deleted = true;
        waiter.told.notify_one();
    }
}

Job Waiters::lookup(const JobId& id) {
    std::vector<std::optional<JobRecord>> records = core_.store.find({&id, 1});
    if (records.empty() || !records.front() || records.front()->deleted)
        throw_not_found(id);
    return std::move(records.front()->job);
}

} // namespace thumbjobs
