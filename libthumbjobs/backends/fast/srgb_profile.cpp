// sRGB's curve is that of IEC 61966-2-1; its primaries are adapted to the profile connection
// space's white, D50, by the Bradford method.
#include "backends/fast/srgb_profile.h"

#include <algorithm>
#include <cmath>

namespace thumbjobs::fast {
namespace {

using Matrix = std::array<std::array<double, 3>, 3>;

constexpr std::array<RgbProfile::Colour, 3> srgb_colours = {
    {{0.43607, 0.22249, 0.01392}, {0.38515, 0.71687, 0.09708}, {0.14307, 0.06061, 0.71410}}};

bool are_srgbs(const std::array<RgbProfile::Colour, 3>& colours) noexcept {
    constexpr double tolerance = 0.0015;
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t k = 0; k < 3; ++k)
            if (!(std::abs(colours[i][k] - srgb_colours[i][k]) <= tolerance))
                return false;
    return true;
}

double srgb_curve(double x) noexcept {
    return x <= 0.04045 ? x / 12.92 : std::pow((x + 0.055) / 1.055, 2.4);
}

bool is_srgbs(const RgbProfile::Curve& curve) noexcept {
    for (std::size_t i = 0; i < curve.size(); ++i) {
        // Half a level to either side.
        const double x = static_cast<double>(i);
        const double low = i == 0 ? -0.001 : srgb_curve((x - 0.5) / 255);
        const double high = srgb_curve((x + 0.5) / 255);
        if (!(curve[i] > low && curve[i] < high))
            return false;
    }
    return true;
}

/// The level of sRGB that is nearest to each of 65536 amounts of light.
const std::array<std::uint8_t, 65'536>& srgb_levels() {
    static const auto levels = [] {
        std::array<std::uint8_t, 65'536> result{};
        std::size_t from = 0;
        for (int level = 0; level < 256; ++level) {
            const double end = level == 255 ? 1 : srgb_curve((level + 0.5) / 255);
            const auto to = static_cast<std::size_t>(std::ceil(end * 65'535)) + (level == 255);
            std::fill(result.begin() + static_cast<std::ptrdiff_t>(from),
                      result.begin() + static_cast<std::ptrdiff_t>(to),
                      static_cast<std::uint8_t>(level));
            from = to;
        }
        return result;
    }();
    return levels;
}

/// Whose columns these are.
constexpr Matrix matrix_of(const std::array<RgbProfile::Colour, 3>& colours) noexcept {
    Matrix matrix{};
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t k = 0; k < 3; ++k)
            matrix[k][i] = colours[i][k];
    return matrix;
}

constexpr Matrix inverse(const Matrix& m) noexcept {
    Matrix cofactors{};
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t k = 0; k < 3; ++k) {
            const std::size_t i1 = (i + 1) % 3;
            const std::size_t i2 = (i + 2) % 3;
            const std::size_t k1 = (k + 1) % 3;
            const std::size_t k2 = (k + 2) % 3;
            cofactors[k][i] = m[i1][k1] * m[i2][k2] - m[i1][k2] * m[i2][k1];
        }
    const double determinant =
        m[0][0] * cofactors[0][0] + m[0][1] * cofactors[1][0] + m[0][2] * cofactors[2][0];
    for (auto& row : cofactors)
        for (double& value : row)
            value /= determinant;
    return cofactors;
}

constexpr Matrix product(const Matrix& a, const Matrix& b) noexcept {
    Matrix result{};
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t k = 0; k < 3; ++k)
            for (std::size_t n = 0; n < 3; ++n)
                result[i][k] += a[i][n] * b[n][k];
    return result;
}

bool rises_from_black_to_white(const RgbProfile::Curve& curve) noexcept {
    for (std::size_t i = 1; i < curve.size(); ++i)
        if (!(curve[i] >= curve[i - 1]))
            return false;
    return std::abs(curve.front()) < 0.001 && std::abs(curve.back() - 1) < 0.001;
}

} // namespace

bool is_srgb(ByteView profile) {
    const auto read = read_rgb_profile(profile);
    return read && are_srgbs(read->colours) &&
           std::all_of(read->curves.begin(), read->curves.end(), is_srgbs);
}

std::optional<ToSrgb> ToSrgb::from(const RgbProfile& profile) {
    constexpr Matrix from_connection = inverse(matrix_of(srgb_colours));
    constexpr double white_tolerance = 0.02;
    constexpr double most = 4; // ProPhoto RGB, one of the widest, has factors of 2.03.
    const Matrix matrix = product(from_connection, matrix_of(profile.colours));
    ToSrgb result;
    for (std::size_t i = 0; i < 3; ++i) {
        if (!rises_from_black_to_white(profile.curves[i]) ||
            !(std::abs(matrix[i][0] + matrix[i][1] + matrix[i][2] - 1) < white_tolerance))
            return std::nullopt;
        for (std::size_t k = 0; k < 3; ++k) {
            if (!(std::abs(matrix[i][k]) < most))
                return std::nullopt;
            result.factors_[i][k] = std::llround(matrix[i][k] * (1 << fraction_bits));
        }
        for (std::size_t level = 0; level < 256; ++level)
            result.light_[i][level] = static_cast<std::uint16_t>(
                std::lround(std::clamp(profile.curves[i][level], 0.0, 1.0) * 65'535));
    }
    return result;
}

void ToSrgb::convert(std::span<std::byte> pixels) const {
    const auto& levels = srgb_levels();
    for (std::size_t at = 0; at + 3 <= pixels.size(); at += 3) {
        std::array<std::int64_t, 3> light{};
        for (std::size_t i = 0; i < 3; ++i)
            light[i] = light_[i][std::to_integer<std::size_t>(pixels[at + i])];
        for (std::size_t i = 0; i < 3; ++i) {
            const auto& row = factors_[i];
            const std::int64_t sum = row[0] * light[0] + row[1] * light[1] + row[2] * light[2];
            const std::int64_t rounded = (sum + (1 << (fraction_bits - 1))) >> fraction_bits;
            pixels[at + i] = std::byte{
                levels[static_cast<std::size_t>(std::clamp<std::int64_t>(rounded, 0, 65'535))]};
        }
    }
}

} // namespace thumbjobs::fast
