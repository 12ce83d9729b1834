#include "backends/redis/storage/memory_guard.h"

#include "backends/redis/client/facts.h"

#include <algorithm>

namespace thumbjobs::redis {

bool MemoryGuard::admits(std::int64_t bytes) {
    constexpr std::chrono::milliseconds freshness{250};
    constexpr int largest_part = 8;
    const std::scoped_lock lock(mutex_);
    if (SteadyClock::now() - asked_ > freshness) {
        const MemoryUse use = read_memory(client_);
        used_ = use.used;
        limit_ = use.limit;
        asked_ = SteadyClock::now();
    }
    if (limit_ == 0)
        return true;
    if (used_ + bytes > limit_ - std::min(reserve_, limit_ / largest_part))
        return false;
    used_ += bytes;
    return true;
}

} // namespace thumbjobs::redis
