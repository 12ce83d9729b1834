// The loops of idct.h, in vectors as wide as what the including file is compiled for. All of it is
// local to that file (see vectors.h).
#pragma once

#include "backends/fast/vectors.h"
#include "backends/jpeg/idct.h"

#include <utility>

namespace thumbjobs::jpeg {
namespace {

using fast::Ints;
using fast::lane_bytes;
using fast::Samples;

constexpr std::size_t blocks_of_vector = fast::vector_bytes / sizeof(std::int32_t);
static_assert(InverseDct::together % blocks_of_vector == 0);
static_assert(InverseDct::beyond >= lane_bytes);

constexpr int constant_bits = 13; ///< Fraction bits of the constants.
constexpr int between_bits = 2;   ///< Fraction bits of what is between the passes.

/// With these fraction bits.
consteval std::int32_t constant(double value) {
    return static_cast<std::int32_t>(value * (1 << constant_bits) + 0.5);
}

/// As many samples along one line as there are coefficients: the first one, and those behind it
/// times sqrt(2) cos(...), all times 2^constant_bits.
template <int Side>
[[gnu::always_inline]] inline void transform(Ints (&line)[Side]) {
    constexpr std::int32_t one = 1 << constant_bits;
    if constexpr (Side == 1) {
        line[0] *= one;
    } else if constexpr (Side == 2) {
        const Ints even = line[0] * one;
        const Ints odd = line[1] * one;
        line[0] = even + odd;
        line[1] = even - odd;
    } else if constexpr (Side == 3) {
        const Ints first = line[0] * one;
        const Ints second = line[2] * constant(0.707106781);
        const Ints outer = first + second;
        const Ints odd = line[1] * constant(1.224744871);
        line[0] = outer + odd;
        line[1] = first - second - second;
        line[2] = outer - odd;
    } else {
        const Ints outer = (line[0] + line[2]) * one;
        const Ints inner = (line[0] - line[2]) * one;
        const Ints turned = (line[1] + line[3]) * constant(0.541196100);
        const Ints outer_odd = turned + line[1] * constant(0.765366865);
        const Ints inner_odd = turned - line[3] * constant(1.847759065);
        line[0] = outer + outer_odd;
        line[1] = inner + inner_odd;
        line[2] = inner - inner_odd;
        line[3] = outer - outer_odd;
    }
}

/// Rounds off so many fraction bits.
template <int Bits>
[[gnu::always_inline]] inline Ints rounded(const Ints& values) {
    return (values + (1 << (Bits - 1))) >> Bits;
}

[[gnu::always_inline]] inline Ints dequantised(const std::int16_t* coefficients, int quantum) {
    using Halves = std::int16_t __attribute__((vector_size(fast::vector_bytes / 2)));
    Halves values;
    fast::load(values, coefficients);
    return fast::limited(__builtin_convertvector(values, Ints) * quantum, -2048, 2047);
}

/// In each lane, the bytes in the order of the picture that stand in numbers of `Side` bytes, the
/// first one lowest.
template <int Side, int... At>
[[gnu::always_inline]] inline Samples in_order(const Ints& packed,
                                               std::integer_sequence<int, At...>) {
    const auto bytes = reinterpret_cast<Samples>(packed);
    return __builtin_shufflevector(
        bytes, bytes,
        (At / lane_bytes * lane_bytes +
         (At % lane_bytes / Side * 4 +
          (fast::little ? At % lane_bytes % Side : 3 - At % lane_bytes % Side)) %
             lane_bytes)...);
}

/// Writes one line of the blocks' samples.
template <int Side>
[[gnu::always_inline]] inline void store(const Ints (&line)[Side], std::uint8_t* out) {
    Ints packed{};
    for (int i = 0; i < Side; ++i)
        packed |= fast::limited(rounded<constant_bits + between_bits + 3>(line[i]) + 128, 0, 255)
                  << (8 * i);
    const Samples samples =
        in_order<Side>(packed, std::make_integer_sequence<int, fast::vector_bytes>{});
    // What a lane writes too much, the next one writes over.
    for (int lane = 0; lane < fast::lanes; ++lane)
        std::memcpy(out + lane * Side * lane_bytes / 4,
                    reinterpret_cast<const char*>(&samples) + lane * lane_bytes, lane_bytes);
}

template <int Side>
void make_row(const std::int16_t* coefficients, std::size_t step, const std::uint16_t* quanta,
              std::size_t blocks, std::uint8_t* out, std::size_t stride) {
    for (std::size_t first = 0; first < blocks; first += blocks_of_vector) {
        Ints columns[Side][Side];
        for (std::size_t u = 0; u < Side; ++u) {
            for (std::size_t v = 0; v < Side; ++v)
                columns[u][v] =
                    dequantised(coefficients + (v * Side + u) * step + first, quanta[v * Side + u]);
            transform(columns[u]);
        }
        for (std::size_t y = 0; y < Side; ++y) {
            Ints line[Side];
            for (std::size_t x = 0; x < Side; ++x)
                line[x] = rounded<constant_bits - between_bits>(columns[x][y]);
            transform(line);
            store(line, out + y * stride + first * Side);
        }
    }
}

constexpr std::array<InverseDct::Row, InverseDct::max_side> all_rows = {make_row<1>, make_row<2>,
                                                                        make_row<3>, make_row<4>};

} // namespace
} // namespace thumbjobs::jpeg
