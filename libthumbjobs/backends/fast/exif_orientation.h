#pragma once

#include <thumbjobs/blob.h>

#include <optional>

namespace thumbjobs::fast {

/// The orientation, 1 to 8, that an EXIF block (from its TIFF header on) gives the picture; 1 if it
/// has none. Nothing if the block is odd in any way, so that decoders might disagree. Never reads
/// outside `block`.
std::optional<int> exif_orientation(ByteView block) noexcept;

} // namespace thumbjobs::fast
