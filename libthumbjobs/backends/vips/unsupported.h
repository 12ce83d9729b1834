#pragma once

#include "backends/vips/formats.h"

#include <thumbjobs/blob.h>

#include <optional>
#include <string>

namespace thumbjobs::vips {

/// Why libvips does not read a file although it may be sound: its header says that it is of a kind
/// which the decoders leave out. The sentence's end, as in `its colours are subsampled without JPEG
/// compression`; nothing where the header gives no such reason. To be asked once a decoder has
/// refused the file. Never reads outside `input`.
std::optional<std::string> unsupported_kind(ByteView input, Loader loader);

} // namespace thumbjobs::vips
