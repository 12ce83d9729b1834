#pragma once

#include <thumbjobs/blob.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace thumbjobs::test {

struct HttpAnswer {
    int status = 0;
    std::map<std::string, std::string> headers; ///< Names in lower case.
    std::string body;
};

/// One keep-alive connection to a server on loopback; blocking, by one thread at a time. Throws
/// std::runtime_error when the connection fails, nothing comes for `patience`, or the answer is no
/// HTTP with a Content-Length.
class HttpClient {
public:
    explicit HttpClient(std::uint16_t port,
                        std::chrono::seconds patience = std::chrono::seconds(60));
    ~HttpClient();
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    HttpAnswer request(std::string_view method, std::string_view target,
                       std::string_view extra_headers = {}, thumbjobs::ByteView body = {});

    /// Sends a request whose answer has no end, and reads its head only.
    void open_stream(std::string_view target, std::string_view extra_headers = {});

    /// The next line of an open stream, without its end.
    std::string read_line();

private:
    void send_all(const void* data, std::size_t size);
    void fill();
    std::string read_head();

    int socket_;
    std::string buffer_;
};

} // namespace thumbjobs::test
