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
/// With `prefer_embedded_preview=1` (default 0), the thumbnail that a camera has put into the
/// file's EXIF block stands for the picture where that saves work: it is large enough, and shows
/// what the picture shows as far as a coarse look can tell (see jpeg/preview.h).
///
/// With `threads_per_image=N` (1 to 4, default 2), so many threads at the most read a huge
/// baseline file, one for each processor that there is (see jpeg/scan_pieces.h).
///
/// Throws Error(invalid_argument) for other values of these, for a URL that names no resizer, or a
/// sandbox, which belongs around this one.
std::shared_ptr<Resizer> open_jpeg_resizer(BackendUrl url, const BackendContext& context,
                                           const Registry& registry,
                                           std::shared_ptr<const Finisher> finisher);

} // namespace thumbjobs
