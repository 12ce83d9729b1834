#pragma once

#include "backends/common/finisher.h"
#include "backends/fast/resample.h"

namespace thumbjobs::fast {

/// Grey, or sRGB from planes that all have the picture's size, by the conversion of JFIF 1.02.
PixelImage to_pixels(const SmallPlanes& planes);

} // namespace thumbjobs::fast
