#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace thumbd::http {

/// A TCP socket that listens. Movable; closes on destruction.
class ListeningSocket {
public:
    /// Binds `HOST:PORT`, `[IPV6]:PORT` or `*:PORT`. Throws std::invalid_argument for a malformed
    /// address and std::runtime_error, with a message for the operator, when it cannot be bound.
    explicit ListeningSocket(const std::string& address);
    ~ListeningSocket();
    ListeningSocket(const ListeningSocket&) = delete;
    ListeningSocket& operator=(const ListeningSocket&) = delete;

    /// Another descriptor of the same socket, for the caller to own. Throws std::system_error.
    int duplicate() const;

    std::uint16_t port() const noexcept { return port_; }

    /// `HOST:PORT` with the host as given and the port as bound.
    const std::string& authority() const noexcept { return authority_; }

private:
    int descriptor_ = -1;
    std::uint16_t port_ = 0;
    std::string authority_;
};

} // namespace thumbd::http
