#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace thumbjobs::test {

/// How a program ended.
struct ExitStatus {
    int code = -1;  ///< Of a normal exit, else -1.
    int signal = 0; ///< That ended it, else 0.
};

/// A real thumbd on a free port of 127.0.0.1, killed and waited for with the object. Not
/// thread-safe.
class ThumbdProcess {
public:
    struct Options {
        std::string binary{};                 ///< Empty: the one of this build.
        std::string data_dir{};               ///< Made by thumbd; its log goes to `<data_dir>.log`.
        std::vector<std::string> arguments{}; ///< After `--listen 127.0.0.1:0 --data-dir DIR`.
        std::vector<std::string> environment{}; ///< `NAME=value`, beside the test's own.
        std::chrono::seconds patience{20};      ///< For the line `listening on`.
    };

    /// Throws std::runtime_error, with the end of the log, unless thumbd says where it listens.
    explicit ThumbdProcess(const Options& options);
    ~ThumbdProcess();
    ThumbdProcess(const ThumbdProcess&) = delete;
    ThumbdProcess& operator=(const ThumbdProcess&) = delete;

    pid_t pid() const noexcept { return pid_; }
    std::uint16_t port() const noexcept { return port_; }
    std::string url() const; ///< `http://127.0.0.1:PORT`, or https as thumbd printed it.

    void send_signal(int signal) const;

    /// Waits for its end; nothing if it still runs after `patience`.
    std::optional<ExitStatus> wait(std::chrono::milliseconds patience);

    /// SIGKILL, and waits.
    void kill();

    /// SIGTERM, and waits; throws std::runtime_error if it still runs after `patience`.
    ExitStatus terminate(std::chrono::milliseconds patience = std::chrono::seconds(30));

    /// What it has written to standard error so far.
    std::string log() const;

private:
    std::string log_path_;
    std::string url_;
    pid_t pid_ = -1;
    int output_ = -1; ///< Kept open: a closed pipe would be an error for thumbd.
    std::uint16_t port_ = 0;
    std::optional<ExitStatus> end_;
};

/// What a program that ran to its end left behind.
struct Finished {
    ExitStatus status{};
    std::string output{};
    std::string errors{};
};

/// Runs a program to its end, standard input closed. Throws std::runtime_error if it cannot be
/// started or still runs after `patience` (it is killed then).
Finished run_program(const std::vector<std::string>& words,
                     const std::vector<std::string>& environment = {},
                     std::chrono::milliseconds patience = std::chrono::seconds(30));

/// The thumbd of this build.
std::string thumbd_binary();

} // namespace thumbjobs::test
