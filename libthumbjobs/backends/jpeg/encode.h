#pragma once

#include "backends/fast/resample.h"

#include <thumbjobs/blob.h>

#include <vector>

namespace thumbjobs::jpeg {

/// What the planes' strides must be a multiple of, for encode().
constexpr int luma_alignment = 16;
constexpr int chroma_alignment = 8;

/// Encodes planes of Y, or Y, Cb and Cr, as a baseline JPEG file: the coefficients that libjpeg's
/// accurate transform gives at this quality (1 to 100), with the Huffman codes that suit them best.
/// libjpeg takes three times as long for a picture of 100 pixels, half of it to make these codes.
/// Strides as above. The same planes give the same bytes on every machine. Throws Error(internal)
/// if a side is longer than 65,535.
Bytes encode(const fast::SmallPlanes& planes, int quality);

} // namespace thumbjobs::jpeg
