#include "quality_images.h"

#include "support/icc_profile.h"

#include <vips/vips8>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

namespace bench {
namespace {

using vips::VImage;

VImage to_rgb(const VImage& image) {
    return image.cast(VIPS_FORMAT_UCHAR)
        .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
}

VImage zone_plate(int side) {
    const VImage plate = VImage::zone(side, side) * 127.5 + 127.5;
    return to_rgb(plate.bandjoin(plate).bandjoin(plate));
}

VImage fine_text(int width, int height) {
    std::string words;
    for (int i = 0; i < 400; ++i)
        words += "The quick brown fox jumps over the lazy dog, " + std::to_string(i * 37) + ". ";
    VImage text = VImage::text(
        words.c_str(),
        VImage::option()->set("font", "sans 14")->set("width", width - 40)->set("dpi", 120));
    text = text.embed(20, 20, width, height) * -1 + 255;
    return to_rgb(text.bandjoin(text).bandjoin(text));
}

/// Red, blue, green and yellow in stripes of growing width.
VImage saturated_edges(int width, int height) {
    const VImage x = VImage::xyz(width, height).extract_band(0);
    const VImage phase = (x * x / (width * 6.0)).floor();
    const VImage odd = phase - (phase / 2).floor() * 2;
    const VImage y = VImage::xyz(width, height).extract_band(1);
    const VImage lower = (y > height / 2) / 255;
    const VImage red = (odd * -1 + 1) * 255;
    const VImage green = lower * 255 * odd;
    const VImage blue = (lower * -1 + 1) * 255 * odd;
    return to_rgb(red.bandjoin(green).bandjoin(blue));
}

VImage gradients(int width, int height) {
    const VImage x = VImage::xyz(width, height).extract_band(0) * (255.0 / width);
    const VImage y = VImage::xyz(width, height).extract_band(1) * (255.0 / height);
    return to_rgb(x.bandjoin(y).bandjoin((x * 0.5 + y * 0.5) * -1 + 255));
}

VImage clouds(int width, int height) {
    const auto band = [&](int seed) {
        const auto layer = [&](int cell, double weight) {
            return VImage::perlin(
                       width, height,
                       VImage::option()->set("cell_size", cell)->set("seed", seed + cell)) *
                   weight;
        };
        return layer(256, 80) + layer(48, 40) + layer(12, 25) + 128;
    };
    return to_rgb(band(1).bandjoin(band(2)).bandjoin(band(3)));
}

thumbjobs::Bytes write(const VImage& image, const char* suffix, vips::VOption* options) {
    void* data = nullptr;
    std::size_t size = 0;
    image.write_to_buffer(suffix, &data, &size, options);
    const auto* begin = static_cast<const std::byte*>(data);
    thumbjobs::Bytes bytes(begin, begin + size);
    g_free(data);
    return bytes;
}

thumbjobs::Bytes encode(const VImage& image, int quality, bool progressive,
                        VipsForeignSubsample subsampling) {
    return write(image, ".jpg",
                 VImage::option()
                     ->set("Q", quality)
                     ->set("interlace", progressive)
                     ->set("subsample_mode", subsampling));
}

/// Discs that fade out, over colours that must not show where nothing is.
VImage soft_discs(int width, int height) {
    const VImage place = VImage::xyz(width, height);
    const VImage x = (place.extract_band(0) * 3).sin();
    const VImage y = (place.extract_band(1) * 2.5).sin();
    return saturated_edges(width, height)
        .bandjoin(((x * 60 + y * 2) * 160 + 60).cast(VIPS_FORMAT_UCHAR));
}

void add_png_and_webp(std::vector<QualityImage>& images) {
    const auto png = [&images](const std::string& name, const VImage& image, bool palette = false) {
        images.push_back({name, write(image, ".png",
                                      VImage::option()
                                          ->set("compression", 1)
                                          ->set("palette", palette)
                                          ->set("filter", VIPS_FOREIGN_PNG_FILTER_ALL))});
    };
    png("zone plate PNG", zone_plate(1024));
    png("fine text PNG", fine_text(1701, 1203));
    png("clouds PNG", clouds(1203, 797));
    png("grey clouds PNG", clouds(801, 603).colourspace(VIPS_INTERPRETATION_B_W));
    png("saturated edges PNG", saturated_edges(999, 701));
    png("saturated edges indexed PNG", saturated_edges(1111, 703), true);
    png("soft discs PNG", soft_discs(1301, 899));
    png("soft discs indexed PNG", soft_discs(640, 480), true);
    png("soft discs 180 PNG", soft_discs(180, 150));
    for (const int quality : {85, 30}) {
        const auto webp = [&](const std::string& name, const VImage& image) {
            images.push_back({name + " WebP " + std::to_string(quality),
                              write(image, ".webp", VImage::option()->set("Q", quality))});
        };
        webp("zone plate 500", zone_plate(500));
        webp("fine text", fine_text(1701, 1203));
        webp("saturated edges", saturated_edges(999, 701));
        webp("clouds", clouds(1603, 1197));
        webp("clouds 399", clouds(399, 301));
        webp("clouds 400", clouds(400, 300));
        webp("gradients 420", gradients(420, 420));
        VImage turned = clouds(640, 480).copy();
        turned.set(VIPS_META_ORIENTATION, 6);
        webp("orientation 6", turned);
    }
}

thumbjobs::Bytes file_bytes(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto view = thumbjobs::as_bytes(text);
    return {view.begin(), view.end()};
}

} // namespace

std::vector<QualityImage> quality_images(const std::string& folder) {
    std::vector<QualityImage> images;
    const auto add = [&images](const std::string& name, const VImage& image) {
        images.push_back({name, encode(image, 92, false, VIPS_FOREIGN_SUBSAMPLE_ON)});
        images.push_back(
            {name + " progressive", encode(image, 92, true, VIPS_FOREIGN_SUBSAMPLE_ON)});
    };
    add("zone plate 2048", zone_plate(2048));
    add("zone plate 500", zone_plate(500));
    add("fine text", fine_text(1701, 1203));
    add("saturated edges", saturated_edges(1999, 1401));
    add("gradients", gradients(3001, 1999));
    add("clouds", clouds(2403, 1597));
    add("clouds 640", clouds(640, 512));
    add("grey clouds", clouds(1801, 1203).colourspace(VIPS_INTERPRETATION_B_W));
    images.push_back({"saturated edges 4:4:4",
                      encode(saturated_edges(1701, 1207), 92, false, VIPS_FOREIGN_SUBSAMPLE_OFF)});
    const auto with_profile = [&images](const std::string& name, const VImage& image,
                                        const std::string& profile) {
        VImage tagged = image.copy();
        vips_image_set_blob_copy(tagged.get_image(), VIPS_META_ICC_NAME, profile.data(),
                                 profile.size());
        images.push_back({name, encode(tagged, 92, false, VIPS_FOREIGN_SUBSAMPLE_ON)});
    };
    using namespace thumbjobs::test;
    const std::string p3 = icc_rgb_profile(p3_colours, icc_srgb_curve());
    const std::string adobe_rgb = icc_rgb_profile(adobe_rgb_colours, icc_table({0x0233}));
    for (const auto& [name, profile] : {std::pair{" P3", p3}, {" Adobe RGB", adobe_rgb}}) {
        with_profile("saturated edges" + std::string(name), saturated_edges(1999, 1401), profile);
        with_profile("gradients" + std::string(name), gradients(4001, 2999), profile);
        with_profile("clouds" + std::string(name), clouds(2403, 1597), profile);
        with_profile("clouds 640" + std::string(name), clouds(640, 512), profile);
    }
    for (int orientation = 1; orientation <= 8; ++orientation) {
        VImage turned = clouds(1203, 1805).copy();
        turned.set(VIPS_META_ORIENTATION, orientation);
        images.push_back({"orientation " + std::to_string(orientation),
                          encode(turned, 90, orientation % 2 == 0, VIPS_FOREIGN_SUBSAMPLE_ON)});
    }
    add_png_and_webp(images);
    if (folder.empty())
        return images;
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
        if (const auto suffix = entry.path().extension();
            suffix == ".jpg" || suffix == ".png" || suffix == ".webp")
            paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    for (const auto& path : paths)
        images.push_back({path.filename().string(), file_bytes(path)});
    return images;
}

} // namespace bench
