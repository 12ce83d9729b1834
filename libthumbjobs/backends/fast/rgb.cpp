#include "backends/fast/rgb.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace thumbjobs::fast {
namespace {

std::byte limited(int value) noexcept {
    return static_cast<std::byte>(std::clamp(value, 0, 255));
}

// The factors of JFIF in 16-bit fixed point, as libjpeg rounds them.
constexpr int half = 1 << 15;
constexpr int cr_to_red = 91'881;   // 1.402
constexpr int cb_to_green = 22'554; // 0.344136
constexpr int cr_to_green = 46'802; // 0.714136
constexpr int cb_to_blue = 116'130; // 1.772

} // namespace

PixelImage to_pixels(const SmallPlanes& planes) {
    const SmallPlane& luma = planes[0];
    PixelImage image{{luma.width, luma.height}, planes.size() == 1 ? 1 : 3, {}};
    image.pixels.resize(static_cast<std::size_t>(luma.width) *
                        static_cast<std::size_t>(luma.height) *
                        static_cast<std::size_t>(image.bands));
    std::byte* out = image.pixels.data();
    for (int row = 0; row < luma.height; ++row) {
        const std::uint8_t* const y = luma.row(row);
        if (image.bands == 1) {
            out = std::transform(y, y + luma.width, out,
                                 [](std::uint8_t value) { return std::byte{value}; });
            continue;
        }
        const std::uint8_t* const cb = planes[1].row(row);
        const std::uint8_t* const cr = planes[2].row(row);
        for (int x = 0; x < luma.width; ++x) {
            const int blue = cb[x] - 128;
            const int red = cr[x] - 128;
            *out++ = limited(y[x] + ((cr_to_red * red + half) >> 16));
            *out++ = limited(y[x] - ((cb_to_green * blue + cr_to_green * red + half) >> 16));
            *out++ = limited(y[x] + ((cb_to_blue * blue + half) >> 16));
        }
    }
    return image;
}

namespace {

constexpr int red_to_luma = 19'595;   // 0.299
constexpr int green_to_luma = 38'470; // 0.587
constexpr int blue_to_luma = 7'471;   // 0.114
constexpr int red_to_cb = 11'058;     // 0.168736
constexpr int green_to_cb = 21'710;   // 0.331264
constexpr int green_to_cr = 27'439;   // 0.418688
constexpr int blue_to_cr = 5'329;     // 0.081312

SmallPlane empty_plane(int width, int height, int alignment) {
    SmallPlane plane{width, height,
                     static_cast<std::size_t>((width + alignment - 1) / alignment) *
                         static_cast<std::size_t>(alignment)};
    plane.samples.resize(plane.stride * static_cast<std::size_t>(height));
    return plane;
}

/// The sum of side x side pixels; beyond the right and lower edges, of those at the edge.
std::array<int, 3> sum_of_pixels(const PixelImage& image, int left, int top, int side) {
    std::array<int, 3> sum{};
    for (int y = top; y < top + side; ++y)
        for (int x = left; x < left + side; ++x) {
            const auto row = static_cast<std::size_t>(std::min(y, image.size.height - 1));
            const auto column = static_cast<std::size_t>(std::min(x, image.size.width - 1));
            const std::byte* const pixel =
                &image.pixels[(row * static_cast<std::size_t>(image.size.width) + column) * 3];
            for (std::size_t i = 0; i < 3; ++i)
                sum[i] += std::to_integer<int>(pixel[i]);
        }
    return sum;
}

void repeat_last(SmallPlane& plane) {
    for (int y = 0; y < plane.height; ++y)
        std::fill(plane.row(y) + plane.width, plane.row(y) + plane.stride,
                  plane.row(y)[plane.width - 1]);
}

} // namespace

SmallPlanes to_planes(const PixelImage& image, bool half_colour, int alignment) {
    const auto [width, height] = image.size;
    const int side = half_colour ? 2 : 1;
    const int count = side * side; // Of pixels that a colour is the average of.
    SmallPlanes planes{empty_plane(width, height, alignment)};
    if (image.bands == 1) {
        for (int y = 0; y < height; ++y)
            std::transform(image.pixels.begin() + std::ptrdiff_t{y} * width,
                           image.pixels.begin() + std::ptrdiff_t{y + 1} * width, planes[0].row(y),
                           std::to_integer<std::uint8_t>);
        repeat_last(planes[0]);
        return planes;
    }
    while (planes.size() < 3)
        planes.push_back(
            empty_plane((width + side - 1) / side, (height + side - 1) / side, alignment));
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) {
            const auto [red, green, blue] = sum_of_pixels(image, x, y, 1);
            planes[0].row(y)[x] = static_cast<std::uint8_t>(
                (red_to_luma * red + green_to_luma * green + blue_to_luma * blue + half) >> 16);
        }
    const auto level = [count](int value) {
        return std::to_integer<std::uint8_t>(limited(128 + ((value / count + half - 1) >> 16)));
    };
    for (int y = 0; y < planes[1].height; ++y)
        for (int x = 0; x < planes[1].width; ++x) {
            const auto [red, green, blue] = sum_of_pixels(image, x * side, y * side, side);
            planes[1].row(y)[x] = level((1 << 15) * blue - red_to_cb * red - green_to_cb * green);
            planes[2].row(y)[x] = level((1 << 15) * red - green_to_cr * green - blue_to_cr * blue);
        }
    for (SmallPlane& plane : planes)
        repeat_last(plane);
    return planes;
}

} // namespace thumbjobs::fast
