#pragma once

#include <atomic>
#include <cstdint>

namespace thumbjobs::worker {

/// From now on, sets `flag` to 1 whenever an allocation of any library fails. A decoder may pass
/// over that and return a half-made image as if all were well.
void watch_allocations(std::atomic<std::uint32_t>& flag) noexcept;

} // namespace thumbjobs::worker
