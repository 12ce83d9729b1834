#pragma once

#include "backends/common/geometry.h"
#include "backends/fast/pace.h"
#include "backends/fast/planes.h"

#include <thumbjobs/blob.h>

namespace thumbjobs::webp {

/// The largest sizes that are wanted of a picture, along either side, as it is stored.
struct Demand {
    Size luma;
    Size colour;
};

/// Decodes a file that read_header() takes, of the size that it told, into planes as JFIF defines
/// them, averaged over boxes as far as the demand leaves a factor of two.
///
/// Throws HandOver for damaged files, and what Pace::check() throws.
fast::Planes decode(ByteView file, Size size, const Demand& demand, fast::Pace& pace);

} // namespace thumbjobs::webp
