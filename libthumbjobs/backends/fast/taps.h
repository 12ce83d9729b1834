#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace thumbjobs::fast {

/// One side of a resampling, in the source's samples and the target's coordinates.
struct Axis {
    int samples = 0;       ///< That the source has.
    double extent = 0;     ///< Where the picture ends among them, a fraction: maps to `target`.
    double target = 0;     ///< The scaled picture's length, in target units.
    double first = 0;      ///< Where the first output begins.
    double step = 1;       ///< Target units that each output covers.
    int outputs = 0;       ///< How many.
    bool mirrored = false; ///< Whether target coordinates run against the source's.

    friend bool operator==(const Axis&, const Axis&) = default;
};

/// Filter weights for each output: Lanczos3, widened by the factor of reduction. The source's edge
/// samples stand for what lies beyond them.
struct Taps {
    static constexpr int one = 1 << 14;  ///< The sum of an output's weights.
    static constexpr int most = 2 * one; ///< That their magnitudes add up to, at the most.
    static constexpr int padding = 16;   ///< `count` is a multiple of it.

    int count = 0;                     ///< Weights for each output; the last ones may be zero.
    int used = 0;                      ///< Of `count`, those that are not padding.
    std::vector<int> first{};          ///< The source sample of each output's first weight.
    std::vector<std::int16_t> weights; ///< outputs x count.

    const std::int16_t* of(int output) const noexcept {
        return weights.data() + static_cast<std::size_t>(output) * static_cast<std::size_t>(count);
    }
};

/// For every output, first[output] + used is at most axis.samples.
Taps make_taps(const Axis& axis);

/// The same, from those that the calling thread asked for last, if they are among them: both colour
/// planes need the same, and pictures of one camera do. Keeps 256 KiB for a thread at the most.
std::shared_ptr<const Taps> recent_taps(const Axis& axis);

} // namespace thumbjobs::fast
