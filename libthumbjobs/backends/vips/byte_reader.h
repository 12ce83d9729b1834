#pragma once

#include <thumbjobs/blob.h>

#include <cstdint>

namespace thumbjobs::vips {

/// An offset in a file. 64 bits, so that sums of what a hostile file claims cannot overflow.
using Position = std::uint64_t;

/// Whether `count` bytes at `at` are inside; the readers below must only be called where they are.
inline bool holds(ByteView input, Position at, Position count) noexcept {
    return at <= input.size() && count <= input.size() - at;
}

inline std::uint32_t byte_at(ByteView input, Position at) noexcept {
    return std::to_integer<std::uint32_t>(input[at]);
}

inline std::uint32_t big_16(ByteView input, Position at) noexcept {
    return byte_at(input, at) << 8 | byte_at(input, at + 1);
}

inline std::uint32_t little_16(ByteView input, Position at) noexcept {
    return byte_at(input, at + 1) << 8 | byte_at(input, at);
}

inline std::uint32_t big_32(ByteView input, Position at) noexcept {
    return big_16(input, at) << 16 | big_16(input, at + 2);
}

inline std::uint32_t little_32(ByteView input, Position at) noexcept {
    return little_16(input, at + 2) << 16 | little_16(input, at);
}

} // namespace thumbjobs::vips
