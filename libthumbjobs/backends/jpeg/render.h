#pragma once

#include "backends/common/finisher.h"
#include "backends/fast/planes.h"
#include "backends/fast/render.h"

#include <thumbjobs/resizer.h>

namespace thumbjobs::jpeg {

/// Makes one rendition from planes of Y, or Y, Cb and Cr, as JFIF defines them.
EncodedImage make_rendition(const fast::Turn& turn, const fast::Planes& planes,
                            const fast::Task& task, const Finisher& finisher);

/// Writes a picture of grey or sRGB pixels, as it is, as a JPEG file.
EncodedImage encode_pixels(const PixelImage& pixels, const RenditionSpec& spec);

} // namespace thumbjobs::jpeg
