#pragma once

#include "backends/fast/resample.h"

#include <thumbjobs/blob.h>

#include <vector>

namespace thumbjobs::jpeg {

/// What the planes' strides must be a multiple of, for encode().
constexpr int luma_alignment = 16;
constexpr int chroma_alignment = 8;

/// Encodes as baseline JPEG with Huffman tables of its own. Strides as above. The same planes give
/// the same bytes on every machine. Throws Error(internal) if libjpeg refuses.
Bytes encode(const fast::SmallPlanes& planes, int quality);

} // namespace thumbjobs::jpeg
