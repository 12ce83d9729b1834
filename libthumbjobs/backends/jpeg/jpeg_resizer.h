#pragma once

#include "backends/common/finisher.h"

#include <thumbjobs/registry.h>

#include <memory>

namespace thumbjobs {

/// `jpeg:RESIZER` — a fast path for JPEG in front of another resizer, such as `vips:`.
///
/// Makes thumbnails of 8-bit grey and YCbCr files, baseline and progressive, at a fraction of what
/// a general decoder takes: it decodes no more than the thumbnail needs and works on the file's own
/// planes. RESIZER, which `registry` opens with the URL's options, gets everything else, from the
/// start: other formats, other kinds of JPEG, what is damaged in any way, and all that is to be
/// refused, so that errors are always its own. `finisher` does what comes after the scaling where
/// that is more than writing a JPEG file.
///
/// Throws Error(invalid_argument) for a URL that names no resizer, or a sandbox, which belongs
/// around this one.
std::shared_ptr<Resizer> open_jpeg_resizer(BackendUrl url, const BackendContext& context,
                                           const Registry& registry,
                                           std::shared_ptr<const Finisher> finisher);

} // namespace thumbjobs
