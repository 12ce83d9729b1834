#include "backends/redis/client/client_core.h"
#include "src/file_descriptor.h"
#include "src/text.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <system_error>
#include <utility>

namespace thumbjobs::redis {

struct Connection::Impl {
    explicit Impl(ClientCore& owner)
        : client(owner), interruption(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
        if (!interruption)
            throw Error(ErrorCode::store_unavailable,
                        "The process has no more files to open for a connection to Redis.",
                        std::generic_category().message(errno));
    }

    Link& connected_link() {
        if (!link || !link->is_reusable()) {
            link.reset();
            if (failed)
                pause();
            const Deadline deadline = Deadline::clock::now() + client.options.connect_timeout;
            server = client.router->find(client.home_slot, deadline);
            auto fresh = client.connector.open(server, deadline, interruption.get());
            client.router->check(*fresh, deadline);
            link = std::move(fresh);
        }
        return *link;
    }

    /// Waits before the next try, unless interrupted.
    void pause() const {
        const int delay = static_cast<int>(pauses.next().count());
        pollfd waiting{interruption.get(), POLLIN, 0};
        if (::poll(&waiting, 1, delay) == 1)
            throw TransportError(TransportError::Kind::interrupted, "the wait was interrupted");
    }

    void drop() {
        link.reset();
        failed = true;
        client.router->doubt(server);
    }

    ClientCore& client;
    const FileDescriptor interruption;
    std::unique_ptr<Link> link;
    Endpoint server;
    bool failed = false; ///< The last call; the next one waits before it connects.
    mutable Pauses pauses;
};

Connection::Connection(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Connection::~Connection() = default;

Reply Connection::command(Words words, Milliseconds block) {
    bool sent = false;
    try {
        Link& link = impl_->connected_link();
        const Deadline deadline =
            Deadline::clock::now() + block + impl_->client.options.command_timeout;
        std::string wire;
        append_command(wire, words);
        link.send(wire, 1, deadline);
        sent = true;
        Reply reply = link.receive(deadline);
        if (judge(reply) == Verdict::answer) {
            impl_->failed = false;
            impl_->pauses.reset();
            return reply;
        }
        if (const auto target = redirect_target(reply, impl_->server))
            impl_->client.router->moved(impl_->client.home_slot, *target);
        impl_->drop();
        throw Unavailable(impl_->server, to_valid_utf8(reply.error_line()), false);
    } catch (const TransportError& error) {
        impl_->drop();
        if (error.kind() == TransportError::Kind::interrupted)
            throw Error(ErrorCode::cancelled, "The wait for Redis was interrupted.");
        throw Unavailable(impl_->server, error.what(), sent);
    }
}

Reply Connection::command(std::initializer_list<std::string_view> words, Milliseconds block) {
    return command(Words(words.begin(), words.size()), block);
}

void Connection::interrupt() noexcept {
    // The counter is never read, so that the descriptor stays readable.
    [[maybe_unused]] const int result = ::eventfd_write(impl_->interruption.get(), 1);
}

std::unique_ptr<Connection> Client::dedicated() {
    return std::unique_ptr<Connection>(new Connection(std::make_unique<Connection::Impl>(*core_)));
}

} // namespace thumbjobs::redis
