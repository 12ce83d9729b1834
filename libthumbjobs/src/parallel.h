#pragma once

#include <cstddef>
#include <functional>

namespace thumbjobs {

/// Calls `work(0)` to `work(count - 1)`, up to eight at a time, each on one of a few threads of
/// which this is one: for many calls to a storage that takes its time. If one throws, no more are
/// begun, and the first exception is thrown here once all have ended.
void for_each_in_parallel(std::size_t count, const std::function<void(std::size_t)>& work);

} // namespace thumbjobs
