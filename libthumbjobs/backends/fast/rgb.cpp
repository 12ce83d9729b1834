#include "backends/fast/rgb.h"

#include <algorithm>
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

} // namespace thumbjobs::fast
