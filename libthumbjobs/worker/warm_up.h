#pragma once

#include <thumbjobs/resizer.h>

namespace thumbjobs::worker {

/// Decodes a tiny sample of every format that `resizer` takes and encodes every output format, so
/// that all libraries, tables, profiles and fonts are in memory before the lock.
void warm_up(Resizer& resizer);

} // namespace thumbjobs::worker
