#pragma once

#include "backends/jpeg/dc_scan.h"

namespace thumbjobs::jpeg {

/// Reads the DC scans of a progressive file, refinements included, and jumps over all others: these
/// are only looked through for the markers that end them, down to the end of the file. Throws
/// HandOver at anything in the DC scans or between scans that libjpeg would warn of, and what
/// Pace::check() throws.
DcPlanes read_progressive_dc(const Source& source, fast::Pace& pace);

} // namespace thumbjobs::jpeg
