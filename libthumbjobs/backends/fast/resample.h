#pragma once

#include "backends/fast/kernels.h"
#include "backends/fast/planes.h"
#include "backends/fast/taps.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace thumbjobs::fast {

/// A finished plane: rows from top to bottom. `stride` may exceed `width`; what lies beyond repeats
/// the last sample.
struct SmallPlane {
    int width = 0;
    int height = 0;
    std::size_t stride = 0;
    std::vector<std::uint8_t> samples{};

    const std::uint8_t* row(int y) const noexcept {
        return samples.data() + static_cast<std::size_t>(y) * stride;
    }
    std::uint8_t* row(int y) noexcept {
        return samples.data() + static_cast<std::size_t>(y) * stride;
    }
};

/// A finished picture as planes: Y alone, or Y, Cb and Cr, these of half the sides (rounded up) or
/// of the same.
using SmallPlanes = std::vector<SmallPlane>;

/// Resamples by the taps of both axes, each of which was made for `source`; the result's stride is
/// a multiple of `alignment`.
SmallPlane resample(const Plane& source, const Taps& across, const Taps& down, int alignment,
                    const Kernels& kernels);

/// Exchanges rows and columns.
SmallPlane transpose(const SmallPlane& plane, int alignment);

} // namespace thumbjobs::fast
