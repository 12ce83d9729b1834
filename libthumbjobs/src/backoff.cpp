#include "src/backoff.h"

#include <algorithm>

namespace thumbjobs {

Milliseconds retry_delay(const RetryPolicy& policy, int attempt, std::uint64_t random) {
    Milliseconds bound = std::min(policy.base_delay, policy.max_delay);
    for (int i = 1; i < attempt && bound < policy.max_delay; ++i)
        bound = bound > policy.max_delay / 2 ? policy.max_delay : bound * 2;
    const auto values = static_cast<std::uint64_t>(bound.count()) + 1;
    return Milliseconds{static_cast<Milliseconds::rep>(random % values)};
}

} // namespace thumbjobs
