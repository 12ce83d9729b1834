#pragma once

#include "backends/common/finisher.h"

#include <thumbjobs/blob.h>

namespace thumbjobs::png {

/// Writes the image as a PNG file of 8 bits, of the chunks that each must have. The profile is left
/// out. Throws Error(internal) as deflate() does.
Bytes encode(const PixelImage& image);

} // namespace thumbjobs::png
