#include "backends/fast/finished.h"

#include <cstddef>

namespace thumbjobs::fast {
namespace {

/// Beyond this, libvips works in strips while we would hold the file's data several times.
constexpr std::size_t most_bytes = std::size_t{4} << 20;

} // namespace

bool is_finished(const PixelImage& image, const Plan& plan) noexcept {
    return image.size == plan.kept && image.size == plan.canvas && image.profile.empty() &&
           image.pixels.size() <= most_bytes;
}

bool has_alpha(const PixelImage& image) noexcept {
    return image.bands % 2 == 0;
}

bool is_transparent(const PixelImage& image) noexcept {
    const auto bands = static_cast<std::size_t>(image.bands);
    if (has_alpha(image))
        for (std::size_t i = bands - 1; i < image.pixels.size(); i += bands)
            if (image.pixels[i] != std::byte{255})
                return true;
    return false;
}

PixelImage without_alpha(const PixelImage& image) {
    const auto bands = static_cast<std::size_t>(image.bands);
    PixelImage result{.size = image.size, .bands = image.bands - 1, .pixels = {}};
    result.pixels.reserve(image.pixels.size() / bands * (bands - 1));
    for (std::size_t i = 0; i < image.pixels.size(); ++i)
        if (i % bands != bands - 1)
            result.pixels.push_back(image.pixels[i]);
    return result;
}

} // namespace thumbjobs::fast
