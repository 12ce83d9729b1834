#include "events/job_waiters.h"

#include <utility>

namespace thumbd {

using thumbjobs::Event;
using thumbjobs::JobId;

JobWaiters::JobWaiters() : timer_([this] { run(); }) {}

JobWaiters::~JobWaiters() {
    close();
    timer_.join();
}

JobWaiters::Moment JobWaiters::now() const {
    const std::lock_guard lock(mutex_);
    return now_;
}

bool JobWaiters::may_have_ended_locked(const JobId& id, Moment since) const {
    if (now_ - since > remembered)
        return true;
    for (Moment moment = since; moment != now_; ++moment)
        if (ended_[moment % remembered] == id)
            return true;
    return false;
}

JobWaiters::Ticket JobWaiters::add(const JobId& id, Moment since, thumbjobs::Milliseconds timeout,
                                   Done done) {
    {
        const std::lock_guard lock(mutex_);
        const Ticket ticket = next_++;
        if (!closed_ && !may_have_ended_locked(id, since)) {
            const auto deadline = Clock::now() + timeout;
            by_job_.emplace(id, ticket);
            by_deadline_.emplace(deadline, ticket);
            waiters_.emplace(ticket, Waiter{id, deadline, std::move(done)});
            if (deadline < timer_sleeps_until_)
                changed_.notify_one();
            return ticket;
        }
    }
    done(nullptr);
    return 0;
}

bool JobWaiters::remove(Ticket ticket) {
    const std::lock_guard lock(mutex_);
    return take_locked(ticket) != nullptr;
}

void JobWaiters::on_event(const Event& event) {
    const bool reset = event.kind == Event::Kind::reset;
    const bool ended = event.kind == Event::Kind::deleted ||
                       (event.kind == Event::Kind::job && is_terminal(event.job->state));
    if (!reset && !ended)
        return;
    std::vector<Done> called;
    {
        const std::lock_guard lock(mutex_);
        if (reset) {
            // Events were missed: let everybody look for themselves.
            now_ += remembered + 1;
            called = take_all_locked();
        } else {
            ended_[now_++ % remembered] = event.id;
            for (auto found = by_job_.find(event.id); found != by_job_.end();
                 found = by_job_.find(event.id))
                called.push_back(take_locked(found->second));
        }
    }
    for (const auto& done : called)
        done(event.kind == Event::Kind::job ? &*event.job : nullptr);
}

void JobWaiters::close() {
    std::vector<Done> called;
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        called = take_all_locked();
        changed_.notify_one();
    }
    for (const auto& done : called)
        done(nullptr);
}

std::size_t JobWaiters::size() const {
    const std::lock_guard lock(mutex_);
    return waiters_.size();
}

std::vector<JobWaiters::Done> JobWaiters::take_all_locked() {
    std::vector<Done> all;
    for (auto& [ticket, waiter] : waiters_)
        all.push_back(std::move(waiter.done));
    waiters_.clear();
    by_job_.clear();
    by_deadline_.clear();
    return all;
}

JobWaiters::Done JobWaiters::take_locked(Ticket ticket) {
    const auto found = waiters_.find(ticket);
    if (found == waiters_.end())
        return nullptr;
    Waiter waiter = std::move(found->second);
    waiters_.erase(found);
    const auto erase_from = [ticket](auto& index, const auto& key) {
        auto [first, last] = index.equal_range(key);
        for (; first != last; ++first) {
            if (first->second == ticket) {
                index.erase(first);
                return;
            }
        }
    };
    erase_from(by_job_, waiter.id);
    erase_from(by_deadline_, waiter.deadline);
    return std::move(waiter.done);
}

void JobWaiters::run() {
    std::unique_lock lock(mutex_);
    while (!closed_) {
        if (by_deadline_.empty()) {
            timer_sleeps_until_ = Clock::time_point::max();
            changed_.wait(lock);
            continue;
        }
        const auto [deadline, ticket] = *by_deadline_.begin();
        if (Clock::now() < deadline) {
            timer_sleeps_until_ = deadline; // for whose sake it is woken earlier, comes earlier
            changed_.wait_until(lock, deadline);
            continue;
        }
        const auto done = take_locked(ticket);
        lock.unlock();
        done(nullptr);
        lock.lock();
    }
}

} // namespace thumbd
