#pragma once

#include "backends/common/finisher.h"
#include "backends/fast/resample.h"

namespace thumbjobs::fast {

/// Grey, or sRGB from planes that all have the picture's size, by the conversion of JFIF 1.02.
PixelImage to_pixels(const SmallPlanes& planes);

/// The way back, of one or three bands: Y, or Y, Cb and Cr, these of half the sides if so asked,
/// each an average of four pixels. The strides are multiples of `alignment`.
SmallPlanes to_planes(const PixelImage& image, bool half_colour, int alignment);

} // namespace thumbjobs::fast
