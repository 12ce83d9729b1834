#pragma once

#include "backends/redis/client/options.h"
#include "backends/redis/client/reply.h"
#include "backends/redis/client/wire.h"

#include <thumbjobs/error.h>
#include <thumbjobs/time.h>

#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thumbjobs::redis {

struct ClientCore;

/// A Lua script.
struct Script {
    Script(std::string_view name, std::string_view source);

    std::string_view name; ///< For messages. Static.
    std::string source;
    std::string sha1; ///< Of `source`: the name by which a server knows it.
};

/// When a command is sent once more after its connection broke.
enum class Repeat {
    if_unsent, ///< Only when the server cannot have executed it.
    always,    ///< Also when it may have: for reads, and for what does no harm twice.
};

/// A server could not be reached, or did not answer in time: store_unavailable, retryable. The
/// detail names host, port and reason.
class Unavailable : public Error {
public:
    /// `server` has no host when none was found; `reason` says who was asked then.
    Unavailable(const Endpoint& server, std::string_view reason, bool maybe_executed);
    ~Unavailable() override;

    /// Whether the command was sent, so that it may have taken effect.
    bool maybe_executed() const noexcept { return maybe_executed_; }

private:
    bool maybe_executed_;
};

/// A connection of its own, for commands that block (BZPOPMIN, XREAD BLOCK). One thread at a time
/// uses it; interrupt() may be called from any.
class Connection {
public:
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Sends a command that the server may hold for `block` before it answers, and waits so long
    /// and the command time-out more. Connects first if need be, after a pause that grows with
    /// failures in a row. Throws Unavailable; Error(cancelled) after interrupt(). An error of the
    /// server is a reply, except those that say to ask elsewhere or later: Unavailable.
    Reply command(Words words, Milliseconds block);
    Reply command(std::initializer_list<std::string_view> words, Milliseconds block);

    /// Ends the call that waits, and every later one, at once.
    void interrupt() noexcept;

private:
    friend class Client;
    struct Impl;
    explicit Connection(std::unique_ptr<Impl> impl);

    std::unique_ptr<Impl> impl_;
};

/// The servers of one URL. Thread-safe; each call borrows a connection from a pool.
///
/// No call takes longer than the command time-out. Within it, connections are made anew with
/// growing pauses and jitter, and what was certainly not executed is sent again: also after errors
/// that say to ask elsewhere or later (MOVED, ASK, READONLY, LOADING, MASTERDOWN, CLUSTERDOWN,
/// TRYAGAIN, BUSY). Other errors of the server are replies of the kind error; see Reply.
///
/// Every method throws Unavailable when the time is over or the effect is unknown, and
/// Error(store_unavailable) when the server refuses the credentials.
class Client {
public:
    /// Connects to nobody yet. Throws Error(invalid_argument) for TLS files that cannot be used.
    explicit Client(ClientOptions options);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    const ClientOptions& options() const noexcept;

    /// In a cluster, the first key decides who is asked; without one, the slot of options().tag().
    [[nodiscard]] Reply command(Words words, Repeat repeat = Repeat::if_unsent);
    [[nodiscard]] Reply command(std::initializer_list<std::string_view> words,
                                Repeat repeat = Repeat::if_unsent);

    /// Runs a script by its name; sends its text only to a server that does not know it.
    [[nodiscard]] Reply eval(const Script& script, Words keys, Words arguments,
                             Repeat repeat = Repeat::if_unsent);

    /// The same, of a script that takes any number of calls' arguments behind the first `shared`,
    /// and answers an array of one reply for each: it may go together with others whose shared ones
    /// are the same. The reply is an array of this call's.
    [[nodiscard]] Reply eval_together(const Script& script, Words keys, Words arguments,
                                      std::size_t shared, Repeat repeat = Repeat::if_unsent);

    /// As eval(), and `then` after it on the same connection, as WAIT wants it: the script's reply,
    /// then one for each of `then`. No command of `then` has keys.
    [[nodiscard]] std::vector<Reply> eval_then(const Script& script, Words keys, Words arguments,
                                               std::span<const Words> then,
                                               Repeat repeat = Repeat::if_unsent);

    /// Sends several commands at once; a reply for each. Not atomic. In a cluster, the first key of
    /// the first command decides for all.
    [[nodiscard]] std::vector<Reply> pipeline(std::span<const Words> commands,
                                              Repeat repeat = Repeat::if_unsent);

    /// A connection to the server of options().tag(). The client must outlive it.
    std::unique_ptr<Connection> dedicated();

private:
    std::vector<Reply> run_script(const Script& script, Words keys, Words arguments,
                                  std::span<const Words> then, std::optional<std::size_t> shared,
                                  Repeat repeat);

    std::unique_ptr<ClientCore> core_;
};

} // namespace thumbjobs::redis
