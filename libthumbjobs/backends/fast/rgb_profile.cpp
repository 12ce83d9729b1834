// ICC.1:2010: the header in 7.2, the tag table in 7.3, curveType in 10.5, parametricCurveType in
// 10.15, XYZType in 10.27.
#include "backends/fast/rgb_profile.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
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

std::optional<RgbProfile::Colour> read_colour(std::optional<ByteView> data) noexcept {
    if (!data || data->size() < 20 || text_at(*data, 0) != "XYZ ")
        return std::nullopt;
    return RgbProfile::Colour{fixed_at(*data, 8), fixed_at(*data, 12), fixed_at(*data, 16)};
}

/// What `value` makes of each level, from 0 to 1.
template <typename Value>
RgbProfile::Curve sampled(Value&& value) {
    RgbProfile::Curve curve{};
    for (std::size_t i = 0; i < curve.size(); ++i)
        curve[i] = value(static_cast<double>(i) / 255);
    return curve;
}

std::optional<RgbProfile::Curve> read_table(ByteView data) {
    const std::size_t count = big_32(data, 8);
    if (count > (data.size() - 12) / 2)
        return std::nullopt;
    if (count == 0)
        return sampled([](double x) { return x; });
    if (count == 1) {
        const double gamma = big_16(data, 12) / 256.0;
        return sampled([=](double x) { return std::pow(x, gamma); });
    }
    return sampled([&](double x) {
        const double at = x * static_cast<double>(count - 1);
        const auto below = std::min(static_cast<std::size_t>(at), count - 2);
        const double low = big_16(data, 12 + 2 * below);
        const double high = big_16(data, 12 + 2 * below + 2);
        return (low + (high - low) * (at - static_cast<double>(below))) / 65535;
    });
}

std::optional<RgbProfile::Curve> read_formula(ByteView data) {
    constexpr std::uint32_t power = 0;            // Y = X^g
    constexpr std::uint32_t with_linear_part = 3; // Y = (aX + b)^g from d on, else cX
    constexpr std::uint32_t with_offsets = 4;     // The same, plus e and f.
    const std::uint32_t kind = big_16(data, 8);
    const std::size_t count = kind == power              ? 1
                              : kind == with_linear_part ? 5
                              : kind == with_offsets     ? 7
                                                         : 0;
    if (count == 0 || data.size() < 12 + 4 * count)
        return std::nullopt;
    std::array<double, 7> parameters{};
    for (std::size_t i = 0; i < count; ++i)
        parameters[i] = fixed_at(data, 12 + 4 * i);
    const auto [g, a, b, c, d, e, f] = parameters;
    if (kind == power)
        return sampled([g = g](double x) { return std::pow(x, g); });
    return sampled([g = g, a = a, b = b, c = c, d = d, e = e, f = f](double x) {
        return x >= d ? std::pow(std::max(0.0, a * x + b), g) + e : c * x + f;
    });
}

std::optional<RgbProfile::Curve> read_curve(ByteView data) {
    if (data.size() < 12)
        return std::nullopt;
    if (text_at(data, 0) == "curv")
        return read_table(data);
    return text_at(data, 0) == "para" ? read_formula(data) : std::nullopt;
}

} // namespace

std::optional<RgbProfile> read_rgb_profile(ByteView profile) {
    if (profile.size() < header_size + 4 || !is_profile_for(profile, false) ||
        text_at(profile, 20) != "XYZ ")
        return std::nullopt;
    for (const char* table : {"A2B0", "A2B1", "A2B2", "D2B0", "D2B1", "D2B2", "D2B3"})
        if (tag(profile, table))
            return std::nullopt;
    constexpr std::array colours{"rXYZ", "gXYZ", "bXYZ"};
    constexpr std::array curves{"rTRC", "gTRC", "bTRC"};
    RgbProfile result;
    const std::byte* last = nullptr;
    for (std::size_t i = 0; i < colours.size(); ++i) {
        const auto colour = read_colour(tag(profile, colours[i]));
        const auto data = tag(profile, curves[i]);
        if (!colour || !data)
            return std::nullopt;
        result.colours[i] = *colour;
        if (data->data() == last) { // Mostly all three are the same one.
            result.curves[i] = result.curves[i - 1];
            continue;
        }
        last = data->data();
        const auto curve = read_curve(*data);
        if (!curve)
            return std::nullopt;
        result.curves[i] = *curve;
    }
    return result;
}

bool is_profile_for(ByteView profile, bool grey) noexcept {
    return profile.size() >= header_size && text_at(profile, 36) == "acsp" &&
           text_at(profile, 16) == (grey ? "GRAY" : "RGB ");
}

} // namespace thumbjobs::fast
