#include "bench_images.h"

#include <vips/vips8>

#include <span>
#include <stdexcept>

namespace bench {
namespace {

using vips::VImage;

/// One band of clouds at three scales and some grain, about 0 to 255.
VImage clouds(int width, int height, int seed, double grain_sigma) {
    const auto layer = [&](int cell, double weight) {
        return VImage::perlin(width, height,
                              VImage::option()->set("cell_size", cell)->set("seed", seed + cell)) *
               weight;
    };
    const VImage grain = VImage::gaussnoise(
        width, height,
        VImage::option()->set("sigma", grain_sigma)->set("mean", 128.0)->set("seed", seed));
    return layer(512, 70) + layer(96, 40) + layer(16, 18) + grain;
}

VImage photograph(int width, int height, double grain) {
    return clouds(width, height, 1, grain)
        .bandjoin(clouds(width, height, 2, grain))
        .bandjoin(clouds(width, height, 3, grain))
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
    int quality = 85;
    double grain = 4; ///< Standard deviation.
};

constexpr Recipe recipes[] = {
    {"jpeg-0.3mp", 640, 512, ".jpg"},
    {"jpeg-6mp", 3000, 2000, ".jpg"},
    {"jpeg-12mp", 4032, 3024, ".jpg"},
    {"jpeg-12mp-progressive", 4032, 3024, ".jpg", false, true},
    {"jpeg-12mp-camera", 4032, 3024, ".jpg", false, false, 95, 6},
    {"jpeg-12mp-camera-progressive", 4032, 3024, ".jpg", false, true, 95, 6},
    {"png-alpha-0.8mp", 1024, 768, ".png", true},
    {"webp-2mp", 1600, 1200, ".webp"},
};

constexpr Recipe huge_recipes[] = {
    {"jpeg-24mp-camera", 6000, 4000, ".jpg", false, false, 95, 6},
    {"jpeg-100mp-camera", 11600, 8600, ".jpg", false, false, 95, 6},
};

std::vector<std::string> names_of(std::span<const Recipe> recipes_of) {
    std::vector<std::string> names;
    for (const Recipe& recipe : recipes_of)
        names.emplace_back(recipe.name);
    return names;
}

const Recipe& recipe_of(const std::string& name) {
    for (const std::span<const Recipe> some :
         {std::span<const Recipe>(recipes), std::span<const Recipe>(huge_recipes)})
        for (const Recipe& recipe : some)
            if (name == recipe.name)
                return recipe;
    throw std::invalid_argument("no benchmark image is called " + name);
}

} // namespace

std::vector<std::string> image_names() {
    return names_of(recipes);
}

std::vector<std::string> huge_image_names() {
    return names_of(huge_recipes);
}

BenchImage make_image(const std::string& name) {
    const Recipe& recipe = recipe_of(name);
    VImage image = photograph(recipe.width, recipe.height, recipe.grain);
    if (recipe.alpha)
        image = image.bandjoin(
            clouds(recipe.width, recipe.height, 4, recipe.grain).cast(VIPS_FORMAT_UCHAR));
    auto* options = VImage::option();
    if (std::string_view(recipe.suffix) != ".png")
        options->set("Q", recipe.quality);
    // libvips would leave out the subsampling of chroma, cameras do not.
    if (recipe.quality > 90)
        options->set("subsample_mode", VIPS_FOREIGN_SUBSAMPLE_ON);
    if (recipe.progressive)
        options->set("interlace", true);
    return {name, encode(image, recipe.suffix, options)};
}

} // namespace bench
