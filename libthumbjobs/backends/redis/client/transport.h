#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace thumbjobs::redis {

/// Until when a call may take. Monotonic; suspend of the machine not counted.
using Deadline = std::chrono::steady_clock::time_point;

/// Why a connection cannot be used any more. what() says the reason without the server's name.
class TransportError : public std::runtime_error {
public:
    enum class Kind { broken, timed_out, interrupted };

    TransportError(Kind kind, const std::string& reason)
        : std::runtime_error(reason), kind_(kind) {}
    ~TransportError() override;

    Kind kind() const noexcept { return kind_; }

private:
    Kind kind_;
};

/// One server.
struct Endpoint {
    std::string host; ///< A name, an IPv4 or an IPv6 address without brackets.
    std::uint16_t port = 6379;

    std::string to_string() const; ///< `redis-1:6379`, `[::1]:6379`
    friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

/// A stream of bytes to and from a server. Not thread-safe. Every method throws TransportError;
/// after that the stream is of no more use.
class Transport {
public:
    virtual ~Transport();

    /// Returns when the kernel has all bytes. When it throws, it has not: the server cannot have
    /// seen the last of them.
    virtual void write_all(std::string_view bytes, Deadline deadline) = 0;

    /// Waits for bytes; at least one.
    virtual std::size_t read_some(std::span<char> target, Deadline deadline) = 0;

    /// Whether the connection is open and nothing unexpected waits to be read.
    virtual bool is_quiet() noexcept = 0;
};

/// Connects by TCP, to the first address of the host that accepts. `interrupt` is a descriptor,
/// borrowed for the transport's life, that ends all waiting as soon as it can be read; -1: none.
/// Looking up a name takes what the system's resolver takes.
std::unique_ptr<Transport> connect_plain(const Endpoint& server, Deadline deadline, int interrupt);

} // namespace thumbjobs::redis
