#pragma once

#include "backends/common/geometry.h"
#include "backends/fast/render.h"

#include <thumbjobs/blob.h>

namespace thumbjobs::webp {

/// What a file says of its picture.
struct Header {
    Size stored;
    fast::Turn turn;
    bool has_profile = false; ///< One that says sRGB.

    Size upright() const noexcept { return turn.transpose ? stored.swapped() : stored; }
};

/// Reads the header of a file that holds one lossy picture without transparency, animation or a
/// profile that is not sRGB. Throws HandOver for all others, and for files that end early.
Header read_header(ByteView file);

} // namespace thumbjobs::webp
