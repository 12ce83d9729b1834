#pragma once

#include "backends/redis/client/client.h"
#include "backends/redis/client/convoy.h"
#include "backends/redis/client/link.h"
#include "backends/redis/client/pool.h"
#include "backends/redis/client/router.h"

#include <memory>
#include <optional>
#include <string>

namespace thumbjobs::redis {

/// What a reply asks the client to do about it.
enum class Verdict {
    answer,    ///< Nothing: it is the caller's.
    moved,     ///< Ask the server it names, from now on.
    ask,       ///< Ask the server it names, this once.
    elsewhere, ///< This server is not the one: find it anew, after a pause.
    later,     ///< The same, after a pause.
};

Verdict judge(const Reply& reply) noexcept;

/// The server that MOVED and ASK name; without a host, it is that of `asked`. Nothing for nonsense.
std::optional<Endpoint> redirect_target(const Reply& reply, const Endpoint& asked);

/// The pauses between tries: growing, each chosen at random up to its bound.
class Pauses {
public:
    /// Of the next pause.
    Milliseconds next();
    void reset() noexcept { count_ = 0; }

private:
    int count_ = 0;
};

/// What a Client and its dedicated connections share.
struct ClientCore {
    explicit ClientCore(ClientOptions given);

    /// `shared`: see Convoy::exchange(); of a single command.
    std::vector<Reply> run(unsigned slot, std::span<const Words> commands, Repeat repeat,
                           std::size_t shared = 0);

    const ClientOptions options;
    const unsigned home_slot; ///< Of options.tag().
    const Connector connector;
    const std::unique_ptr<Router> router;
    Pool pool;
    Convoy convoy;
};

} // namespace thumbjobs::redis
