#pragma once

#include "backends/common/finisher.h"

#include <memory>

namespace thumbjobs {

/// Writes small opaque images that are finished already as JPEG files, in a single thread: without
/// a border, a profile, or a crop that looks at the picture. `behind` gets everything else.
std::shared_ptr<const Finisher> open_jpeg_finisher(std::shared_ptr<const Finisher> behind);

} // namespace thumbjobs
