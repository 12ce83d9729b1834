#pragma once

#include <thumbjobs/blob.h>

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace bench {

struct HttpAnswer {
    int status = 0;
    std::map<std::string, std::string> headers; ///< Names in lower case.
    std::string body;
};

/// One keep-alive connection to a server on loopback; blocking. Throws std::runtime_error when the
/// connection fails or the answer is no HTTP with a Content-Length.
class HttpClient {
public:
    explicit HttpClient(std::uint16_t port);
    ~HttpClient();
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    HttpAnswer request(std::string_view method, std::string_view target,
                       std::string_view extra_headers = {}, thumbjobs::ByteView body = {});

    /// Sends a request whose answer has no end, and reads its head only.
    void open_stream(std::string_view target);

private:
    void send_all(const void* data, std::size_t size);
    void fill();
    std::string read_head();

    int socket_;
    std::string buffer_;
};

/// A thumbd of its own on a free port, ended with the object.
class Daemon {
public:
    /// Throws std::runtime_error unless it prints the line `listening on` within 20 seconds.
    Daemon(const std::string& binary, const std::string& data_dir, int workers);
    ~Daemon();
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;

    pid_t pid() const { return pid_; }
    std::uint16_t port() const { return port_; }

private:
    pid_t pid_ = -1;
    int output_ = -1; ///< Kept open: a closed pipe would be an error for the daemon.
    std::uint16_t port_ = 0;
};

} // namespace bench
