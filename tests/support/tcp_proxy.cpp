#include "support/tcp_proxy.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace thumbjobs::test {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;
using std::chrono::milliseconds;

constexpr std::size_t enough = 1 << 20; ///< Held in one direction: no more is read then.

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

void close_with_reset(int socket) {
    const linger at_once{1, 0};
    setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(socket);
}

/// What goes one way.
struct Flow {
    struct Piece {
        SteadyTime due;
        std::string bytes;
    };
    std::deque<Piece> pieces{};
    std::size_t held = 0;
    bool ended = false;  ///< The source sends no more.
    bool closed = false; ///< And the target knows.

    /// Reads what there is; false if the connection is broken.
    bool read_from(int source, SteadyTime due) {
        std::array<char, 64 << 10> chunk;
        const ssize_t got = recv(source, chunk.data(), chunk.size(), MSG_DONTWAIT);
        if (got < 0)
            return errno == EAGAIN || errno == EINTR;
        if (got == 0) {
            ended = true;
            return true;
        }
        held += static_cast<std::size_t>(got);
        pieces.push_back({due, std::string(chunk.data(), static_cast<std::size_t>(got))});
        return true;
    }

    /// Writes what is due; false if the connection is broken.
    bool write_to(int target, SteadyTime now) {
        while (!pieces.empty() && pieces.front().due <= now) {
            std::string& bytes = pieces.front().bytes;
            const ssize_t sent =
                send(target, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
            if (sent < 0)
                return errno == EAGAIN || errno == EINTR;
            held -= static_cast<std::size_t>(sent);
            bytes.erase(0, static_cast<std::size_t>(sent));
            if (!bytes.empty())
                return true;
            pieces.pop_front();
        }
        if (ended && pieces.empty() && !std::exchange(closed, true))
            shutdown(target, SHUT_WR);
        return true;
    }
};

} // namespace

struct TcpProxy::Link {
    int client = -1;
    int server = -1;
    Flow up{};
    Flow down{};
};

TcpProxy::TcpProxy(std::uint16_t upstream) : upstream_(upstream) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener_, generic, size) != 0 || listen(listener_, 128) != 0 ||
        getsockname(listener_, generic, &size) != 0)
        throw std::runtime_error(std::string("cannot listen: ") + std::strerror(errno));
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
}

TcpProxy::~TcpProxy() {
    stop_ = true;
    thread_.join();
    close(listener_);
}

void TcpProxy::accept_one() {
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (client < 0)
        return;
    const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(upstream_);
    if (connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        close(server);
        close_with_reset(client); // as a port that nobody listens on
        return;
    }
    links_.push_back({.client = client, .server = server});
}

/// Waits for something to do, a few milliseconds at the most; the listener's events.
int TcpProxy::wait() {
    std::vector<pollfd> watched{{listener_, POLLIN, 0}};
    if (!black_hole_)
        for (const Link& link : links_) {
            if (!link.up.ended && link.up.held < enough)
                watched.push_back({link.client, POLLIN, 0});
            if (!link.down.ended && link.down.held < enough)
                watched.push_back({link.server, POLLIN, 0});
        }
    poll(watched.data(), watched.size(), 5);
    return watched.front().revents;
}

void TcpProxy::run() {
    int cuts_done = 0;
    while (!stop_) {
        const bool arrived = (wait() & POLLIN) != 0;
        if (const int wanted = cuts_; wanted != std::exchange(cuts_done, wanted)) {
            for (const Link& link : links_) {
                close_with_reset(link.client);
                close_with_reset(link.server);
                ++cut_connections_;
            }
            links_.clear();
        }
        if (arrived)
            accept_one();
        if (black_hole_)
            continue;
        const SteadyTime now = std::chrono::steady_clock::now();
        const SteadyTime due = now + milliseconds(delay_ms_);
        links_.remove_if([&](Link& link) {
            const bool whole =
                (link.up.ended || link.up.held >= enough || link.up.read_from(link.client, due)) &&
                (link.down.ended || link.down.held >= enough ||
                 link.down.read_from(link.server, due)) &&
                link.up.write_to(link.server, now) && link.down.write_to(link.client, now);
            if (whole && !(link.up.closed && link.down.closed))
                return false;
            if (!whole) {
                close_with_reset(link.client);
                close_with_reset(link.server);
            } else {
                close(link.client);
                close(link.server);
            }
            return true;
        });
    }
    for (const Link& link : links_) {
        close(link.client);
        close(link.server);
    }
    links_.clear();
}

} // namespace thumbjobs::test
