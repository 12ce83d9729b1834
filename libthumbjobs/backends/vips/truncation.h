#pragma once

#include "backends/vips/formats.h"

#include <thumbjobs/blob.h>

namespace thumbjobs::vips {

/// Whether a file that could not be decoded ends before its own structure says that it does. Walks
/// the container only; never reads outside `input`, and takes time linear in its size.
bool ends_too_early(ByteView input, Loader loader) noexcept;

/// Whether the decoder must not even see the header of this file: no release of it can read it, and
/// some end the process over it. libheif 1.19 does so (by an assertion) for a file whose top-level
/// boxes leave the file before one has told what images there are.
bool breaks_decoder(ByteView input, Loader loader) noexcept;

} // namespace thumbjobs::vips
