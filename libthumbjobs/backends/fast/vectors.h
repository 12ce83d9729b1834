// GCC's and Clang's portable vectors, as wide as what the including file is compiled for: 32 bytes
// with AVX2, 16 everywhere else. All of it is local to that file, and it calls nothing that a
// linker might share with files compiled for another processor.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace thumbjobs::fast {
namespace {

#if defined(__AVX2__)
constexpr int vector_bytes = 32;
#else
constexpr int vector_bytes = 16;
#endif

using Samples = std::uint8_t __attribute__((vector_size(vector_bytes)));
using Shorts = std::int16_t __attribute__((vector_size(vector_bytes)));
using Ints = std::int32_t __attribute__((vector_size(vector_bytes)));

constexpr int lane_bytes = 16; ///< Shuffles stay within lanes of so many bytes: others are slow.
constexpr int lanes = vector_bytes / lane_bytes;
constexpr bool little = std::endian::native == std::endian::little;

template <typename Vector>
[[gnu::always_inline]] inline Vector limited(const Vector& values, int least, int most) {
    const Vector low = Vector{} + least;
    const Vector high = Vector{} + most;
    const Vector above = values < low ? low : values;
    return above > high ? high : above;
}

template <typename Vector, typename Element>
[[gnu::always_inline]] inline void load(Vector& to, const Element* from) {
    std::memcpy(&to, from, sizeof to);
}

} // namespace
} // namespace thumbjobs::fast
