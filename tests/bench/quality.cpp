/// How good the thumbnails are that the fast paths make: ours and libvips' own
/// (vips_thumbnail_buffer), both 100x100 JPEG of quality 80 (PNG where there is transparency),
/// against a reference that is made from the full-size pixels with Lanczos3 in floating point. SSIM
/// is of luma, the colour difference the mean of CIE dE76.
///
/// usage: quality [--linear] [--sheet FILE.png] [FOLDER]
/// --linear: all three resize in linear light; ours by libvips then, whatever the format.
/// FOLDER: real images, *.jpg, *.png and *.webp, to be judged beside the synthetic ones.
#include "quality_images.h"

#include <thumbjobs/registry.h>
#include <thumbjobs/resizer.h>

#include <vips/vips8>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numbers>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using vips::VImage;

constexpr int box = 100;

/// What is taken for equal: the noise between two encoders of the same pixels.
constexpr double ssim_tolerance = 0.003;
constexpr double colour_tolerance = 0.1;

VImage decode(const thumbjobs::Bytes& file) {
    VImage image = VImage::new_from_buffer(file.data(), file.size(), "").autorot();
    if (image.get_typeof(VIPS_META_ICC_NAME) != 0)
        image = image.icc_transform("srgb", VImage::option()
                                                ->set("embedded", true)
                                                ->set("black_point_compensation", true)
                                                ->set("intent", VIPS_INTENT_PERCEPTUAL));
    if (image.bands() == 1)
        image = image.colourspace(VIPS_INTERPRETATION_sRGB);
    if (image.has_alpha()) // what shows over grey: not what is hidden
        image = image.flatten(VImage::option()->set("background", std::vector<double>{128}));
    return image.copy_memory();
}

double lanczos(double x) {
    x = std::abs(x);
    if (x < 1e-9)
        return 1;
    const double turn = std::numbers::pi * x;
    return x >= 3 ? 0 : 3 * std::sin(turn) * std::sin(turn / 3) / (turn * turn);
}

/// One pass along rows of `width` pixels of three bands; the result is transposed.
std::vector<double> reduce(const std::vector<double>& from, int width, int height, int to) {
    const double step = static_cast<double>(width) / to;
    const double widening = std::max(1.0, step);
    std::vector<double> result(static_cast<std::size_t>(to) * static_cast<std::size_t>(height) * 3);
    for (int x = 0; x < to; ++x) {
        const double centre = (x + 0.5) * step;
        const auto low = static_cast<int>(std::floor(centre - 3 * widening));
        const auto high = static_cast<int>(std::ceil(centre + 3 * widening));
        std::vector<double> weights;
        double sum = 0;
        for (int i = low; i < high; ++i) {
            weights.push_back(lanczos((i + 0.5 - centre) / widening));
            sum += weights.back();
        }
        for (int y = 0; y < height; ++y)
            for (int band = 0; band < 3; ++band) {
                double value = 0;
                for (int i = low; i < high; ++i) {
                    const int at = std::clamp(i, 0, width - 1);
                    value += weights[static_cast<std::size_t>(i - low)] *
                             from[static_cast<std::size_t>((y * width + at) * 3 + band)];
                }
                result[static_cast<std::size_t>((x * height + y) * 3 + band)] = value / sum;
            }
    }
    return result;
}

/// IEC 61966-2-1, both from 0 to 255.
double to_linear(double value) {
    const double part = value / 255;
    return 255 * (part <= 0.04045 ? part / 12.92 : std::pow((part + 0.055) / 1.055, 2.4));
}

double from_linear(double value) {
    const double part = std::clamp(value / 255, 0.0, 1.0);
    return 255 * (part <= 0.0031308 ? part * 12.92 : 1.055 * std::pow(part, 1 / 2.4) - 0.055);
}

VImage reference(const VImage& full, int width, int height, bool linear) {
    std::size_t size = 0;
    void* const memory = full.write_to_memory(&size);
    const auto* const bytes = static_cast<const unsigned char*>(memory);
    std::vector<double> pixels(bytes, bytes + size);
    g_free(memory);
    if (linear)
        std::transform(pixels.begin(), pixels.end(), pixels.begin(), to_linear);
    pixels = reduce(pixels, full.width(), full.height(), width);
    pixels = reduce(pixels, full.height(), width, height);
    if (linear)
        std::transform(pixels.begin(), pixels.end(), pixels.begin(), from_linear);
    std::vector<unsigned char> out;
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
            for (int band = 0; band < 3; ++band)
                out.push_back(static_cast<unsigned char>(
                    std::clamp(pixels[static_cast<std::size_t>((y * width + x) * 3 + band)] + 0.5,
                               0.0, 255.0)));
    return VImage::new_from_memory(out.data(), out.size(), width, height, 3, VIPS_FORMAT_UCHAR)
        .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB))
        .copy_memory();
}

/// Mean SSIM over windows of 8 x 8 (all of it where it is smaller).
double ssim(const VImage& left, const VImage& right) {
    const auto luma = [](const VImage& image) {
        return image.cast(VIPS_FORMAT_DOUBLE)
            .recomb(VImage::new_matrixv(3, 1, 0.299, 0.587, 0.114));
    };
    const auto mean = [](const VImage& image) {
        const int side = 8;
        return image.conv(VImage::new_matrix(side, side).copy() * 0 + 1.0 / (side * side),
                          VImage::option()->set("precision", VIPS_PRECISION_FLOAT));
    };
    const VImage a = luma(left);
    const VImage b = luma(right);
    const VImage mean_a = mean(a);
    const VImage mean_b = mean(b);
    const VImage var_a = mean(a * a) - mean_a * mean_a;
    const VImage var_b = mean(b * b) - mean_b * mean_b;
    const VImage both = mean(a * b) - mean_a * mean_b;
    const VImage up = (mean_a * mean_b * 2 + 6.5025) * (both * 2 + 58.5225);
    const VImage down = (mean_a * mean_a + mean_b * mean_b + 6.5025) * (var_a + var_b + 58.5225);
    return (up / down).avg();
}

struct Score {
    double ssim = 0;
    double colour = 0;
};

Score judge(const VImage& thumbnail, const VImage& expected) {
    return {ssim(thumbnail, expected), thumbnail.dE76(expected).avg()};
}

thumbjobs::Bytes make_with_libvips(const thumbjobs::Bytes& file, bool linear) {
    VipsBlob* blob = vips_blob_new(nullptr, file.data(), file.size());
    auto* options = VImage::option()->set("height", box)->set("linear", linear);
    // Without a profile in the file, to ask for one would only cost precision.
    if (VImage::new_from_buffer(file.data(), file.size(), "").get_typeof(VIPS_META_ICC_NAME) != 0)
        options->set("export_profile", "srgb");
    const VImage image = VImage::thumbnail_buffer(blob, box, options);
    vips_area_unref(VIPS_AREA(blob));
    void* data = nullptr;
    std::size_t size = 0;
    image.write_to_buffer(image.has_alpha() ? ".png" : ".jpg", &data, &size,
                          image.has_alpha() ? VImage::option()->set("strip", true)
                                            : VImage::option()->set("Q", 80)->set("strip", true));
    const auto* begin = static_cast<const std::byte*>(data);
    thumbjobs::Bytes bytes(begin, begin + size);
    g_free(data);
    return bytes;
}

/// One row of the contact sheet: reference, libvips, ours.
VImage sheet_row(const std::vector<VImage>& images) {
    VImage row;
    for (std::size_t i = 0; i < images.size(); ++i) {
        const VImage cell =
            images[i].embed(2, 2, box + 4, box + 4,
                            VImage::option()
                                ->set("extend", VIPS_EXTEND_BACKGROUND)
                                ->set("background", std::vector<double>{40, 40, 40}));
        row = i == 0 ? cell : row.join(cell, VIPS_DIRECTION_HORIZONTAL);
    }
    return row;
}

} // namespace

int main(int argc, char** argv) {
    std::string sheet;
    std::string folder;
    bool linear = false;
    for (int i = 1; i < argc; ++i) {
        if (std::string_view(argv[i]) == "--sheet" && i + 1 < argc)
            sheet = argv[++i];
        else if (std::string_view(argv[i]) == "--linear")
            linear = true;
        else
            folder = argv[i];
    }
    const auto resizer = thumbjobs::Registry::builtin().open_resizer("jpeg:png:webp:vips:", {});
    std::vector<thumbjobs::RenditionSpec> specs{{}};
    specs[0].linear_light = linear;
    const thumbjobs::ImageLimits limits;
    std::vector<VImage> rows;
    int worse = 0;

    std::printf("%-34s %11s %11s %11s %11s\n", "image", "SSIM vips", "SSIM ours", "dE76 vips",
                "dE76 ours");
    for (const bench::QualityImage& image : bench::quality_images(folder)) {
        try {
            const VImage full = decode(image.data);
            const VImage theirs = decode(make_with_libvips(image.data, linear));
            const auto made =
                resizer->resize({.input = image.data, .specs = specs, .limits = limits}).images;
            const VImage ours = decode(made.at(0).data);
            const VImage expected = reference(full, ours.width(), ours.height(), linear);
            const Score our = judge(ours, expected);
            const Score their =
                judge(theirs, reference(full, theirs.width(), theirs.height(), linear));
            const bool is_worse = our.ssim < their.ssim - ssim_tolerance ||
                                  our.colour > their.colour + colour_tolerance;
            worse += is_worse;
            std::printf("%-34s %11.4f %11.4f %11.3f %11.3f%s\n", image.name.c_str(), their.ssim,
                        our.ssim, their.colour, our.colour, is_worse ? "  worse" : "");
            std::fflush(stdout);
            rows.push_back(sheet_row({expected, theirs, ours}));
        } catch (const std::exception& error) {
            std::printf("%-34s not judged: %s\n", image.name.c_str(), error.what());
        }
    }
    if (!sheet.empty() && !rows.empty()) {
        const int across =
            static_cast<int>(std::ceil(std::sqrt(static_cast<double>(rows.size()) / 3)));
        VImage::arrayjoin(rows, VImage::option()->set("across", std::max(1, across)))
            .write_to_file(sheet.c_str());
        std::printf("contact sheet (reference, libvips, ours): %s\n", sheet.c_str());
    }
    std::printf("worse than libvips by more than %.3f SSIM or %.1f dE76: %d of %zu\n",
                ssim_tolerance, colour_tolerance, worse, rows.size());
    return worse == 0 ? 0 : 1;
}
