#pragma once

#include <thumbjobs/registry.h>

namespace thumbjobs::worker {

/// All that a helper process does: takes its set-up from the service, opens the resizer by
/// `registry`, warms it up, gives up what it does not need, proves that, and then makes renditions
/// until the service closes the socket. Returns the exit status.
int run(const Registry& registry);

} // namespace thumbjobs::worker
