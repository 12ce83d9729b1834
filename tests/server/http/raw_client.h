#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace thumbd::test {

/// One answer as it came over the wire.
struct RawResponse {
    int status = 0; ///< 0 when there was none.
    std::string head;
    std::string body;
    std::map<std::string, std::string> headers; ///< Names in lower case.

    std::string header(const std::string& name) const {
        const auto found = headers.find(name);
        return found == headers.end() ? std::string() : found->second;
    }
};

/// A client that says exactly the bytes it is told to, over a blocking TCP connection to the
/// loopback. Every wait ends after `patience`. One thread at a time.
class RawClient {
public:
    /// `receive_buffer` in bytes, 0 for the system's own: a small one makes a slow reader.
    explicit RawClient(std::uint16_t port, int receive_buffer = 0);
    ~RawClient();
    RawClient(RawClient&& other) noexcept;
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    /// Sends all of it; false when the connection breaks first.
    bool send(std::string_view bytes);

    /// The next answer; `head_only` for an answer to HEAD. Status 0 when none came.
    RawResponse response(bool head_only = false);

    /// At most `size` bytes; fewer at the end of the stream or of patience.
    std::string receive(std::size_t size);

    /// Reads and drops until the server closes; how many bytes there were, or nothing when it did
    /// not close in time.
    std::optional<std::size_t> drain_until_closed();

    /// Whether the server has closed and everything it sent has been read.
    bool is_closed();

    /// Hangs up without a goodbye.
    void reset();
    void close();

    std::chrono::milliseconds patience{5000};

private:
    bool wait_for(short events);
    bool fill();

    int descriptor_ = -1;
    std::string buffer_;
    bool ended_ = false;
};

/// A request with `Host` and whatever else is given, e.g. "Connection: close\r\n".
std::string request(std::string_view method, std::string_view target,
                    std::string_view more_headers = {}, std::string_view body = {});

} // namespace thumbd::test
