#include "support/http_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace thumbjobs::test {
namespace {

[[noreturn]] void fail(const std::string& what) {
    throw std::runtime_error(what + ": " + std::strerror(errno));
}

} // namespace

HttpClient::HttpClient(std::uint16_t port, std::chrono::seconds patience)
    : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const timeval limit{patience.count(), 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        const int error = errno;
        close(socket_);
        errno = error;
        fail("connect");
    }
}

HttpClient::~HttpClient() {
    close(socket_);
}

void HttpClient::send_all(const void* data, std::size_t size) {
    const auto* next = static_cast<const char*>(data);
    while (size > 0) {
        const ssize_t sent = send(socket_, next, size, MSG_NOSIGNAL);
        if (sent < 0)
            fail("send");
        next += sent;
        size -= static_cast<std::size_t>(sent);
    }
}

void HttpClient::fill() {
    std::array<char, 65536> chunk;
    const ssize_t got = recv(socket_, chunk.data(), chunk.size(), 0);
    if (got < 0)
        fail("recv");
    if (got == 0)
        throw std::runtime_error("the server closed the connection");
    buffer_.append(chunk.data(), static_cast<std::size_t>(got));
}

std::string HttpClient::read_head() {
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
        fill();
    std::string head = buffer_.substr(0, end + 2);
    buffer_.erase(0, end + 4);
    return head;
}

HttpAnswer HttpClient::request(std::string_view method, std::string_view target,
                               std::string_view extra_headers, thumbjobs::ByteView body) {
    std::string head;
    head.append(method).append(" ").append(target).append(" HTTP/1.1\r\nHost: localhost\r\n");
    head.append(extra_headers);
    if (!body.empty())
        head += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    head += "\r\n";
    send_all(head.data(), head.size());
    send_all(body.data(), body.size());

    HttpAnswer answer;
    const std::string reply = read_head();
    if (reply.size() < 12)
        throw std::runtime_error("not an HTTP answer: " + reply);
    answer.status = std::stoi(reply.substr(9, 3));
    for (std::size_t line = reply.find("\r\n") + 2; line < reply.size();) {
        const std::size_t end = reply.find("\r\n", line);
        const std::size_t colon = reply.find(':', line);
        std::string name = reply.substr(line, colon - line);
        std::transform(name.begin(), name.end(), name.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        const std::size_t value = reply.find_first_not_of(' ', colon + 1);
        answer.headers[name] = reply.substr(value, end - value);
        line = end + 2;
    }
    if (answer.status == 204 || answer.status == 304)
        return answer;
    const auto length = answer.headers.find("content-length");
    if (length == answer.headers.end())
        throw std::runtime_error("an answer without Content-Length");
    const std::size_t size = std::stoul(length->second);
    while (buffer_.size() < size)
        fill();
    answer.body = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return answer;
}

void HttpClient::open_stream(std::string_view target, std::string_view extra_headers) {
    std::string head = "GET " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n";
    head.append(extra_headers).append("\r\n");
    send_all(head.data(), head.size());
    const std::string reply = read_head();
    if (!reply.starts_with("HTTP/1.1 200"))
        throw std::runtime_error("no stream: " + reply.substr(0, reply.find('\r')));
}

std::string HttpClient::read_line() {
    std::size_t end = 0;
    while ((end = buffer_.find('\n')) == std::string::npos)
        fill();
    std::string line = buffer_.substr(0, end);
    buffer_.erase(0, end + 1);
    return line;
}

} // namespace thumbjobs::test
