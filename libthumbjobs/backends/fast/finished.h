#pragma once

#include "backends/common/finisher.h"

namespace thumbjobs::fast {

/// Whether a file is to have these very pixels, and is small enough to be written from memory as a
/// whole: without a border, a profile, or a crop that looks at the picture.
bool is_finished(const PixelImage& image, const Plan& plan) noexcept;

bool has_alpha(const PixelImage& image) noexcept;

/// Whether anything can be seen through it.
bool is_transparent(const PixelImage& image) noexcept;

/// The same without the band of opacity, which it must have.
PixelImage without_alpha(const PixelImage& image);

} // namespace thumbjobs::fast
