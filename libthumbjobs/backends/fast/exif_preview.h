#pragma once

#include <thumbjobs/blob.h>

#include <optional>

namespace thumbjobs::fast {

/// The JPEG file that an EXIF block (from its TIFF header on) carries as the picture's thumbnail: a
/// part of `block`. Nothing without one, or if what tells of it is odd in any way. Never reads
/// outside `block`.
std::optional<ByteView> exif_preview(ByteView block) noexcept;

} // namespace thumbjobs::fast
