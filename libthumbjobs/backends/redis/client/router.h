#pragma once

#include "backends/redis/client/link.h"
#include "backends/redis/client/options.h"

#include <memory>

namespace thumbjobs::redis {

/// Knows which server to ask. Thread-safe.
class Router {
public:
    virtual ~Router();

    /// The server that has the keys of `slot` and accepts writes; asks for it, if need be. Throws
    /// TransportError when nobody knows, and Error as Connector does.
    virtual Endpoint find(unsigned slot, Deadline deadline) = 0;

    /// Judges a new link to a server that find() named. Throws TransportError for a wrong one.
    virtual void check(Link& link, Deadline deadline);

    /// A server said that `slot` is `server`'s now.
    virtual void moved(unsigned slot, const Endpoint& server);

    /// `server` failed, or turned out to be no master: the next find() does not trust what is
    /// known, and asks this server last.
    virtual void doubt(const Endpoint& server) = 0;
};

std::unique_ptr<Router> make_router(const ClientOptions& options, const Connector& connector);

} // namespace thumbjobs::redis
