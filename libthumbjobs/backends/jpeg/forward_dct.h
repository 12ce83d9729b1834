#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace thumbjobs::jpeg {

/// Makes quantised coefficients of samples, the very ones of libjpeg's accurate integer transform
/// (JDCT_ISLOW). Compiled once for each instruction set and chosen at run time; each version gives
/// the same coefficients.
struct ForwardDct {
    /// What coefficients are divided by, in natural order: row x 8 + column.
    struct Quantiser {
        std::array<std::int32_t, 64> half; ///< Added before, for rounding.
        std::array<float, 64> reciprocal;  ///< Of the divisors.

        /// `quanta`: 1 to 255 each, in natural order.
        explicit Quantiser(const std::array<std::uint8_t, 64>& quanta) noexcept;
    };

    /// One row of blocks: `rows` are its eight rows of samples. Coefficient (u, v) of block i goes
    /// to out[i x 64 + v x 8 + u].
    using Row = void (*)(const std::array<const std::uint8_t*, 8>& rows, std::size_t blocks,
                         const Quantiser& quantiser, std::int16_t* out);

    Row row;
    const char* name;
};

/// What every machine can run.
const ForwardDct& plain_forward_dct() noexcept;

/// The fastest that this machine can run.
const ForwardDct& best_forward_dct() noexcept;

#if defined(__x86_64__)
/// For machines that have AVX2.
const ForwardDct& avx2_forward_dct() noexcept;
#endif

} // namespace thumbjobs::jpeg
