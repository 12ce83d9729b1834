#include "backends/redis/client/transport.h"

#include "src/file_descriptor.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <system_error>
#include <utility>

namespace thumbjobs::redis {
namespace {

[[noreturn]] void throw_system(int error) {
    throw TransportError(error == ETIMEDOUT ? TransportError::Kind::timed_out
                                            : TransportError::Kind::broken,
                         std::generic_category().message(error));
}

/// Milliseconds for poll(), rounded up so that a wait never ends just before its deadline.
int until(Deadline deadline) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - Deadline::clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, INT_MAX));
}

/// A connected TCP socket.
class PlainTransport final : public Transport {
public:
    PlainTransport(FileDescriptor socket, int interrupt)
        : socket_(std::move(socket)), interrupt_(interrupt) {}

    /// Waits until the socket is ready for `events`.
    void wait(short events, Deadline deadline) const {
        std::array<pollfd, 2> waiting{pollfd{socket_.get(), events, 0},
                                      pollfd{interrupt_, POLLIN, 0}}; // poll() ignores -1
        for (;;) {
            const int ready = ::poll(waiting.data(), waiting.size(), until(deadline));
            if (ready < 0 && errno != EINTR)
                throw_system(errno);
            if (ready > 0 && waiting[1].revents != 0)
                throw TransportError(TransportError::Kind::interrupted, "the wait was interrupted");
            if (ready > 0)
                return;
            if (Deadline::clock::now() >= deadline)
                throw TransportError(TransportError::Kind::timed_out, "no answer in time");
        }
    }

    void write_all(std::string_view bytes, Deadline deadline) override {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent >= 0)
                bytes.remove_prefix(static_cast<std::size_t>(sent));
            else if (errno == EAGAIN || errno == EWOULDBLOCK)
                wait(POLLOUT, deadline);
            else if (errno != EINTR)
                throw_system(errno);
        }
    }

    std::size_t read_some(std::span<char> target, Deadline deadline) override {
        for (;;) {
            const ssize_t got = ::recv(socket_.get(), target.data(), target.size(), 0);
            if (got > 0)
                return static_cast<std::size_t>(got);
            if (got == 0)
                throw TransportError(TransportError::Kind::broken,
                                     "the server closed the connection");
            if (errno == EAGAIN || errno == EWOULDBLOCK)
                wait(POLLIN, deadline);
            else if (errno != EINTR)
                throw_system(errno);
        }
    }

    bool is_quiet() noexcept override {
        pollfd socket{socket_.get(), POLLIN, 0};
        return ::poll(&socket, 1, 0) == 0;
    }

private:
    FileDescriptor socket_;
    int interrupt_;
};

struct FreeAddresses {
    void operator()(addrinfo* list) const noexcept { ::freeaddrinfo(list); }
};

void set_option(int socket, int level, int option, int value) {
    // None of them is needed for a correct exchange: a kernel without one does no harm.
    ::setsockopt(socket, level, option, &value, sizeof value);
}

std::unique_ptr<PlainTransport> connect_address(const addrinfo& address, Deadline deadline,
                                                int interrupt) {
    FileDescriptor socket(::socket(address.ai_family,
                                   address.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC,
                                   address.ai_protocol));
    if (!socket)
        throw_system(errno);
    const int descriptor = socket.get();
    set_option(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, 15);
    set_option(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, 5);
    set_option(descriptor, IPPROTO_TCP, TCP_KEEPCNT, 3);
    auto transport = std::make_unique<PlainTransport>(std::move(socket), interrupt);
    if (::connect(descriptor, address.ai_addr, address.ai_addrlen) == 0)
        return transport;
    if (errno != EINPROGRESS)
        throw_system(errno);
    transport->wait(POLLOUT, deadline);
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        error = errno;
    if (error != 0)
        throw_system(error);
    return transport;
}

} // namespace

TransportError::~TransportError() = default;

Transport::~Transport() = default;

std::string Endpoint::to_string() const {
    const bool bare_v6 = host.find(':') != std::string::npos;
    return (bare_v6 ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

std::unique_ptr<Transport> connect_plain(const Endpoint& server, Deadline deadline, int interrupt) {
    addrinfo wanted{};
    wanted.ai_family = AF_UNSPEC;
    wanted.ai_socktype = SOCK_STREAM;
    wanted.ai_flags = AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const int failure =
        ::getaddrinfo(server.host.c_str(), std::to_string(server.port).c_str(), &wanted, &found);
    if (failure != 0)
        throw TransportError(TransportError::Kind::broken,
                             std::string("its name cannot be looked up: ") +
                                 ::gai_strerror(failure));
    const std::unique_ptr<addrinfo, FreeAddresses> addresses(found);
    int left = 0;
    for (const addrinfo* address = addresses.get(); address != nullptr; address = address->ai_next)
        ++left;
    for (const addrinfo* address = addresses.get();; address = address->ai_next, --left) {
        // Each gets its share of the time: the first may be one that never answers.
        const auto now = Deadline::clock::now();
        try {
            return connect_address(*address, now + (deadline - now) / left, interrupt);
        } catch (const TransportError& error) {
            if (error.kind() == TransportError::Kind::interrupted || address->ai_next == nullptr)
                throw;
        }
    }
}

} // namespace thumbjobs::redis
