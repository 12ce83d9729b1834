#pragma once

#include "backends/common/finisher.h"

#include <thumbjobs/registry.h>

#include <memory>

namespace thumbjobs {

/// `png:RESIZER` — a fast path for PNG in front of another resizer, such as `vips:`.
///
/// Makes thumbnails of 8-bit and indexed files that are not interlaced: it unpacks them with ISA-L,
/// averages their rows as they come, and keeps no more of them than the thumbnail needs. RESIZER
/// gets everything else, from the start: other formats, other kinds of PNG, colour profiles, what
/// is damaged in any way, and all that is to be refused. `finisher` does what comes after the
/// scaling.
///
/// Throws Error(invalid_argument) as fast::open_fast_resizer() does.
std::shared_ptr<Resizer> open_png_resizer(BackendUrl url, const BackendContext& context,
                                          const Registry& registry,
                                          std::shared_ptr<const Finisher> finisher);

} // namespace thumbjobs
