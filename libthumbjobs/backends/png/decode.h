#pragma once

#include "backends/common/geometry.h"
#include "backends/fast/pace.h"
#include "backends/fast/planes.h"
#include "backends/png/chunks.h"

#include <vector>

namespace thumbjobs::png {

/// Decodes the picture into a plane for each band, colours multiplied by alpha, averaged over boxes
/// as far as `target`, the largest size that is wanted along either side, leaves a factor of two.
/// `reader` is behind the header.
///
/// Throws HandOver for damaged files and where the planes would take too much memory, and what
/// Pace::check() throws.
std::vector<fast::Plane> decode(const Header& header, ChunkReader& reader, Size target,
                                fast::Pace& pace);

} // namespace thumbjobs::png
