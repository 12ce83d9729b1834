#pragma once

#include <cstddef>
#include <cstdint>

namespace thumbjobs::fast {

/// Fraction bits of the rows between the two passes of a resampling.
constexpr int row_fraction_bits = 6;

/// The inner loops, compiled once for each instruction set and chosen at run time. All of it is
/// integer arithmetic: each version gives the same bytes.
struct Kernels {
    /// out[x] = the sum of weights[k] x rows[k][x], for `width` samples and `taps` rows; scaled by
    /// 2^row_fraction_bits and limited to 16 bits.
    void (*blend_rows)(const std::uint8_t* const* rows, const std::int16_t* weights, int taps,
                       int width, std::int16_t* out);

    /// The sum of weights[i] x row[i], rounded to a sample of 0 to 255. `taps` is a multiple of 16.
    std::uint8_t (*blend_samples)(const std::int16_t* row, const std::int16_t* weights, int taps);

    const char* name;
};

/// What every machine can run.
const Kernels& plain_kernels() noexcept;

/// The fastest that this machine can run.
const Kernels& best_kernels() noexcept;

} // namespace thumbjobs::fast
