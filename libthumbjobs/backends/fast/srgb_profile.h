#pragma once

#include "backends/fast/rgb_profile.h"

#include <cstdint>
#include <span>

namespace thumbjobs::fast {

/// Whether an ICC profile says sRGB, by what it would do to colours and not by its name: an RGB
/// profile of matrix and curves, without tables, whose primaries and curves
/// are sRGB's to within less than a step of 8 bits. Never reads outside `profile`.
bool is_srgb(ByteView profile);

/// Makes sRGB colours of those of another profile of colours and curves, such as Display P3 or
/// Adobe RGB, as colour management does between two such profiles by any intent but the absolute
/// one: what sRGB does not have goes to its edge. In integers: the same on every machine.
class ToSrgb {
public:
    /// Nothing unless the profile has curves that rise from black to white and its white is white:
    /// others are left to those who know.
    static std::optional<ToSrgb> from(const RgbProfile& profile);

    /// `pixels`: red, green, blue.
    void convert(std::span<std::byte> pixels) const;

private:
    ToSrgb() = default;

    static constexpr int fraction_bits = 16;

    std::array<std::array<std::uint16_t, 256>, 3> light_{}; // 65535: all of it.
    std::array<std::array<std::int64_t, 3>, 3> factors_{};  // Row by row, with fraction_bits.
};

} // namespace thumbjobs::fast
