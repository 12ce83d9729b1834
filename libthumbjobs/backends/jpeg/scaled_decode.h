#pragma once

#include "backends/fast/pace.h"
#include "backends/fast/planes.h"
#include "backends/jpeg/source.h"

#include <cstdint>

namespace thumbjobs::jpeg {

/// Bytes that the planes take at `eighths` / 8 of full size, at the most.
std::int64_t plane_bytes(const Source& source, int eighths) noexcept;

/// Decodes with libjpeg-turbo at `eighths` / 8 of full size (1, 2, 4 or 8), without upsampling or
/// colour conversion. May be called once for a source. Throws HandOver where libjpeg errs or warns,
/// and what Pace::check() throws.
fast::Planes decode_scaled(Source& source, int eighths, fast::Pace& pace);

} // namespace thumbjobs::jpeg
