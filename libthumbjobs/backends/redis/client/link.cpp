#include "backends/redis/client/link.h"

#include "backends/redis/client/tls.h"
#include "src/text.h"

#include <thumbjobs/error.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace thumbjobs::redis {
namespace {

constexpr std::size_t read_size = 64 << 10;

/// Greets the server. A password is in no message: replies to AUTH do not repeat it.
void require_accepted(const Link& link, const Reply& reply, std::string_view what) {
    if (!reply.is_error())
        return;
    throw Error(ErrorCode::store_unavailable, "Redis refuses the connection.",
                link.server().to_string() + ": " + std::string(what) + ": " +
                    to_valid_utf8(reply.error_line()));
}

void authenticate(Link& link, const Credentials& credentials, Deadline deadline) {
    if (credentials.password.empty())
        return;
    std::vector<std::string_view> words{"AUTH"};
    if (!credentials.user.empty())
        words.push_back(credentials.user);
    const std::string password = current_password(credentials);
    words.push_back(password);
    require_accepted(link, link.exchange(words, deadline), "AUTH");
}

} // namespace

Link::Link(Endpoint server, std::unique_ptr<Transport> transport, std::size_t max_reply)
    : server_(std::move(server)), transport_(std::move(transport)), reader_(max_reply) {}

void Link::send(std::string_view wire, std::size_t replies, Deadline deadline) {
    outstanding_ += replies;
    broken_ = true;
    transport_->write_all(wire, deadline);
    broken_ = false;
}

Reply Link::receive(Deadline deadline) {
    broken_ = true;
    std::array<char, read_size> chunk;
    for (;;) {
        if (auto reply = reader_.next()) {
            --outstanding_;
            broken_ = false;
            return std::move(*reply);
        }
        const std::size_t size = transport_->read_some(chunk, deadline);
        reader_.feed({chunk.data(), size});
    }
}

Reply Link::exchange(Words words, Deadline deadline) {
    std::string wire;
    append_command(wire, words);
    send(wire, 1, deadline);
    return receive(deadline);
}

bool Link::is_reusable() noexcept {
    return !broken_ && outstanding_ == 0 && reader_.empty() && transport_->is_quiet();
}

Connector::Connector(const ClientOptions& options)
    : options_(options),
      tls_(options.tls.enabled ? std::make_unique<TlsContext>(options.tls) : nullptr) {}

Connector::~Connector() = default;

std::unique_ptr<Link> Connector::connect(const Endpoint& server, Deadline deadline,
                                         int interrupt) const {
    auto transport = connect_plain(server, deadline, interrupt);
    if (tls_)
        transport = tls_->wrap(std::move(transport), server.host, deadline);
    return std::make_unique<Link>(server, std::move(transport), options_.max_reply);
}

std::unique_ptr<Link> Connector::open(const Endpoint& server, Deadline deadline,
                                      int interrupt) const {
    deadline = std::min(deadline, Deadline::clock::now() + options_.connect_timeout);
    auto link = connect(server, deadline, interrupt);
    authenticate(*link, options_.credentials, deadline);
    if (options_.database != 0) {
        const std::string number = std::to_string(options_.database);
        const std::array<std::string_view, 2> select{"SELECT", number};
        require_accepted(*link, link->exchange(select, deadline), "SELECT " + number);
    }
    return link;
}

std::unique_ptr<Link> Connector::open_sentinel(const Endpoint& server, Deadline deadline) const {
    deadline = std::min(deadline, Deadline::clock::now() + options_.connect_timeout);
    auto link = connect(server, deadline, -1);
    authenticate(*link, options_.sentinel_credentials, deadline);
    return link;
}

void throw_unavailable(const Endpoint& server, std::string_view reason) {
    throw Error(ErrorCode::store_unavailable, "Redis does not answer.",
                server.to_string() + ": " + std::string(reason));
}

} // namespace thumbjobs::redis
