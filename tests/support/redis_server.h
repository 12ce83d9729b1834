#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace thumbjobs::test {

/// A folder under the system's temporary one, removed with all that is in it with the object.
class TempFolder {
public:
    TempFolder();
    ~TempFolder();
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;

    const std::string& path() const noexcept { return path_; }

private:
    std::string path_;
};

class Certificates;

/// A real redis-server on a free port of 127.0.0.1, with a data folder of its own. Not thread-safe.
/// It ends with the object, and with the thread that started it: start it where the test runs.
class RedisServer {
public:
    struct Options {
        std::string append_fsync{};        ///< `always`, `everysec` or `no`; empty: no persistence.
        std::string max_memory{};          ///< `8mb`; empty: no limit.
        std::string password{};            ///< Of the default user; empty: none is wanted.
        std::vector<std::string> config{}; ///< Further lines of its configuration file.
        bool sentinel = false;             ///< Runs as a Sentinel.
        bool cluster = false;              ///< Is a node of a cluster, so far without others.
        bool tls = false;                  ///< Speaks TLS only, with `certificates`.
        const Certificates* certificates = nullptr; ///< Outlive the server; needed for `tls`.
    };

    /// Throws std::runtime_error, with its log, unless it is ready to serve.
    RedisServer();
    explicit RedisServer(Options options);
    ~RedisServer();
    RedisServer(const RedisServer&) = delete;
    RedisServer& operator=(const RedisServer&) = delete;

    std::uint16_t port() const noexcept { return port_; }
    pid_t pid() const noexcept { return pid_; }

    /// `redis://127.0.0.1:PORT`, with the password if it has one, and `?query` unless that is
    /// empty.
    std::string url(std::string_view query = {}) const;

    void send_signal(int signal) const;

    /// SIGKILL, and waits.
    void kill();

    /// SIGTERM, and waits: what is persisted is flushed.
    void stop();

    /// Starts it again, on the same port and data.
    void start();

    bool is_running() const noexcept { return pid_ > 0; }

    /// Waits until `condition` holds; throws std::runtime_error if it ends, or if half a minute
    /// passes, before that.
    void wait_until(const std::function<bool()>& condition) const;

    /// What it has logged so far.
    std::string log() const;

    /// Its data folder.
    const std::string& folder() const noexcept { return folder_.path(); }

private:
    bool try_to_start();
    void write_config() const;
    void wait_for_end();

    Options options_;
    TempFolder folder_;
    std::uint16_t port_ = 0;
    pid_t pid_ = -1;
};

/// A port of 127.0.0.1 that is free now; somebody else may take it before it is used.
std::uint16_t free_port();

} // namespace thumbjobs::test
