#include "backends/redis/client/client.h"

#include "backends/redis/client/client_core.h"
#include "backends/redis/client/slots.h"
#include "src/backoff.h"
#include "src/decimal.h"
#include "src/random.h"
#include "src/text.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <new>
#include <numeric>
#include <thread>
#include <utility>

namespace thumbjobs::redis {
namespace {

std::string sha1_hex(std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1)
        throw std::bad_alloc();
    return to_hex(std::as_bytes(std::span(digest.data(), size)));
}

/// One call on its way: what is still to be answered, and how long that may take.
class Run {
public:
    Run(ClientCore& client, unsigned slot, std::span<const Words> commands, Repeat repeat,
        std::size_t shared)
        : client_(client),
          slot_(slot),
          commands_(commands),
          repeat_(repeat),
          shared_(shared),
          deadline_(Deadline::clock::now() + client.options.command_timeout),
          replies_(commands.size()),
          open_(commands.size()) {
        std::iota(open_.begin(), open_.end(), std::size_t{0});
    }

    std::vector<Reply> finish() {
        while (!open_.empty()) {
            try {
                exchange();
            } catch (const TransportError& error) {
                after_failure(error);
                continue;
            }
            look_at_replies();
        }
        return std::move(replies_);
    }

private:
    /// Sends what is open, and receives the replies.
    void exchange() {
        sent_ = false;
        server_ = {}; // of nobody yet, if nobody can be found
        server_ = asked_for_ ? *asked_for_ : client_.router->find(slot_, deadline_);
        if (!std::exchange(tried_, true) && client_.convoy.takes(commands_) && go_with_others())
            return;
        const std::string wire = format();
        const Pool::Lease link = client_.pool.borrow(server_, deadline_);
        sent_ = open_.size() > 1; // should this fail, only the last has certainly not been seen
        link->send(wire, open_.size() * (asked_for_ ? 2 : 1), deadline_);
        sent_ = true;
        for (const std::size_t index : open_) {
            if (asked_for_)
                link->receive(deadline_);
            replies_[index] = link->receive(deadline_);
        }
    }

    /// Only the first try: what failed once is not to fail others.
    bool go_with_others() {
        sent_ = true; // if this throws
        std::optional<Reply> reply =
            client_.convoy.exchange(server_, commands_.front(), shared_, deadline_);
        sent_ = reply.has_value();
        if (reply)
            replies_.front() = std::move(*reply);
        else if (Deadline::clock::now() >= deadline_)
            throw TransportError(TransportError::Kind::timed_out,
                                 "earlier calls stayed without an answer");
        return sent_;
    }

    std::string format() const {
        std::string wire;
        constexpr std::array<std::string_view, 1> asking{"ASKING"};
        for (const std::size_t index : open_) {
            if (asked_for_)
                append_command(wire, asking);
            append_command(wire, commands_[index]);
        }
        return wire;
    }

    /// After a broken connection.
    void after_failure(const TransportError& error) {
        client_.router->doubt(server_);
        asked_for_.reset();
        const bool maybe_executed = sent_;
        if (maybe_executed && repeat_ != Repeat::always)
            throw Unavailable(server_, error.what(), true);
        pause_or_throw(error.what(), maybe_executed);
    }

    /// Drops from `open_` what is answered; learns from the rest, which was not executed.
    void look_at_replies() {
        std::erase_if(
            open_, [this](std::size_t index) { return judge(replies_[index]) == Verdict::answer; });
        if (open_.empty())
            return;
        const Reply& reply = replies_[open_.front()];
        const Verdict verdict = judge(reply);
        const auto target = redirect_target(reply, server_);
        asked_for_.reset();
        if (target && redirects_++ < max_redirects) {
            if (verdict == Verdict::moved)
                client_.router->moved(slot_, *target);
            else
                asked_for_ = target;
            if (Deadline::clock::now() < deadline_)
                return;
        } else if (verdict != Verdict::later) {
            client_.router->doubt(server_);
            client_.pool.forget(server_);
        }
        pause_or_throw(to_valid_utf8(reply.error_line()), false);
    }

    void pause_or_throw(std::string_view reason, bool maybe_executed) {
        const Deadline again = Deadline::clock::now() + pauses_.next();
        if (again >= deadline_)
            throw Unavailable(server_, reason, maybe_executed);
        std::this_thread::sleep_until(again);
    }

    static constexpr int max_redirects = 16;

    ClientCore& client_;
    const unsigned slot_;
    const std::span<const Words> commands_;
    const Repeat repeat_;
    const std::size_t shared_;
    const Deadline deadline_;
    std::vector<Reply> replies_;
    std::vector<std::size_t> open_; ///< Indices of commands without a reply that counts.
    Endpoint server_;               ///< Asked last.
    std::optional<Endpoint> asked_for_;
    int redirects_ = 0;
    bool tried_ = false;
    bool sent_ = false;
    Pauses pauses_;
};

} // namespace

Verdict judge(const Reply& reply) noexcept {
    if (!reply.is_error())
        return Verdict::answer;
    const std::string_view code = reply.error_code();
    if (code == "MOVED")
        return Verdict::moved;
    if (code == "ASK")
        return Verdict::ask;
    if (code == "READONLY" || code == "MASTERDOWN" || code == "CLUSTERDOWN")
        return Verdict::elsewhere;
    if (code == "LOADING" || code == "TRYAGAIN" || code == "BUSY")
        return Verdict::later;
    return Verdict::answer;
}

/// `MOVED 3999 127.0.0.1:6381`
std::optional<Endpoint> redirect_target(const Reply& reply, const Endpoint& asked) {
    if (judge(reply) != Verdict::moved && judge(reply) != Verdict::ask)
        return std::nullopt;
    const std::string_view line = reply.error_line();
    const std::string_view place = line.substr(line.rfind(' ') + 1);
    const std::size_t colon = place.rfind(':');
    if (colon == std::string_view::npos)
        return std::nullopt;
    const auto port = parse_decimal<std::uint16_t>(place.substr(colon + 1));
    if (!port || *port == 0)
        return std::nullopt;
    const std::string_view host = place.substr(0, colon);
    return Endpoint{host.empty() ? asked.host : std::string(host), *port};
}

Milliseconds Pauses::next() {
    constexpr RetryPolicy policy{.base_delay = Milliseconds(20), .max_delay = Milliseconds(1'000)};
    count_ = std::min(count_ + 1, 16);
    return std::max(retry_delay(policy, count_, random_u64()), Milliseconds(1));
}

Unavailable::Unavailable(const Endpoint& server, std::string_view reason, bool maybe_executed)
    : Error(ErrorCode::store_unavailable, "Redis does not answer.",
            (server.host.empty() ? "" : server.to_string() + ": ") + std::string(reason) +
                (maybe_executed ? "; the command may have been executed" : "")),
      maybe_executed_(maybe_executed) {}

Unavailable::~Unavailable() = default;

Script::Script(std::string_view script_name, std::string_view text)
    : name(script_name), source(text), sha1(sha1_hex(text)) {}

ClientCore::ClientCore(ClientOptions given)
    : options(std::move(given)),
      home_slot(slot_of(options.tag())),
      connector(options),
      router(make_router(options, connector)),
      pool(connector, *router, options.connections),
      convoy(pool, options.lanes) {}

std::vector<Reply> ClientCore::run(unsigned slot, std::span<const Words> commands, Repeat repeat,
                                   std::size_t shared) {
    return Run(*this, slot, commands, repeat, shared).finish();
}

Client::Client(ClientOptions options) : core_(std::make_unique<ClientCore>(std::move(options))) {}

Client::~Client() = default;

const ClientOptions& Client::options() const noexcept {
    return core_->options;
}

Reply Client::command(Words words, Repeat repeat) {
    return std::move(pipeline({&words, 1}, repeat).front());
}

Reply Client::command(std::initializer_list<std::string_view> words, Repeat repeat) {
    return command(Words(words.begin(), words.size()), repeat);
}

Reply Client::eval(const Script& script, Words keys, Words arguments, Repeat repeat) {
    return std::move(eval_then(script, keys, arguments, {}, repeat).front());
}

Reply Client::eval_together(const Script& script, Words keys, Words arguments, std::size_t shared,
                            Repeat repeat) {
    return std::move(run_script(script, keys, arguments, {}, shared, repeat).front());
}

std::vector<Reply> Client::eval_then(const Script& script, Words keys, Words arguments,
                                     std::span<const Words> then, Repeat repeat) {
    return run_script(script, keys, arguments, then, {}, repeat);
}

/// Without `shared` arguments it goes for itself.
std::vector<Reply> Client::run_script(const Script& script, Words keys, Words arguments,
                                      std::span<const Words> then,
                                      std::optional<std::size_t> shared, Repeat repeat) {
    const std::string key_count = std::to_string(keys.size());
    std::vector<std::string_view> words{"EVALSHA", script.sha1, key_count};
    words.insert(words.end(), keys.begin(), keys.end());
    const std::size_t shared_words = shared ? words.size() + *shared : 0;
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<Words> commands{words};
    commands.insert(commands.end(), then.begin(), then.end());
    const unsigned slot = keys.empty() ? core_->home_slot : slot_of(keys.front());
    auto replies = core_->run(slot, commands, repeat, shared_words);
    if (!replies.front().is_error("NOSCRIPT"))
        return replies;
    words[0] = "EVAL";
    words[1] = script.source;
    return core_->run(slot, commands, repeat);
}

std::vector<Reply> Client::pipeline(std::span<const Words> commands, Repeat repeat) {
    if (commands.empty())
        return {};
    const std::string_view key = first_key(commands.front());
    const unsigned slot = key.empty() ? core_->home_slot : slot_of(key);
    return core_->run(slot, commands, repeat);
}

} // namespace thumbjobs::redis
