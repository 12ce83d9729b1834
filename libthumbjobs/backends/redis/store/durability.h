#pragma once

#include "backends/redis/client/client.h"

#include <optional>
#include <string>

namespace thumbjobs::redis {

/// What Redis must have done before a submit or a completion counts.
enum class Durability {
    async,   ///< Executed it; its own `appendfsync` decides what a crash of the server costs.
    aof,     ///< Synced it to its append-only file.
    replica, ///< Sent it to a replica, which has received it.
};

/// Throws Error(invalid_argument) for another name. Nothing: async.
Durability parse_durability(const std::optional<std::string>& name);

/// Runs scripts and waits for what the durability asks for. Thread-safe.
class DurabilityCheck {
public:
    explicit DurabilityCheck(Durability durability) : durability_(durability) {}

    /// Throws Error(invalid_argument) if the server cannot do it.
    void require(Client& client) const;

    bool waits() const noexcept { return durability_ != Durability::async; }

    /// Throws Error(store_unavailable) when the confirmation did not come in time: the script took
    /// effect, but a crash may yet undo it. An error of the script's is its reply.
    Reply eval(Client& client, const Script& script, Words keys, Words arguments,
               Repeat repeat) const;

private:
    const Durability durability_;
};

} // namespace thumbjobs::redis
