#pragma once

#include "backends/vips/formats.h"

#include <thumbjobs/blob.h>

namespace thumbjobs::vips {

/// Whether a file that could not be decoded ends before its own structure says that it does. Walks
/// the container only; never reads outside `input`, and takes time linear in its size.
bool ends_too_early(ByteView input, Loader loader) noexcept;

} // namespace thumbjobs::vips
