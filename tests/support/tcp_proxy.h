#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <thread>

namespace thumbjobs::test {

/// Passes TCP connections on to a port of 127.0.0.1, badly if it is told to. Its methods may be
/// called from any thread.
class TcpProxy {
public:
    explicit TcpProxy(std::uint16_t upstream);
    ~TcpProxy();
    TcpProxy(const TcpProxy&) = delete;
    TcpProxy& operator=(const TcpProxy&) = delete;

    std::uint16_t port() const noexcept { return port_; }

    /// Each piece of data is passed on so much later, in both directions.
    void set_delay(std::chrono::milliseconds delay) { delay_ms_ = delay.count(); }

    /// While it is set, connections stay open and are taken, and nothing passes.
    void set_black_hole(bool on) { black_hole_ = on; }

    /// Resets all connections of now.
    void cut() { ++cuts_; }

    /// How many connections were reset.
    int connections_cut() const { return cut_connections_; }

private:
    struct Link;

    void run();
    void accept_one();
    int wait();

    int listener_ = -1;
    std::uint16_t port_ = 0;
    const std::uint16_t upstream_;
    std::atomic<std::int64_t> delay_ms_ = 0;
    std::atomic<bool> black_hole_ = false;
    std::atomic<int> cuts_ = 0;
    std::atomic<int> cut_connections_ = 0;
    std::atomic<bool> stop_ = false;
    std::list<Link> links_; // of the thread, as all its connections
    std::thread thread_;
};

} // namespace thumbjobs::test
