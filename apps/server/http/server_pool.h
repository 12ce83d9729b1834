#pragma once

#include "options.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

class QHttpServer;

namespace thumbd::http {

struct GateState;
class LoopThread;

/// Numbers of this moment, for gauges.
struct GateStatistics {
    std::uint64_t connections = 0;
    std::uint64_t active_exchanges = 0; ///< Requests that are being received or answered.
    std::uint64_t event_streams = 0;
    std::uint64_t body_memory_bytes = 0;
    std::uint64_t spooled_bytes = 0;
    // Counted since the start:
    std::uint64_t accepted_connections = 0;
    std::uint64_t refused_connections = 0; ///< By a connection limit.
    std::uint64_t requests = 0;            ///< That reached a handler.
    std::uint64_t refused_requests = 0;    ///< By the gate or the policy.
};

struct ListenOptions {
    /// `HOST:PORT`, `[IPV6]:PORT` or `*:PORT` (all interfaces); HOST may be a name such as
    /// `localhost`. Port 0 lets the system choose.
    std::string address = "127.0.0.1:8080";
    /// Loop threads, each with a QHttpServer of its own on the one port; 1 to 64.
    int threads = 2;
    /// Empty: plain HTTP.
    TlsSource tls;
};

/// The HTTP front of the process: one listening socket, several loop threads, each with a
/// QHttpServer behind the gate. A QCoreApplication must exist. The functions may be called from any
/// thread, though not at the same time as the destructor.
class ServerPool {
public:
    /// Called once per loop thread, on it, to register the routes.
    using Setup = std::function<void(QHttpServer&)>;

    /// Binds, listens and starts the threads; when it returns, connections are accepted. Throws
    /// std::invalid_argument for bad options and std::runtime_error, with a message for the
    /// operator, when the address cannot be bound.
    ServerPool(const ListenOptions& listen, GateOptions gate, const Setup& setup);

    /// Cuts off whatever is still there.
    ~ServerPool();
    ServerPool(const ServerPool&) = delete;
    ServerPool& operator=(const ServerPool&) = delete;

    std::uint16_t port() const noexcept;

    /// `http://HOST:PORT` or `https://...`, as bound.
    std::string url() const;

    GateStatistics statistics() const;

    /// Begins to drain and returns at once: connections that the kernel has accepted already are
    /// still served, then no more are taken; idle ones are closed, busy ones after their answer,
    /// event streams are ended.
    void begin_drain();

    /// begin_drain(), then waits until the last connection has closed or `deadline` has passed,
    /// cuts off the rest and ends the threads. True when nothing had to be cut. May be called
    /// again.
    bool stop(std::chrono::milliseconds deadline);

private:
    struct DrainCount;

    std::shared_ptr<GateState> state_;
    std::shared_ptr<DrainCount> drain_count_;
    std::string url_;
    std::uint16_t port_ = 0;
    std::vector<std::unique_ptr<LoopThread>> threads_;
};

} // namespace thumbd::http
