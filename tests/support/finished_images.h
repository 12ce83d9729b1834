#pragma once

#include "backends/common/finisher.h"
#include "backends/vips/vips_finisher.h"

#include <cstdint>
#include <memory>

namespace thumbjobs::test {

/// Counts what it is given, and gives it on.
class CountingFinisher final : public Finisher {
public:
    EncodedImage finish(const PixelImage& image, const Plan& plan,
                        const RenditionSpec& spec) const override {
        ++calls;
        return vips_->finish(image, plan, spec);
    }

    mutable int calls = 0;

private:
    std::shared_ptr<const Finisher> vips_ = open_vips_finisher();
};

enum class Content { flat, slope, noise, edges, repeats };

inline std::uint32_t hashed(std::uint32_t value) {
    value = (value ^ value >> 16) * 0x45d9f3b;
    value = (value ^ value >> 16) * 0x45d9f3b;
    return value ^ value >> 16;
}

inline std::uint32_t sample(Content content, std::uint32_t x, std::uint32_t y, std::uint32_t band) {
    switch (content) {
    case Content::flat:
        return 40 + band * 50;
    case Content::slope:
        return 5 * x + 3 * y + 11 * band;
    case Content::noise:
        return hashed(x * 4'099 + y * 131 + band);
    case Content::edges:
        return (x / 7 + y / 5) % 2 * 255;
    case Content::repeats:
        break;
    }
    return hashed(x % 13 * 4'099 + y % 17 * 131 + band);
}

/// With even numbers of bands the last one is opacity, here and there the whole.
inline PixelImage make_image(Content content, Size size, int bands) {
    PixelImage image{.size = size, .bands = bands, .pixels = {}};
    for (int y = 0; y < size.height; ++y)
        for (int x = 0; x < size.width; ++x)
            for (int band = 0; band < bands; ++band)
                image.pixels.push_back(static_cast<std::byte>(
                    sample(content, static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(y),
                           static_cast<std::uint32_t>(band)) &
                    0xff));
    return image;
}

inline PixelImage opaque(PixelImage image) {
    const auto bands = static_cast<std::size_t>(image.bands);
    for (std::size_t i = bands - 1; i < image.pixels.size(); i += bands)
        image.pixels[i] = std::byte{255};
    return image;
}

inline Plan plan_of(Size size) {
    return {.cut = size, .scaled = size, .kept = size, .canvas = size};
}

} // namespace thumbjobs::test
