#pragma once

#include "backends/jpeg/dc_scan.h"
#include "backends/jpeg/scan_pieces.h"

namespace thumbjobs::jpeg {

/// Reads the DC coefficients of a baseline file and only passes over the others. Throws HandOver
/// at anything that libjpeg would warn of, and what Pace::check() throws.
DcPlanes read_baseline_dc(const Source& source, const Reading& reading, fast::Pace& pace);

} // namespace thumbjobs::jpeg
