#pragma once

#include "backends/jpeg/resample.h"

#include <thumbjobs/blob.h>

#include <vector>

namespace thumbjobs::jpeg {

/// A finished picture as planes: Y alone, or Y, Cb and Cr, these of half the sides (rounded up) or
/// of the same.
using SmallPlanes = std::vector<SmallPlane>;

/// From this quality on, colour keeps its full resolution; libvips draws the same line.
constexpr int full_colour_quality = 90;

/// What the planes' strides must be a multiple of, for encode().
constexpr int luma_alignment = 16;
constexpr int chroma_alignment = 8;

/// Encodes as baseline JPEG with Huffman tables of its own. Strides as above. The same planes give
/// the same bytes on every machine. Throws Error(internal) if libjpeg refuses.
Bytes encode(const SmallPlanes& planes, int quality);

} // namespace thumbjobs::jpeg
