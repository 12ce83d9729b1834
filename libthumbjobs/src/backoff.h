#pragma once

#include <thumbjobs/options.h>

#include <cstdint>

namespace thumbjobs {

/// How long to wait after the `attempt`th failure (from 1): exponential backoff with full jitter,
///
///     random_between(0, min(max_delay, base_delay * 2^(attempt - 1)))
///
/// as in Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015. `random` is
/// a uniformly distributed 64-bit number.
Milliseconds retry_delay(const RetryPolicy& policy, int attempt, std::uint64_t random);

} // namespace thumbjobs
