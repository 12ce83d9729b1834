#pragma once

#include "backends/redis/client/options.h"
#include "backends/redis/client/reply.h"
#include "backends/redis/client/reply_reader.h"
#include "backends/redis/client/transport.h"
#include "backends/redis/client/wire.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace thumbjobs::redis {

class TlsContext;

/// A connection to one server, greeted and ready. Not thread-safe. Its methods throw
/// TransportError; after that it is of no more use.
class Link {
public:
    Link(Endpoint server, std::unique_ptr<Transport> transport, std::size_t max_reply);

    const Endpoint& server() const noexcept { return server_; }

    /// Sends formatted commands that `replies` replies will answer. When it throws, the server
    /// cannot have seen the last command.
    void send(std::string_view wire, std::size_t replies, Deadline deadline);

    /// The next reply to what was sent.
    Reply receive(Deadline deadline);

    Reply exchange(Words words, Deadline deadline);

    /// Whether it may serve another call: all replies were read, and the server has not closed it.
    bool is_reusable() noexcept;

private:
    Endpoint server_;
    std::unique_ptr<Transport> transport_;
    ReplyReader reader_;
    std::size_t outstanding_ = 0; ///< Replies.
    bool broken_ = false;
};

/// Opens links as the options say. Thread-safe.
class Connector {
public:
    /// Throws Error(invalid_argument) for a certificate or key that cannot be used.
    explicit Connector(const ClientOptions& options);
    ~Connector();

    /// Connects, and does what must be done first on a connection: TLS, AUTH, SELECT. `interrupt`:
    /// see connect_plain(). Throws TransportError, and Error(store_unavailable) for a server that
    /// refuses the credentials or the database.
    std::unique_ptr<Link> open(const Endpoint& server, Deadline deadline, int interrupt = -1) const;

    /// The same for a Sentinel.
    std::unique_ptr<Link> open_sentinel(const Endpoint& server, Deadline deadline) const;

private:
    std::unique_ptr<Link> connect(const Endpoint& server, Deadline deadline, int interrupt) const;

    const ClientOptions options_;
    std::unique_ptr<TlsContext> tls_;
};

/// What an unreachable server means to the caller: Error(store_unavailable) whose detail names the
/// server and the reason.
[[noreturn]] void throw_unavailable(const Endpoint& server, std::string_view reason);

} // namespace thumbjobs::redis
