#include "bench_images.h"

#include <vips/vips8>

#include <stdexcept>

namespace bench {
namespace {

using vips::VImage;

/// One band of clouds at three scales and some grain, about 0 to 255.
VImage clouds(int width, int height, int seed) {
    const auto layer = [&](int cell, double weight) {
        return VImage::perlin(width, height,
                              VImage::option()->set("cell_size", cell)->set("seed", seed + cell)) *
               weight;
    };
    const VImage grain = VImage::gaussnoise(
        width, height, VImage::option()->set("sigma", 4.0)->set("mean", 128.0)->set("seed", seed));
    return layer(512, 70) + layer(96, 40) + layer(16, 18) + grain;
}

VImage photograph(int width, int height) {
    return clouds(width, height, 1)
        .bandjoin(clouds(width, height, 2))
        .bandjoin(clouds(width, height, 3))
        .cast(VIPS_FORMAT_UCHAR)
        .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
}

thumbjobs::Bytes encode(const VImage& image, const char* suffix, vips::VOption* options) {
    void* data = nullptr;
    std::size_t size = 0;
    image.write_to_buffer(suffix, &data, &size, options);
    const auto* begin = static_cast<const std::byte*>(data);
    thumbjobs::Bytes bytes(begin, begin + size);
    g_free(data);
    return bytes;
}

struct Recipe {
    const char* name;
    int width;
    int height;
    const char* suffix;
    bool alpha = false;
    bool progressive = false;
};

constexpr Recipe recipes[] = {
    {"jpeg-0.3mp", 640, 512, ".jpg"},
    {"jpeg-6mp", 3000, 2000, ".jpg"},
    {"jpeg-12mp", 4032, 3024, ".jpg"},
    {"jpeg-12mp-progressive", 4032, 3024, ".jpg", false, true},
    {"png-alpha-0.8mp", 1024, 768, ".png", true},
    {"webp-2mp", 1600, 1200, ".webp"},
};

} // namespace

std::vector<std::string> image_names() {
    std::vector<std::string> names;
    for (const Recipe& recipe : recipes)
        names.emplace_back(recipe.name);
    return names;
}

BenchImage make_image(const std::string& name) {
    for (const Recipe& recipe : recipes) {
        if (name != recipe.name)
            continue;
        VImage image = photograph(recipe.width, recipe.height);
        if (recipe.alpha)
            image = image.bandjoin(clouds(recipe.width, recipe.height, 4).cast(VIPS_FORMAT_UCHAR));
        auto* options = VImage::option();
        if (std::string_view(recipe.suffix) != ".png")
            options->set("Q", 85);
        if (recipe.progressive)
            options->set("interlace", true);
        return {name, encode(image, recipe.suffix, options)};
    }
    throw std::invalid_argument("no benchmark image is called " + name);
}

} // namespace bench
