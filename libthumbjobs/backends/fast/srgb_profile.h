#pragma once

#include <thumbjobs/blob.h>

namespace thumbjobs::fast {

/// Whether an ICC profile says sRGB, by what it would do to colours and not by its name: an RGB
/// profile of matrix and curves, without tables, whose primaries and curves
/// are sRGB's to within less than a step of 8 bits. Never reads outside `profile`.
bool is_srgb(ByteView profile) noexcept;

} // namespace thumbjobs::fast
