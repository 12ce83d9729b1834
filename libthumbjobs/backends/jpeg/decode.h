#pragma once

#include "backends/fast/pace.h"
#include "backends/fast/planes.h"
#include "backends/fast/render.h"
#include "backends/jpeg/scan_pieces.h"
#include "backends/jpeg/source.h"

#include <vector>

namespace thumbjobs::jpeg {

/// What the renditions of a file need of its planes: for a smaller scale to do, each plane must
/// have twice the samples of what is made of it, along both sides.
struct Demand {
    double luma_x = 0; ///< The largest scaled width wanted of luma, stored orientation.
    double luma_y = 0;
    double chroma_x = 0; ///< The same of the colour planes.
    double chroma_y = 0;
};

/// What all of them need.
Demand demand_of(const Source& source, const std::vector<fast::Task>& tasks) noexcept;

/// Whether `eighths` / 8 of full size have twice the samples of every plane that the demand asks
/// for.
bool samples_suffice(const Source& source, const Demand& demand, int eighths) noexcept;

/// The planes at 1/8 of full size, from DC coefficients alone. Throws as decode() does.
fast::Planes decode_dc(const Source& source, const Reading& reading, fast::Pace& pace);

/// Decodes the planes at the smallest scale that meets the demand, or in full. Throws HandOver
/// where that would be inexact or take too much memory, and what Pace::check() throws.
fast::Planes decode(Source& source, const Demand& demand, const Reading& reading, fast::Pace& pace);

} // namespace thumbjobs::jpeg
