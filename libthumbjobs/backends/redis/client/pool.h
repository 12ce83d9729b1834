#pragma once

#include "backends/redis/client/link.h"
#include "backends/redis/client/router.h"

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace thumbjobs::redis {

/// Links to servers, used by one call at a time and kept open between. Thread-safe.
class Pool {
public:
    /// A borrowed link, closed or given back with the object.
    class Lease {
    public:
        Lease(Pool& pool, std::unique_ptr<Link> link) : pool_(&pool), link_(std::move(link)) {}
        Lease(Lease&& other) noexcept = default;
        Lease& operator=(Lease&&) = delete;
        ~Lease();

        Link* operator->() const noexcept { return link_.get(); }

    private:
        Pool* pool_;
        std::unique_ptr<Link> link_;
    };

    /// At most `limit` links to one server.
    Pool(const Connector& connector, Router& router, int limit)
        : connector_(connector), router_(router), limit_(limit) {}

    /// A link that is not known to be broken. Throws as Connector::open() does, and TransportError
    /// when all stay in use.
    Lease borrow(const Endpoint& server, Deadline deadline);

    /// Closes the idle links to a server whose part has changed.
    void forget(const Endpoint& server) noexcept;

private:
    struct Server {
        std::vector<std::unique_ptr<Link>> idle;
        int in_use = 0;
    };

    std::unique_ptr<Link> take_idle(Server& server);
    void settle(std::unique_ptr<Link> link) noexcept;
    void release(const Endpoint& server) noexcept;

    const Connector& connector_;
    Router& router_;
    const int limit_;
    std::mutex mutex_;
    std::condition_variable released_;
    std::map<Endpoint, Server> servers_; // guarded by mutex_
};

} // namespace thumbjobs::redis
