#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace thumbjobs::fast {

/// One component of an image, decoded at some scale.
struct Plane {
    int width = 0;          ///< Samples of a row that hold picture.
    int height = 0;         ///< Rows that hold picture.
    std::size_t stride = 0; ///< Samples from one row to the next; at least `width`.
    double extent_x = 0; ///< Where the picture's right edge lies, in samples: a fraction, since the
                         ///< last block's samples reach beyond the picture.
    double extent_y = 0; ///< Where its lower edge lies.
    std::vector<std::uint8_t> samples; ///< At least stride x height.

    const std::uint8_t* row(int y) const noexcept {
        return samples.data() + static_cast<std::size_t>(y) * stride;
    }
};

/// Y, or Y, Cb and Cr.
struct Planes {
    std::array<Plane, 3> plane{};
    int count = 0;

    std::span<const Plane> all() const noexcept {
        return std::span(plane).first(static_cast<std::size_t>(count));
    }
};

} // namespace thumbjobs::fast
