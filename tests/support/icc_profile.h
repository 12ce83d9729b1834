#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

namespace thumbjobs::test {

inline void append_big_endian(std::string& text, std::uint32_t value, int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
        text += static_cast<char>(value >> shift & 0xff);
}

inline std::string icc_fixed(double value) {
    std::string text;
    append_big_endian(
        text, static_cast<std::uint32_t>(static_cast<std::int32_t>(std::lround(value * 65536))), 4);
    return text;
}

/// A curve by one of the formulas of ICC.1, 10.15.
inline std::string icc_formula(char kind, const std::vector<double>& parameters) {
    std::string curve("para\0\0\0\0\0", 9);
    curve += kind;
    curve += std::string(2, '\0');
    for (const double parameter : parameters)
        curve += icc_fixed(parameter);
    return curve;
}

/// That of sRGB, or with another exponent.
inline std::string icc_srgb_curve(double gamma = 2.4) {
    return icc_formula(3, {gamma, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045});
}

/// A curve by a table; with one number an exponent with 8 fraction bits.
inline std::string icc_table(const std::vector<std::uint32_t>& values) {
    std::string curve("curv\0\0\0\0", 8);
    append_big_endian(curve, static_cast<std::uint32_t>(values.size()), 4);
    for (const std::uint32_t value : values)
        append_big_endian(curve, value, 2);
    return curve + std::string(values.size() % 2 * 2, '\0');
}

using IccColours = std::array<std::array<double, 3>, 3>;

constexpr IccColours srgb_colours{
    {{0.4360, 0.2225, 0.0139}, {0.3851, 0.7169, 0.0971}, {0.1431, 0.0606, 0.7141}}};
constexpr IccColours p3_colours{
    {{0.5151, 0.2412, -0.0011}, {0.2920, 0.6922, 0.0419}, {0.1571, 0.0666, 0.7841}}};
constexpr IccColours adobe_rgb_colours{
    {{0.60974, 0.31111, 0.01947}, {0.20528, 0.62567, 0.06087}, {0.14919, 0.06322, 0.74457}}};

/// The head of every ICC profile and its table of tags, which follow. `space`: four letters.
inline std::string icc_profile(const std::string& space,
                               const std::vector<std::array<std::string, 2>>& tags) {
    std::string profile(128, '\0');
    profile[8] = 2;
    profile.replace(12, 4, "mntr");
    profile.replace(16, 4, space);
    profile.replace(20, 4, "XYZ ");
    profile.replace(36, 4, "acsp");
    profile.replace(68, 12, icc_fixed(0.9642) + icc_fixed(1) + icc_fixed(0.8249));
    append_big_endian(profile, static_cast<std::uint32_t>(tags.size()), 4);
    std::string data;
    for (const auto& [name, content] : tags) {
        profile += name;
        append_big_endian(profile, static_cast<std::uint32_t>(132 + tags.size() * 12 + data.size()),
                          4);
        append_big_endian(profile, static_cast<std::uint32_t>(content.size()), 4);
        data += content;
    }
    profile += data;
    std::string size;
    append_big_endian(size, static_cast<std::uint32_t>(profile.size()), 4);
    return profile.replace(0, 4, size);
}

inline std::string icc_colour(const std::array<double, 3>& colour) {
    return std::string("XYZ \0\0\0\0", 8) + icc_fixed(colour[0]) + icc_fixed(colour[1]) +
           icc_fixed(colour[2]);
}

/// Of RGB, with these primaries and one curve.
inline std::string icc_rgb_profile(const IccColours& colours, const std::string& curve) {
    return icc_profile("RGB ", {{"rXYZ", icc_colour(colours[0])},
                                {"gXYZ", icc_colour(colours[1])},
                                {"bXYZ", icc_colour(colours[2])},
                                {"wtpt", icc_colour({0.9642, 1, 0.8249})},
                                {"rTRC", curve},
                                {"gTRC", curve},
                                {"bTRC", curve}});
}

} // namespace thumbjobs::test
