#pragma once

#include "backends/common/geometry.h"
#include "backends/fast/planes.h"
#include "backends/fast/resample.h"

#include <thumbjobs/blob.h>
#include <thumbjobs/rendition.h>

#include <vector>

namespace thumbjobs::fast {

/// What an orientation asks for, as steps: mirror the stored picture's sides, then exchange rows
/// and columns.
struct Turn {
    bool mirror_x = false;
    bool mirror_y = false;
    bool transpose = false;
};

/// What an EXIF orientation, 1 to 8, asks for.
Turn turn_for(int orientation) noexcept;

/// One rendition that is to be made.
struct Task {
    const RenditionSpec* spec;
    Plan plan;
    bool direct = false;      ///< A JPEG that needs nothing but scaling and a crop by place.
    bool half_colour = false; ///< Its colour planes have half the sides.
    ByteView profile{};       ///< What its colours are converted by at last; empty: they are not.
};

/// JPEG's quality where none is asked for.
constexpr int default_quality = 80;

/// From this JPEG quality on, colour keeps its full resolution; libvips draws the same line.
constexpr int full_colour_quality = 90;

int jpeg_quality_of(const RenditionSpec& spec) noexcept;

/// Plans the renditions of an opaque picture of the size `upright`. Throws HandOver if one of them
/// asks for what no fast path does: linear light, a profile that is to be kept, a crop before
/// scaling. `profile`: what its colours must be converted by, if any; borrowed.
std::vector<Task> plan_tasks(Size upright, bool has_profile,
                             const std::vector<RenditionSpec>& specs, ByteView profile = {});

/// Resamples one plane to its part of the rendition, upright: all of the scaled picture, or what
/// the crop keeps. `divisor` is 2 for a colour plane of half the sides: each of its samples covers
/// two target units, from the crop's corner on. The result's stride is a multiple of `alignment`.
SmallPlane make_plane(const Turn& turn, const Plane& plane, const Task& task, int divisor,
                      int alignment);

} // namespace thumbjobs::fast
