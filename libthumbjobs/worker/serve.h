#pragma once

#include "backends/sandbox/protocol.h"
#include "backends/sandbox/status_page.h"

#include <thumbjobs/resizer.h>

namespace thumbjobs::worker {

/// Works on one job after the other until the service closes the socket. `input` is the memory that
/// the service writes images into. Returns the exit status.
int serve(Resizer& resizer, const sandbox::Setup& setup, ByteView input,
          sandbox::StatusPage& status);

} // namespace thumbjobs::worker
