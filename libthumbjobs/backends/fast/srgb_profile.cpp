// ICC.1:2010: the header in 7.2, the tag table in 7.3, curveType in 10.5, parametricCurveType in
// 10.15, XYZType in 10.27. sRGB's curve is that of IEC 61966-2-1; its primaries are adapted to the
// profile connection space's white, D50, by the Bradford method.
#include "backends/fast/srgb_profile.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace thumbjobs::fast {
namespace {

constexpr std::size_t header_size = 128;

std::string_view text_at(ByteView bytes, std::size_t at) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()) + at, 4};
}

std::uint32_t big_16(ByteView bytes, std::size_t at) noexcept {
    return std::to_integer<std::uint32_t>(bytes[at]) << 8 |
           std::to_integer<std::uint32_t>(bytes[at + 1]);
}

std::uint32_t big_32(ByteView bytes, std::size_t at) noexcept {
    return big_16(bytes, at) << 16 | big_16(bytes, at + 2);
}

double fixed_at(ByteView bytes, std::size_t at) noexcept {
    return static_cast<double>(static_cast<std::int32_t>(big_32(bytes, at))) / 65536;
}

/// The data of the tag `name`; nothing if it is absent or not inside the profile.
std::optional<ByteView> tag(ByteView profile, std::string_view name) noexcept {
    const std::size_t count = big_32(profile, header_size);
    if (count > (profile.size() - header_size - 4) / 12)
        return std::nullopt;
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t entry = header_size + 4 + i * 12;
        if (text_at(profile, entry) != name)
            continue;
        const std::size_t at = big_32(profile, entry + 4);
        const std::size_t size = big_32(profile, entry + 8);
        if (at > profile.size() || size > profile.size() - at)
            return std::nullopt;
        return profile.subspan(at, size);
    }
    return std::nullopt;
}

bool is_colour(std::optional<ByteView> data, const std::array<double, 3>& expected) noexcept {
    constexpr double tolerance = 0.0015;
    if (!data || data->size() < 20 || text_at(*data, 0) != "XYZ ")
        return false;
    for (std::size_t i = 0; i < 3; ++i)
        if (std::abs(fixed_at(*data, 8 + 4 * i) - expected[i]) > tolerance)
            return false;
    return true;
}

double srgb_curve(double x) noexcept {
    return x <= 0.04045 ? x / 12.92 : std::pow((x + 0.055) / 1.055, 2.4);
}

/// What the curve makes of each of the 256 levels; nothing if it is of another kind.
std::optional<std::array<double, 256>> sampled(ByteView data) noexcept {
    std::array<double, 256> values{};
    if (data.size() < 12)
        return std::nullopt;
    if (text_at(data, 0) == "curv") {
        const std::size_t count = big_32(data, 8);
        if (count < 2 || count > (data.size() - 12) / 2)
            return std::nullopt;
        for (std::size_t i = 0; i < values.size(); ++i) {
            const double at = static_cast<double>(i) / 255 * static_cast<double>(count - 1);
            const auto below = std::min(static_cast<std::size_t>(at), count - 2);
            const double low = big_16(data, 12 + 2 * below);
            const double high = big_16(data, 12 + 2 * below + 2);
            values[i] = (low + (high - low) * (at - static_cast<double>(below))) / 65535;
        }
        return values;
    }
    constexpr std::uint32_t with_linear_part = 3; // Y = (aX + b)^g from d on, else cX
    if (text_at(data, 0) != "para" || big_16(data, 8) != with_linear_part || data.size() < 32)
        return std::nullopt;
    const auto parameter = [&](std::size_t i) { return fixed_at(data, 12 + 4 * i); };
    for (std::size_t i = 0; i < values.size(); ++i) {
        const double x = static_cast<double>(i) / 255;
        values[i] = x >= parameter(4)
                        ? std::pow(std::max(0.0, parameter(1) * x + parameter(2)), parameter(0))
                        : parameter(3) * x;
    }
    return values;
}

bool is_srgb_curve(std::optional<ByteView> data) noexcept {
    const auto values = data ? sampled(*data) : std::nullopt;
    if (!values)
        return false;
    for (std::size_t i = 0; i < values->size(); ++i) {
        // Half a level to either side.
        const double x = static_cast<double>(i);
        const double low = i == 0 ? -0.001 : srgb_curve((x - 0.5) / 255);
        const double high = srgb_curve((x + 0.5) / 255);
        if (!((*values)[i] > low && (*values)[i] < high))
            return false;
    }
    return true;
}

} // namespace

bool is_srgb(ByteView profile) noexcept {
    if (profile.size() < header_size + 4 || text_at(profile, 36) != "acsp" ||
        text_at(profile, 16) != "RGB " || text_at(profile, 20) != "XYZ ")
        return false;
    for (const char* table : {"A2B0", "A2B1", "A2B2", "D2B0", "D2B1", "D2B2", "D2B3"})
        if (tag(profile, table))
            return false;
    return is_colour(tag(profile, "rXYZ"), {0.43607, 0.22249, 0.01392}) &&
           is_colour(tag(profile, "gXYZ"), {0.38515, 0.71687, 0.09708}) &&
           is_colour(tag(profile, "bXYZ"), {0.14307, 0.06061, 0.71410}) &&
           is_srgb_curve(tag(profile, "rTRC")) && is_srgb_curve(tag(profile, "gTRC")) &&
           is_srgb_curve(tag(profile, "bTRC"));
}

} // namespace thumbjobs::fast
