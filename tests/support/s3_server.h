#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace thumbjobs::test {

class Certificates;

/// A real S3 server, which verifies signatures, on a free port of 127.0.0.1, with one bucket and a
/// data folder of its own (tests/s3/server.mjs). It ends with the object, and with the test that
/// started it. Not thread-safe.
class S3Server {
public:
    struct Options {
        bool conditional = true;                    ///< Honours `If-None-Match: *` of a PUT.
        const Certificates* certificates = nullptr; ///< Speaks https with them if given.
    };

    /// Throws std::runtime_error unless it listens.
    S3Server() : S3Server(Options{}) {}
    explicit S3Server(Options options);
    ~S3Server();
    S3Server(const S3Server&) = delete;
    S3Server& operator=(const S3Server&) = delete;

    std::uint16_t port() const noexcept { return port_; }
    pid_t pid() const noexcept { return pid_; }

    /// `s3://thumbjobs-tests/PREFIX?endpoint=...`; by way of another port if it is not 0.
    std::string url(const std::string& prefix, std::uint16_t port = 0) const;

    /// The variables that hold its credentials, `NAME=value`.
    static std::vector<std::string> environment();

    /// How many objects lie in the bucket below `prefix`, stamps not counted.
    int objects(const std::string& prefix) const;

private:
    void stop();

    std::string folder_;
    std::uint16_t port_ = 0;
    pid_t pid_ = -1;
    bool tls_ = false;
    int input_ = -1;  ///< Its standard input: it ends when this is closed.
    int output_ = -1; ///< Its standard output.
};

} // namespace thumbjobs::test
