#pragma once

#include "backends/fast/pace.h"
#include "backends/fast/planes.h"
#include "backends/jpeg/scan_pieces.h"
#include "backends/jpeg/source.h"

#include <array>

namespace thumbjobs::jpeg {

/// For each component, how many samples along both sides of a block: 1 to 4.
using Sides = std::array<int, 3>;

/// Decodes a baseline file from the lowest coefficients of its blocks alone, side x side of them,
/// at side / 8 of full size; each component at its own scale. Throws HandOver at anything that
/// libjpeg would warn of, and what Pace::check() throws.
fast::Planes decode_baseline_scaled(const Source& source, const Sides& sides,
                                    const Reading& reading, fast::Pace& pace);

} // namespace thumbjobs::jpeg
