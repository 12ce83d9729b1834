#pragma once

#include "backends/common/finisher.h"

#include <thumbjobs/registry.h>

#include <memory>

namespace thumbjobs {

/// `webp:RESIZER` — a fast path for WebP in front of another resizer, such as `vips:`.
///
/// Makes thumbnails of lossy pictures without transparency: libwebp decodes their planes, which are
/// scaled as they are and written as JPEG without becoming RGB. RESIZER gets everything else, from
/// the start: other formats, lossless, transparent and animated files, colour profiles, what is
/// damaged in any way, and all that is to be refused. `finisher` does what comes after the scaling
/// where that is more than writing a JPEG file.
///
/// Throws Error(invalid_argument) as fast::open_fast_resizer() does.
std::shared_ptr<Resizer> open_webp_resizer(BackendUrl url, const BackendContext& context,
                                           const Registry& registry,
                                           std::shared_ptr<const Finisher> finisher);

} // namespace thumbjobs
