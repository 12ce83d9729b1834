// The loops of kernels.h, in vectors as wide as what the including file is compiled for. All of it
// is local to that file (see vectors.h).
#pragma once

#include "backends/fast/kernels.h"
#include "backends/fast/taps.h"
#include "backends/fast/vectors.h"

#include <cstring>
#include <utility>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace thumbjobs::fast {
namespace {

constexpr int taps_shift = 14;
static_assert(Taps::one == 1 << taps_shift);

constexpr int shorts = vector_bytes / 2;

/// In each lane, a[0] b[0] a[1] b[1] ..., from the lower or the upper half of both.
template <bool Upper, int... At>
[[gnu::always_inline]] inline Samples interleave(const Samples& a, const Samples& b,
                                                 std::integer_sequence<int, At...>) {
    return __builtin_shufflevector(a, b,
                                   (At / lane_bytes * lane_bytes + (Upper ? lane_bytes / 2 : 0) +
                                    At % lane_bytes / 2 + At % 2 * vector_bytes)...);
}

template <bool Upper>
[[gnu::always_inline]] inline Samples interleave(const Samples& a, const Samples& b) {
    return interleave<Upper>(a, b, std::make_integer_sequence<int, vector_bytes>{});
}

/// Half of each lane's bytes, as 16-bit numbers.
template <bool Upper>
[[gnu::always_inline]] inline Shorts widen(const Samples& bytes) {
    const Samples zeros{};
    return reinterpret_cast<Shorts>(little ? interleave<Upper>(bytes, zeros)
                                           : interleave<Upper>(zeros, bytes));
}

/// In each lane, what is left of a's numbers without their upper halves, then of b's.
template <int... At>
[[gnu::always_inline]] inline Shorts lower_halves(const Ints& a, const Ints& b,
                                                  std::integer_sequence<int, At...>) {
    return __builtin_shufflevector(
        reinterpret_cast<Shorts>(a), reinterpret_cast<Shorts>(b),
        (At / 8 * 8 + At % 4 * 2 + (little ? 0 : 1) + (At % 8 < 4 ? 0 : shorts))...);
}

/// The products of neighbours, added: a[0] x b[0] + a[1] x b[1], ... Compilers know the instruction
/// for it from loops alone.
[[gnu::always_inline]] inline Ints multiply_add(const Shorts& a, const Shorts& b) {
#if defined(__AVX2__)
    return reinterpret_cast<Ints>(
        _mm256_madd_epi16(reinterpret_cast<__m256i>(a), reinterpret_cast<__m256i>(b)));
#elif defined(__x86_64__)
    return reinterpret_cast<Ints>(
        _mm_madd_epi16(reinterpret_cast<__m128i>(a), reinterpret_cast<__m128i>(b)));
#else
    const auto x = reinterpret_cast<Ints>(a);
    const auto y = reinterpret_cast<Ints>(b);
    return (x >> 16) * (y >> 16) + ((x << 16) >> 16) * ((y << 16) >> 16);
#endif
}

constexpr int row_shift = taps_shift - row_fraction_bits;
constexpr int row_half = 1 << (row_shift - 1);

/// Adds two rows, each times its factor of the pair that `factors` repeats.
[[gnu::always_inline]] inline void add_rows(const std::uint8_t* upper, const std::uint8_t* lower,
                                            std::int32_t factors, Ints (&sums)[4]) {
    const auto pairs = reinterpret_cast<Shorts>(Ints{} + factors);
    Samples a;
    Samples b;
    load(a, upper);
    load(b, lower);
    const Samples first = interleave<false>(a, b);
    const Samples second = interleave<true>(a, b);
    sums[0] += multiply_add(widen<false>(first), pairs);
    sums[1] += multiply_add(widen<true>(first), pairs);
    sums[2] += multiply_add(widen<false>(second), pairs);
    sums[3] += multiply_add(widen<true>(second), pairs);
}

/// As many columns as a vector has bytes.
[[gnu::always_inline]] inline void blend_columns(const std::uint8_t* const* rows,
                                                 const std::int16_t* weights, int taps, int x,
                                                 std::int16_t* out) {
    Ints sums[4] = {Ints{} + row_half, Ints{} + row_half, Ints{} + row_half, Ints{} + row_half};
    std::int32_t factors = 0;
    int k = 0;
    for (; k + 1 < taps; k += 2) {
        std::memcpy(&factors, weights + k, sizeof factors);
        add_rows(rows[k] + x, rows[k + 1] + x, factors, sums);
    }
    if (k < taps) {
        const std::int16_t last[2] = {weights[k], 0};
        std::memcpy(&factors, last, sizeof factors);
        add_rows(rows[k] + x, rows[k] + x, factors, sums);
    }
    for (Ints& sum : sums)
        sum = limited(sum >> row_shift, -32768, 32767);
    for (int half = 0; half < 2; ++half) {
        const Shorts narrow = lower_halves(sums[2 * half], sums[2 * half + 1],
                                           std::make_integer_sequence<int, shorts>{});
        for (int lane = 0; lane < lanes; ++lane)
            std::memcpy(out + x + lane * lane_bytes + half * 8,
                        reinterpret_cast<const char*>(&narrow) + lane * lane_bytes, lane_bytes);
    }
}

/// Any number of columns from `x` on.
[[gnu::always_inline]] inline void blend_few(const std::uint8_t* const* rows,
                                             const std::int16_t* weights, int taps, int x,
                                             int width, std::int16_t* out) {
    for (; x < width; ++x) {
        std::int32_t sum = row_half;
        for (int k = 0; k < taps; ++k)
            sum += std::int32_t{weights[k]} * rows[k][x];
        sum >>= row_shift;
        out[x] = static_cast<std::int16_t>(sum < -32768 ? -32768 : sum > 32767 ? 32767 : sum);
    }
}

void blend_rows(const std::uint8_t* const* rows, const std::int16_t* weights, int taps, int width,
                std::int16_t* out) {
    int x = 0;
    for (; x + vector_bytes <= width; x += vector_bytes)
        blend_columns(rows, weights, taps, x, out);
    if (x == width)
        return;
    if (width >= vector_bytes) // the last columns, some of them once more
        blend_columns(rows, weights, taps, width - vector_bytes, out);
    else
        blend_few(rows, weights, taps, x, width, out);
}

using Quad = std::int32_t __attribute__((vector_size(lane_bytes)));

/// What is left to be added up of one output.
[[gnu::always_inline]] inline void begin_sample(const std::int16_t* from,
                                                const std::int16_t* weights, int taps, Quad& sum) {
    Ints sums{};
    for (int i = 0; i < taps; i += shorts) {
        Shorts values;
        Shorts factors;
        load(values, from + i);
        load(factors, weights + i);
        sums += multiply_add(values, factors);
    }
    load(sum, reinterpret_cast<const std::int32_t*>(&sums));
    if (lanes == 2) {
        Quad other;
        load(other, reinterpret_cast<const std::int32_t*>(&sums) + vector_bytes / 8);
        sum += other;
    }
}

void blend_samples(const std::int16_t* row, const int* first, const std::int16_t* weights, int taps,
                   int outputs, std::uint8_t* out) {
    static_assert(Taps::padding % shorts == 0);
    constexpr int shift = taps_shift + row_fraction_bits;
    constexpr int together = 4;
    for (int x = 0; x < outputs; x += together) {
        Quad parts[together];
        for (int i = 0; i < together; ++i) {
            const int at = x + i < outputs ? x + i : outputs - 1;
            begin_sample(row + first[at], weights + std::ptrdiff_t{at} * taps, taps, parts[i]);
        }
        const Quad left = __builtin_shufflevector(parts[0], parts[1], 0, 4, 1, 5) +
                          __builtin_shufflevector(parts[0], parts[1], 2, 6, 3, 7);
        const Quad right = __builtin_shufflevector(parts[2], parts[3], 0, 4, 1, 5) +
                           __builtin_shufflevector(parts[2], parts[3], 2, 6, 3, 7);
        Quad sums = __builtin_shufflevector(left, right, 0, 1, 4, 5) +
                    __builtin_shufflevector(left, right, 2, 3, 6, 7);
        sums = limited((sums + (1 << (shift - 1))) >> shift, 0, 255);
        using Four = std::uint8_t __attribute__((vector_size(together)));
        const Four made = __builtin_convertvector(sums, Four);
        const int count = outputs - x < together ? outputs - x : together;
        std::memcpy(out + x, &made, static_cast<std::size_t>(count));
    }
}

} // namespace
} // namespace thumbjobs::fast
