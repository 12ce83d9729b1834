#pragma once

#include "backends/jpeg/kernels.h"
#include "backends/jpeg/planes.h"
#include "backends/jpeg/taps.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace thumbjobs::jpeg {

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

/// Resamples by the taps of both axes, each of which was made for `source`; the result's stride is
/// a multiple of `alignment`.
SmallPlane resample(const Plane& source, const Taps& across, const Taps& down, int alignment,
                    const Kernels& kernels);

/// Exchanges rows and columns.
SmallPlane transpose(const SmallPlane& plane, int alignment);

} // namespace thumbjobs::jpeg
