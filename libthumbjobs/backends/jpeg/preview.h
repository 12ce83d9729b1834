#pragma once

#include "backends/fast/pace.h"
#include "backends/fast/planes.h"
#include "backends/jpeg/decode.h"
#include "backends/jpeg/source.h"

#include <optional>

namespace thumbjobs::jpeg {

/// The planes of the preview that a camera has put into the file's EXIF block, where they can stand
/// for the picture's own: the preview is a JPEG file that this backend understands, without EXIF of
/// its own, no larger than the picture, with twice the samples that the demand asks for, of the
/// picture's proportions, and at 1/8 scale it shows what the picture shows. Otherwise nothing.
///
/// The comparison is coarse: it finds that a file was cropped, turned or exchanged by a program
/// that left the preview as it was, or changed over some hundredth of its area; not a small
/// retouch.
///
/// Throws HandOver if the picture itself is damaged, and what Pace::check() throws.
std::optional<fast::Planes> read_preview(const Source& source, const Demand& demand,
                                         const Reading& reading, fast::Pace& pace);

} // namespace thumbjobs::jpeg
