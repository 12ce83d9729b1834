#pragma once

#include "backends/common/finisher.h"
#include "backends/jpeg/encode.h"

namespace thumbjobs::jpeg {

/// Grey, or sRGB from planes that all have the picture's size, by the conversion of JFIF 1.02.
PixelImage to_pixels(const SmallPlanes& planes);

} // namespace thumbjobs::jpeg
