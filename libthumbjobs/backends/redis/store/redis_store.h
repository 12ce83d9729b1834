#pragma once

#include <thumbjobs/registry.h>

#include <memory>
#include <string_view>

namespace thumbjobs {

/// Opens `redis:`, `rediss:`, `redis+sentinel:` and `redis+cluster:` URLs; docs/operations.md has
/// their options. Beside those of redis::ClientOptions there is
///
///   durability=async    a submit is acknowledged when Redis has executed it (the default);
///   durability=aof      ... when its append-only file is synced as well (Redis 7.2 and later);
///   durability=replica  ... when a replica has received it as well.
///
/// Throws Error(invalid_argument) for bad options, and for a durability that the server does not
/// have; Error(incompatible) for a store of a newer version; Error(store_unavailable).
std::shared_ptr<JobStore> open_redis_store(BackendUrl url, const BackendContext& context);

} // namespace thumbjobs
