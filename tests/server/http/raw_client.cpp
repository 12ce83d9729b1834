#include "raw_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace thumbd::test {

RawClient::RawClient(std::uint16_t port, int receive_buffer)
    : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_buffer > 0) {
        ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        throw std::runtime_error("cannot connect to the server under test");
    }
}

RawClient::~RawClient() {
    close();
}

RawClient::RawClient(RawClient&& other) noexcept
    : patience(other.patience),
      descriptor_(std::exchange(other.descriptor_, -1)),
      buffer_(std::move(other.buffer_)),
      ended_(other.ended_) {}

void RawClient::close() {
    if (descriptor_ >= 0) {
        ::close(std::exchange(descriptor_, -1));
    }
}

void RawClient::reset() {
    const linger abortive{1, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &abortive, sizeof abortive);
    close();
}

bool RawClient::wait_for(short events) {
    pollfd one{descriptor_, events, 0};
    return ::poll(&one, 1, static_cast<int>(patience.count())) > 0;
}

bool RawClient::send(std::string_view bytes) {
    while (!bytes.empty()) {
        if (!wait_for(POLLOUT)) {
            return false;
        }
        const ssize_t count =
            ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count < 0) {
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

/// Waits for more bytes; false at the end of the stream or of patience.
bool RawClient::fill() {
    std::array<char, 64 * 1024> scratch;
    if (ended_ || descriptor_ < 0 || !wait_for(POLLIN)) {
        return false;
    }
    const ssize_t count = ::recv(descriptor_, scratch.data(), scratch.size(), 0);
    if (count <= 0) {
        ended_ = true;
        return false;
    }
    buffer_.append(scratch.data(), static_cast<std::size_t>(count));
    return true;
}

std::string RawClient::receive(std::size_t size) {
    while (buffer_.size() < size && fill()) {
    }
    std::string taken = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return taken;
}

RawResponse RawClient::response(bool head_only) {
    RawResponse response;
    std::size_t end = std::string::npos;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
        if (!fill()) {
            return response;
        }
    }
    response.head = receive(end + 4);
    response.status = std::stoi(response.head.substr(9, 3));
    for (std::size_t line = response.head.find("\r\n") + 2; line < response.head.size() - 2;) {
        const std::size_t line_end = response.head.find("\r\n", line);
        const std::size_t colon = response.head.find(": ", line);
        std::string name = response.head.substr(line, colon - line);
        std::transform(name.begin(), name.end(), name.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        response.headers[name] = response.head.substr(colon + 2, line_end - colon - 2);
        line = line_end + 2;
    }
    const std::string length = response.header("content-length");
    if (!head_only && !length.empty()) {
        response.body = receive(std::stoul(length));
    }
    return response;
}

std::optional<std::size_t> RawClient::drain_until_closed() {
    std::size_t total = buffer_.size();
    do {
        total += std::exchange(buffer_, {}).size();
    } while (fill());
    return ended_ ? std::optional(total) : std::nullopt;
}

bool RawClient::is_closed() {
    return buffer_.empty() && !fill() && ended_;
}

std::string request(std::string_view method, std::string_view target, std::string_view more_headers,
                    std::string_view body) {
    std::string text(method);
    text += ' ';
    text += target;
    text += " HTTP/1.1\r\nHost: localhost\r\n";
    text += more_headers;
    if (!body.empty()) {
        text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    }
    text += "\r\n";
    text += body;
    return text;
}

} // namespace thumbd::test
