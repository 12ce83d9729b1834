#include "support/scripted_server.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <optional>
#include <stdexcept>
#include <utility>

namespace thumbjobs::test {
namespace {

/// Reads one request; nothing when the connection ends.
class Reader {
public:
    explicit Reader(int connection) : connection_(connection) {}

    std::optional<ScriptedRequest> next() {
        std::size_t end;
        while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
            if (!fill())
                return std::nullopt;
        ScriptedRequest request = parse_head(buffer_.substr(0, end + 2));
        buffer_.erase(0, end + 4);
        if (request.headers.contains("expect"))
            send_text("HTTP/1.1 100 Continue\r\n\r\n");
        const auto length = request.headers.find("content-length");
        const std::size_t wanted = length == request.headers.end() ? 0 : std::stoul(length->second);
        while (buffer_.size() < wanted)
            if (!fill())
                return std::nullopt;
        request.body = buffer_.substr(0, wanted);
        buffer_.erase(0, wanted);
        return request;
    }

    void send_text(const std::string& text) const {
        for (std::size_t sent = 0; sent < text.size();) {
            const ssize_t count =
                send(connection_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
            if (count <= 0)
                return;
            sent += static_cast<std::size_t>(count);
        }
    }

    bool fill() {
        std::array<char, 16384> chunk;
        const ssize_t got = recv(connection_, chunk.data(), chunk.size(), 0);
        if (got > 0)
            buffer_.append(chunk.data(), static_cast<std::size_t>(got));
        return got > 0;
    }

private:
    static ScriptedRequest parse_head(const std::string& head) {
        ScriptedRequest request;
        const std::size_t first = head.find(' ');
        const std::size_t second = head.find(' ', first + 1);
        request.method = head.substr(0, first);
        request.target = head.substr(first + 1, second - first - 1);
        for (std::size_t at = head.find("\r\n") + 2; at < head.size();) {
            const std::size_t end = head.find("\r\n", at);
            const std::size_t colon = head.find(':', at);
            std::string name = head.substr(at, colon - at);
            std::transform(name.begin(), name.end(), name.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
            const std::size_t value = head.find_first_not_of(' ', colon + 1);
            request.headers[name] = head.substr(value, end - value);
            at = end + 2;
        }
        return request;
    }

    int connection_;
    std::string buffer_;
};

std::string http_date() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    std::array<char, 64> text;
    return {text.data(),
            std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

std::string to_text(const ScriptedReply& reply, bool with_body) {
    std::string text = "HTTP/1.1 " + std::to_string(reply.status) + " Scripted\r\n";
    if (!reply.headers.contains("Date"))
        text += "Date: " + http_date() + "\r\n";
    for (const auto& [name, value] : reply.headers)
        text += name + ": " + value + "\r\n";
    if (reply.status != 204)
        text += "Content-Length: " + std::to_string(reply.body.size()) + "\r\n";
    text += "\r\n";
    if (with_body)
        text += reply.how == ScriptedReply::How::truncate
                    ? reply.body.substr(0, reply.body.size() / 2)
                    : reply.body;
    return text;
}

} // namespace

ScriptedServer::ScriptedServer(Script script) : script_(std::move(script)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener_, generic, size) != 0 || listen(listener_, 64) != 0 ||
        getsockname(listener_, generic, &size) != 0)
        throw std::runtime_error(std::string("cannot listen: ") + std::strerror(errno));
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
}

ScriptedServer::~ScriptedServer() {
    std::vector<std::thread> threads;
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        shutdown(listener_, SHUT_RDWR);
        for (const int connection : open_)
            shutdown(connection, SHUT_RDWR);
    }
    acceptor_.join();
    close(listener_);
    {
        const std::lock_guard lock(mutex_);
        threads.swap(threads_);
    }
    for (std::thread& thread : threads)
        thread.join();
}

void ScriptedServer::set_script(Script script) {
    const std::lock_guard lock(mutex_);
    script_ = std::move(script);
}

std::vector<ScriptedRequest> ScriptedServer::requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
}

int ScriptedServer::connections() const {
    const std::lock_guard lock(mutex_);
    return connections_;
}

void ScriptedServer::accept_all() {
    for (;;) {
        const int connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        const std::lock_guard lock(mutex_);
        if (connection < 0 || stopping_) {
            if (connection >= 0)
                close(connection);
            return;
        }
        ++connections_;
        open_.insert(connection);
        threads_.emplace_back([this, connection] { serve(connection); });
    }
}

ScriptedReply ScriptedServer::reply_to(ScriptedRequest request) {
    const std::lock_guard turn(script_mutex_);
    Script script;
    {
        const std::lock_guard lock(mutex_);
        script = script_;
        requests_.push_back(request);
    }
    return script(request);
}

void ScriptedServer::serve(int connection) {
    Reader reader(connection);
    while (auto request = reader.next()) {
        const bool with_body = request->method != "HEAD";
        const ScriptedReply reply = reply_to(std::move(*request));
        if (reply.how == ScriptedReply::How::reset) {
            const linger at_once{1, 0};
            setsockopt(connection, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
            break;
        }
        if (reply.how == ScriptedReply::How::stall) {
            while (reader.fill()) {
            }
            break;
        }
        reader.send_text(to_text(reply, with_body));
        if (reply.how == ScriptedReply::How::truncate)
            break;
    }
    const std::lock_guard lock(mutex_);
    open_.erase(connection);
    close(connection);
}

} // namespace thumbjobs::test
