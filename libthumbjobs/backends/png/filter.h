#pragma once

#include "backends/common/finisher.h"

#include <cstdint>
#include <vector>

namespace thumbjobs::png {

/// The image's rows as a PNG file has them before compression: each behind the number of its
/// filter, the one of the five with the smallest sum of absolute differences, as libpng chooses.
std::vector<std::uint8_t> filter_rows(const PixelImage& image);

} // namespace thumbjobs::png
