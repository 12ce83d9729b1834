#pragma once

#include "backends/sandbox/protocol.h"

namespace thumbjobs::worker {

/// Gives up, for the life of the process, what making renditions does not need: privileges, files,
/// network, programs, and memory and time without end. The death notes must have been set up.
/// Returns the Landlock ABI in force, 0 for none. Throws Error(incompatible).
int lock_down(const sandbox::Setup& setup);

} // namespace thumbjobs::worker
