#pragma once

#include "backends/common/finisher.h"

#include <memory>

namespace thumbjobs {

/// Finishes images with libvips, which is set up as by open_vips_resizer(). Throws Error(internal)
/// if it cannot be.
std::shared_ptr<const Finisher> open_vips_finisher();

} // namespace thumbjobs
