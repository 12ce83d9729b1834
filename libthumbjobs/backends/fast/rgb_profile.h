#pragma once

#include <thumbjobs/blob.h>

#include <array>
#include <optional>

namespace thumbjobs::fast {

/// What an ICC profile of three colours and a curve for each says, without tables.
struct RgbProfile {
    using Colour = std::array<double, 3>; ///< X, Y and Z in the profile connection space.
    using Curve = std::array<double, 256>;

    std::array<Colour, 3> colours{}; ///< Of red, green and blue.
    std::array<Curve, 3> curves{};   ///< What is linear in light, for each of 256 levels.
};

/// Nothing for profiles of any other kind, and for curves of rare ones. Never reads outside
/// `profile`.
std::optional<RgbProfile> read_rgb_profile(ByteView profile);

/// Whether it has the head of an ICC profile for numbers such as these: grey, or RGB.
bool is_profile_for(ByteView profile, bool grey) noexcept;

} // namespace thumbjobs::fast
