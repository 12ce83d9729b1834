#pragma once

#include <cstddef>
#include <cstdint>

namespace thumbjobs::fast {

/// Fraction bits of the rows between the two passes of a resampling.
constexpr int row_fraction_bits = 6;

/// The inner loops, compiled once for each instruction set and chosen at run time. All of it is
/// integer arithmetic: each version gives the same bytes.
///
/// Sums have 32 bits. They hold whatever the samples are, as long as the magnitudes of an output's
/// weights add up to Taps::most at the most: 255 x 2^15 for rows, 2^15 x 2^15 for samples of 16
/// bits, and what is added for rounding.
struct Kernels {
    /// out[x] = the sum of weights[k] x rows[k][x], for `width` samples and `taps` rows; scaled by
    /// 2^row_fraction_bits and limited to 16 bits.
    void (*blend_rows)(const std::uint8_t* const* rows, const std::int16_t* weights, int taps,
                       int width, std::int16_t* out);

    /// For each of so many outputs, the sum of its weights[i] x row[first + i], rounded to a sample
    /// of 0 to 255. `taps` is a multiple of Taps::padding; the weights of one output follow those
    /// of the one before.
    void (*blend_samples)(const std::int16_t* row, const int* first, const std::int16_t* weights,
                          int taps, int outputs, std::uint8_t* out);

    const char* name;
};

/// What every machine can run.
const Kernels& plain_kernels() noexcept;

/// The fastest that this machine can run.
const Kernels& best_kernels() noexcept;

#if defined(__x86_64__)
/// For machines that have AVX2.
const Kernels& avx2_kernels() noexcept;
#endif

} // namespace thumbjobs::fast
