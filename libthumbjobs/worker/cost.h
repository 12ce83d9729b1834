#pragma once

#include <thumbjobs/resizer.h>

#include <cstdint>
#include <vector>

namespace thumbjobs::worker {

/// Bytes of memory that decoding an image and making its renditions will take at the peak, above
/// what an idle helper has. From the header alone: sides, channels, depth, whether it is
/// progressive or interlaced, format. Generous rather than exact. Reads no byte outside `input`.
std::int64_t predict_memory(ByteView input, const ImageInfo& info,
                            const std::vector<RenditionSpec>& specs) noexcept;

/// Whether the limits refuse the image anyway, without decoding it.
bool exceeds(const ImageInfo& info, const ImageLimits& limits) noexcept;

} // namespace thumbjobs::worker
