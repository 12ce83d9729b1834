#pragma once

#include "backends/redis/client/client.h"

#include <chrono>
#include <cstdint>
#include <mutex>

namespace thumbjobs::redis {

/// Knows, at most a quarter of a second late, how much memory a Redis server has left, so that
/// submits stop before completions and deletions run into its limit. Thread-safe.
class MemoryGuard {
public:
    /// `reserve` bytes below `maxmemory` are kept free, but at most an eighth of it.
    MemoryGuard(Client& client, std::int64_t reserve) : client_(client), reserve_(reserve) {}

    /// Whether `bytes` more leave the reserve free; true where the server has no limit or does not
    /// tell. Counts them as used until the server is asked again. Throws as Client::command() does.
    bool admits(std::int64_t bytes);

private:
    using SteadyClock = std::chrono::steady_clock;

    Client& client_;
    const std::int64_t reserve_;
    std::mutex mutex_;
    std::int64_t used_ = 0;           // guarded by mutex_
    std::int64_t limit_ = 0;          // guarded by mutex_
    SteadyClock::time_point asked_{}; // guarded by mutex_
};

} // namespace thumbjobs::redis
