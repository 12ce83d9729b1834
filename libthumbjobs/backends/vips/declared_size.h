#pragma once

#include "backends/common/geometry.h"
#include "backends/vips/formats.h"

#include <thumbjobs/blob.h>

#include <optional>

namespace thumbjobs::vips {

/// The size that a file claims, for formats whose decoder refuses to open what is very large
/// (AVIF, HEIC, PNG), so that the user is told that rather than that the file is damaged. Nothing
/// for other formats or where none is found; sides are at most INT_MAX. Never reads outside
/// `input`.
std::optional<Size> declared_size(ByteView input, Loader loader) noexcept;

} // namespace thumbjobs::vips
