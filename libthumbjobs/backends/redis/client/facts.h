#pragma once

#include "backends/redis/client/client.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace thumbjobs::redis {

/// What a server says of itself. What the user may not ask for is unset.
struct ServerFacts {
    int version = 0; ///< 70015 is 7.0.15; 0 when unknown.
    std::string version_text{};
    bool cluster = false;
    std::int64_t used_memory = 0;  ///< Bytes.
    std::int64_t max_memory = 0;   ///< Bytes; 0: no limit.
    std::string eviction_policy{}; ///< `noeviction`, ...
    std::optional<bool> append_only{};
    std::string append_fsync{}; ///< `always`, `everysec`, `no`; empty when unknown.
    int replicas = 0;           ///< Connected.
};

/// Asks the server of the client's namespace by INFO and, where allowed, CONFIG GET. Throws as
/// Client::command() does.
ServerFacts read_facts(Client& client);

/// How much memory a server takes.
struct MemoryUse {
    std::int64_t used = 0;  ///< Bytes.
    std::int64_t limit = 0; ///< Bytes; 0: none, or not known.
};

/// Asks for that alone. Throws as Client::command() does.
MemoryUse read_memory(Client& client);

/// Throws Error(incompatible) for a server older than 6.2.
void require_version(const ServerFacts& facts);

/// What an operator should know before jobs are entrusted to the server; a sentence each.
std::vector<std::string> warnings_of(const ServerFacts& facts, const ClientOptions& options);

/// What a backend does when it is opened: reads the facts, refuses too old a server, and warns.
/// Throws as Client::command() and require_version() do.
ServerFacts check_server(Client& client, const BackendContext& context);

} // namespace thumbjobs::redis
