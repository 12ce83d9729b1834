// The loops of forward_dct.h, in vectors of a block's eight rows or columns. All of it is local to
// the including file (see vectors.h).
#pragma once

#include "backends/jpeg/forward_dct.h"

#include <cstring>

namespace thumbjobs::jpeg {
namespace {

using Line = std::int32_t __attribute__((vector_size(32)));
using Block = Line[8];

constexpr int forward_bits = 13; ///< Fraction bits of the constants.
constexpr int kept_bits = 2;     ///< Fraction bits of what is between the passes.

/// With these fraction bits.
consteval std::int32_t factor(double value) {
    return static_cast<std::int32_t>(value * (1 << forward_bits) + 0.5);
}

/// Rounds off `Bits` fraction bits.
template <int Bits>
[[gnu::always_inline]] inline void round_off(Line& values) {
    values = (values + (1 << (Bits - 1))) >> Bits;
}

/// The transform of Loeffler, Ligtenberg and Moschytz, of each lane's eight values at once. The
/// result is sqrt(8) times the orthonormal one, times 2^kept_bits after the first pass.
template <bool First>
[[gnu::always_inline]] inline void transform(Block& line) {
    const Line sum0 = line[0] + line[7];
    const Line sum1 = line[1] + line[6];
    const Line sum2 = line[2] + line[5];
    const Line sum3 = line[3] + line[4];
    const Line difference0 = line[0] - line[7];
    const Line difference1 = line[1] - line[6];
    const Line difference2 = line[2] - line[5];
    const Line difference3 = line[3] - line[4];

    const Line outer = sum0 + sum3;
    const Line inner = sum1 + sum2;
    const Line outer_odd = sum0 - sum3;
    const Line inner_odd = sum1 - sum2;
    line[0] = outer + inner;
    line[4] = outer - inner;
    const Line turned = (inner_odd + outer_odd) * factor(0.541196100);
    line[2] = turned + outer_odd * factor(0.765366865);
    line[6] = turned - inner_odd * factor(1.847759065);

    const Line all = (difference0 + difference1 + difference2 + difference3) * factor(1.175875602);
    const Line ends = (difference0 + difference3) * factor(0.899976223);
    const Line middles = (difference1 + difference2) * factor(2.562915447);
    const Line odd = all - (difference1 + difference3) * factor(1.961570560);
    const Line even = all - (difference0 + difference2) * factor(0.390180644);
    line[7] = difference3 * factor(0.298631336) - ends + odd;
    line[5] = difference2 * factor(2.053119869) - middles + even;
    line[3] = difference1 * factor(3.072711026) - middles + odd;
    line[1] = difference0 * factor(1.501321110) - ends + even;

    constexpr int bits = First ? forward_bits - kept_bits : forward_bits + kept_bits;
    for (int i = 1; i < 8; ++i)
        if (i != 4)
            round_off<bits>(line[i]);
    for (int i = 0; i < 8; i += 4)
        if constexpr (First)
            line[i] = line[i] << kept_bits;
        else
            round_off<kept_bits>(line[i]);
}

/// Exchanges rows and columns: of neighbours, of pairs, of halves.
[[gnu::always_inline]] inline void exchange(Block& block) {
    Block pairs;
    for (int i = 0; i < 8; i += 2) {
        pairs[i] = __builtin_shufflevector(block[i], block[i + 1], 0, 8, 2, 10, 4, 12, 6, 14);
        pairs[i + 1] = __builtin_shufflevector(block[i], block[i + 1], 1, 9, 3, 11, 5, 13, 7, 15);
    }
    Block fours;
    for (int i = 0; i < 8; i += 4)
        for (int k = 0; k < 2; ++k) {
            const Line& upper = pairs[i + k];
            const Line& lower = pairs[i + k + 2];
            fours[i + k] = __builtin_shufflevector(upper, lower, 0, 1, 8, 9, 4, 5, 12, 13);
            fours[i + k + 2] = __builtin_shufflevector(upper, lower, 2, 3, 10, 11, 6, 7, 14, 15);
        }
    for (int i = 0; i < 4; ++i) {
        block[i] = __builtin_shufflevector(fours[i], fours[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
        block[i + 4] = __builtin_shufflevector(fours[i], fours[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
    }
}

/// Divides by the row's divisors, rounding halves away from zero.
[[gnu::always_inline]] inline void quantise(Line& values, const std::int32_t* half,
                                            const float* reciprocal) {
    using Floats = float __attribute__((vector_size(32)));
    Line rounding;
    Floats factors;
    std::memcpy(&rounding, half, sizeof rounding);
    std::memcpy(&factors, reciprocal, sizeof factors);
    const Line sign = values >> 31;
    const Line magnitude = ((values ^ sign) - sign) + rounding;
    // Exact: half a unit more keeps quotients that are whole numbers away from the next lower one
    // by 2^-17 of their size (magnitudes are below 2^16), and floats are wrong by 2^-23 at most.
    const Floats quotient = (__builtin_convertvector(magnitude, Floats) + 0.5F) * factors;
    values = (__builtin_convertvector(quotient, Line) ^ sign) - sign;
}

void transform_row(const std::array<const std::uint8_t*, 8>& rows, std::size_t blocks,
                   const ForwardDct::Quantiser& quantiser, std::int16_t* out) {
    using Bytes = std::uint8_t __attribute__((vector_size(8)));
    using Halves = std::int16_t __attribute__((vector_size(16)));
    for (std::size_t i = 0; i < blocks; ++i, out += 64) {
        Block block;
        for (std::size_t y = 0; y < 8; ++y) {
            Bytes samples;
            std::memcpy(&samples, rows[y] + i * 8, sizeof samples);
            block[y] = __builtin_convertvector(samples, Line) - 128;
        }
        exchange(block);
        transform<true>(block);
        exchange(block);
        transform<false>(block);
        for (std::size_t v = 0; v < 8; ++v) {
            quantise(block[v], &quantiser.half[v * 8], &quantiser.reciprocal[v * 8]);
            const Halves row = __builtin_convertvector(block[v], Halves);
            std::memcpy(out + v * 8, &row, sizeof row);
        }
    }
}

} // namespace
} // namespace thumbjobs::jpeg
