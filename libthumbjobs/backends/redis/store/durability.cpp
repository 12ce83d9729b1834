#include "backends/redis/store/durability.h"

#include "src/text.h"

#include <algorithm>
#include <array>

namespace thumbjobs::redis {
namespace {

[[noreturn]] void refuse_aof(std::string_view why) {
    throw Error(
        ErrorCode::invalid_argument,
        "durability is aof, but this Redis cannot wait for its append-only file: that takes "
        "Redis 7.2 or later with appendonly yes. Accepted otherwise: async, replica.",
        std::string(why));
}

/// How long a server waits for a confirmation, in milliseconds: the rest of a call's time is for
/// the call itself.
std::string patience_of(const Client& client) {
    return std::to_string(std::max<std::int64_t>(client.options().command_timeout.count() / 2, 1));
}

} // namespace

Durability parse_durability(const std::optional<std::string>& name) {
    if (!name || *name == "async")
        return Durability::async;
    if (*name == "aof")
        return Durability::aof;
    if (*name == "replica")
        return Durability::replica;
    throw Error(ErrorCode::invalid_argument,
                "durability is " + in_quotes(*name) + "; accepted: async, aof, replica");
}

void DurabilityCheck::require(Client& client) const {
    if (durability_ != Durability::aof)
        return;
    const std::string patience = patience_of(client);
    const Reply answer = client.command({"WAITAOF", "1", "0", patience}, Repeat::always);
    if (answer.is_error())
        refuse_aof(answer.error_line());
}

Reply DurabilityCheck::eval(Client& client, const Script& script, Words keys, Words arguments,
                            Repeat repeat) const {
    const std::string patience = patience_of(client);
    const std::array<std::string_view, 3> wait_replica{"WAIT", "1", patience};
    const std::array<std::string_view, 4> wait_aof{"WAITAOF", "1", "0", patience};
    const Words wait = durability_ == Durability::aof ? Words(wait_aof) : Words(wait_replica);
    std::vector<Reply> replies =
        client.eval_then(script, keys, arguments, std::span(&wait, 1), repeat);
    if (replies.at(0).is_error())
        return std::move(replies[0]);
    const Reply& confirmed = replies.at(1).require();
    const std::int64_t copies =
        durability_ == Durability::aof ? confirmed.at(0).number() : confirmed.number();
    if (copies < 1)
        throw Error(ErrorCode::store_unavailable,
                    "The job store could not confirm in time that it kept the change.",
                    std::string(wait[0]) + " " + std::string(script.name) +
                        ": no confirmation within " + patience + " ms");
    return std::move(replies[0]);
}

} // namespace thumbjobs::redis
