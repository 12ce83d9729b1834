#pragma once

#include <string_view>

namespace thumbjobs {

/// Marks a place between two durable steps, where the crash suite can kill the process.
///
/// In builds with THUMBJOBS_FAIL_POINTS, the environment variable THUMBJOBS_FAIL_POINT holds
/// `name` or `name:nth`: the nth pass (the first by default) of any thread raises SIGKILL. In other
/// builds this is nothing.
#ifdef THUMBJOBS_FAIL_POINTS
void fail_point(std::string_view name) noexcept;
#else
inline void fail_point(std::string_view /*name*/) noexcept {}
#endif

} // namespace thumbjobs
