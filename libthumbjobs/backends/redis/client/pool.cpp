#include "backends/redis/client/pool.h"

namespace thumbjobs::redis {

Pool::Lease::~Lease() {
    if (link_)
        pool_->settle(std::move(link_));
}

Pool::Lease Pool::borrow(const Endpoint& server, Deadline deadline) {
    {
        std::unique_lock lock(mutex_);
        Server& known = servers_[server];
        if (!released_.wait_until(lock, deadline, [&] { return known.in_use < limit_; }))
            throw TransportError(TransportError::Kind::timed_out,
                                 "all connections of this process stayed in use");
        ++known.in_use;
        if (auto link = take_idle(known))
            return {*this, std::move(link)};
    }
    try {
        auto link = connector_.open(server, deadline);
        router_.check(*link, deadline);
        return {*this, std::move(link)};
    } catch (...) {
        release(server);
        throw;
    }
}

/// The one used last; those that the server has closed meanwhile are dropped.
std::unique_ptr<Link> Pool::take_idle(Server& server) {
    while (!server.idle.empty()) {
        auto link = std::move(server.idle.back());
        server.idle.pop_back();
        if (link->is_reusable())
            return link;
    }
    return nullptr;
}

void Pool::forget(const Endpoint& server) noexcept {
    std::vector<std::unique_ptr<Link>> closing; // outside of the lock
    const std::scoped_lock lock(mutex_);
    if (const auto known = servers_.find(server); known != servers_.end())
        closing.swap(known->second.idle);
}

void Pool::settle(std::unique_ptr<Link> link) noexcept {
    const Endpoint& server = link->server();
    if (!link->is_reusable()) {
        release(server);
        return;
    }
    const std::scoped_lock lock(mutex_);
    Server& known = servers_.find(server)->second;
    --known.in_use;
    try {
        known.idle.push_back(std::move(link));
    } catch (const std::bad_alloc&) {
        // It is closed instead.
    }
    released_.notify_all();
}

void Pool::release(const Endpoint& server) noexcept {
    const std::scoped_lock lock(mutex_);
    --servers_.find(server)->second.in_use;
    released_.notify_all();
}

} // namespace thumbjobs::redis
