/// What the sandbox's helpers take in memory: idle, and for images of each format against what is
/// predicted from the header (a fresh helper for each image, and its peak over what it had before,
/// the file itself left out). The factors of libthumbjobs/worker/cost.cpp come from here.
///
/// usage: bench_memory [FORMAT] [MEGAPIXELS...]
/// FORMAT: only those whose names begin so; without sizes: 4 and 16.
#include "worker/cost.h"

#include <thumbjobs/error.h>
#include <thumbjobs/registry.h>
#include <thumbjobs/resizer.h>

#include <vips/vips8>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

using thumbjobs::Bytes;
using vips::VImage;

constexpr double mebibyte = 1 << 20;

struct Format {
    const char* name;
    const char* suffix; ///< With libvips' options.
    int bands = 3;
    bool wide = false; ///< 16 bits.
    int frames = 1;
};

constexpr Format formats[] = {
    {"jpeg", ".jpg"},
    {"jpeg, progressive", ".jpg[interlace]"},
    {"jpeg, progressive, 4:4:4", ".jpg[interlace,subsample_mode=off]"},
    {"png", ".png[compression=1]"},
    {"png, 16 bit RGBA", ".png[compression=1]", 4, true},
    {"png, interlaced", ".png[compression=1,interlace]"},
    {"png, interlaced, 16 bit RGBA", ".png[compression=1,interlace]", 4, true},
    {"gif", ".gif[effort=3]"},
    {"gif, 3 frames", ".gif[effort=3]", 3, false, 3},
    {"webp", ".webp[effort=0]"},
    {"webp, alpha", ".webp[effort=0]", 4},
    {"webp, lossless", ".webp[effort=0,lossless]"},
    {"webp, lossless, alpha", ".webp[effort=0,lossless]", 4},
    {"tiff", ".tif"},
    {"tiff, 16 bit RGBA", ".tif", 4, true},
    {"tiff, deflate", ".tif[compression=deflate]"},
    {"tiff, one strip", ".tif[compression=lzw,tile_height=32768]"},
    {"tiff, tiles, 16 bit RGBA", ".tif[tile,tile_width=1024,tile_height=1024]", 4, true},
    {"tiff, jpeg", ".tif[compression=jpeg]"},
    {"avif", ".avif[effort=0]"},
    {"avif, alpha", ".avif[effort=0]", 4},
    {"avif, 12 bit 4:4:4", ".avif[effort=0,bitdepth=12,subsample_mode=off]"},
    {"heic", ".heic[compression=hevc,effort=0]"},
    {"jp2", ".jp2[lossless]"},
    {"jp2, alpha", ".jp2[Q=60]", 4},
    {"jp2, 16 bit", ".jp2[lossless]", 3, true},
    {"jp2, one tile", ".jp2[lossless,tile_width=32768,tile_height=32768]"},
    {"jxl", ".jxl[effort=3]"},
    {"jxl, lossless", ".jxl[effort=3,lossless]"},
    {"jxl, alpha", ".jxl[effort=3]", 4},
    {"jxl, 16 bit", ".jxl[effort=3]", 3, true},
    {"jxl, alpha, 16 bit", ".jxl[effort=3]", 4, true},
    {"jxl, lossless, alpha, 16 bit", ".jxl[effort=3,lossless]", 4, true},
};

/// Gradients with some grain.
VImage picture(int width, int height, const Format& format) {
    VImage image = VImage::gaussnoise(width, height * format.frames,
                                      VImage::option()->set("sigma", 6.0)->set("mean", 0.0));
    image = image + VImage::xyz(width, height * format.frames)[0] * (200.0 / width) + 20;
    VImage all = image;
    for (int band = 1; band < format.bands; ++band)
        all = all.bandjoin(band == 3 ? VImage(image * 0.5 + 100)
                                     : VImage(image * (1.0 - band * 0.2)));
    all = format.wide ? (all * 256).cast(VIPS_FORMAT_USHORT) : all.cast(VIPS_FORMAT_UCHAR);
    all = all.copy(VImage::option()->set("interpretation", format.wide ? VIPS_INTERPRETATION_RGB16
                                                                       : VIPS_INTERPRETATION_sRGB));
    if (format.frames > 1)
        all.set(VIPS_META_PAGE_HEIGHT, height);
    return all.copy_memory();
}

Bytes encode(const VImage& image, const char* suffix) {
    void* data = nullptr;
    std::size_t size = 0;
    image.write_to_buffer(suffix, &data, &size);
    const auto* begin = static_cast<const std::byte*>(data);
    Bytes bytes(begin, begin + size);
    g_free(data);
    return bytes;
}

/// The processes that this one has started.
std::vector<int> helpers() {
    std::vector<int> all;
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
        std::ifstream list(task.path() / "children");
        for (int pid = 0; list >> pid;)
            all.push_back(pid);
    }
    return all;
}

/// A line of a file below /proc/PID, in bytes.
double read_line(int pid, const char* file, const std::string& name) {
    std::ifstream status("/proc/" + std::to_string(pid) + '/' + file);
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(name + ':'))
            return std::strtod(line.c_str() + name.size() + 1, nullptr) * 1024;
    throw std::runtime_error("a helper has ended");
}

double status_of(int pid, const std::string& name) {
    return read_line(pid, "status", name);
}

/// Until all helpers have warmed up: their memory stays as it is for a while.
void wait_until_idle() {
    constexpr auto pause = std::chrono::milliseconds{100};
    constexpr int quiet_pauses = 10;
    std::vector<double> last;
    for (int quiet = 0; quiet < quiet_pauses;) {
        std::this_thread::sleep_for(pause);
        std::vector<double> now;
        for (const int pid : helpers())
            now.push_back(status_of(pid, "VmRSS"));
        quiet = now == last ? quiet + 1 : 0;
        last = now;
    }
}

/// Of all helpers, and the largest one.
struct Helpers {
    double own = 0;
    double proportional = 0;
    double resident = 0;
    double largest_own = 0;
    double count = 0;
};

Helpers weigh_helpers() {
    wait_until_idle();
    Helpers sum;
    for (const int pid : helpers()) {
        const double own = read_line(pid, "smaps_rollup", "Pss_Anon");
        sum.own += own;
        sum.largest_own = std::max(sum.largest_own, own);
        sum.proportional += read_line(pid, "smaps_rollup", "Pss");
        sum.resident = std::max(sum.resident, read_line(pid, "smaps_rollup", "Rss"));
        ++sum.count;
    }
    return sum;
}

/// Two helpers, after their warm-up, and again once one has made thumbnails of everyday formats.
/// What they share are code and tables of libraries, which the kernel can drop and read again.
void print_helpers(const std::string& further) {
    const auto resizer = thumbjobs::Registry::builtin().open_resizer(
        "sandbox:vips:?helpers=1" + (further.empty() ? "" : "&formats=" + further), {});
    const Helpers idle = weigh_helpers();
    const std::vector<thumbjobs::RenditionSpec> specs{{}};
    const thumbjobs::ImageLimits limits;
    for (const char* suffix : {".jpg", ".png", ".webp", ".avif"})
        for (const Format& format : formats)
            if (std::string_view(format.suffix).starts_with(suffix)) {
                const Bytes image = encode(picture(640, 480, format), format.suffix);
                resizer->resize({.input = image, .specs = specs, .limits = limits});
            }
    const Helpers later = weigh_helpers();
    const auto each = [](const Helpers& sum, double bytes) { return bytes / sum.count / mebibyte; };
    std::printf("| %s | %.1f | %.1f | %.1f | %.1f | %.1f | %.1f |\n",
                further.empty() ? "as they are" : further.c_str(), each(idle, idle.own),
                each(idle, idle.proportional), idle.resident / mebibyte,
                later.largest_own / mebibyte, each(later, later.proportional),
                later.resident / mebibyte);
    std::fflush(stdout);
}

struct Peak {
    double resident = 0;
    double predicted = 0;
};

Peak measure(const Bytes& image) {
    const auto resizer = thumbjobs::Registry::builtin().open_resizer(
        "sandbox:vips:?helpers=1&memory=16GiB&budget=64GiB&timeout=10m&formats=+jp2,+jxl", {});
    const std::vector<thumbjobs::RenditionSpec> specs{{}};
    thumbjobs::ImageLimits limits;
    limits.max_bytes = 1LL << 40;
    // One of the two is to spare: the one that grew is the one that worked.
    std::vector<std::pair<int, double>> before;
    for (const int pid : helpers())
        before.emplace_back(pid, status_of(pid, "VmRSS"));
    thumbjobs::ImageInfo info;
    resizer->resize({.input = image,
                     .specs = specs,
                     .limits = limits,
                     .header = [&](const thumbjobs::ImageInfo& told) { info = told; }});
    Peak peak;
    for (const auto& [pid, resident] : before)
        peak.resident = std::max(peak.resident, status_of(pid, "VmHWM") - resident);
    peak.resident -= double(image.size()); // the file itself, which the helper maps
    peak.predicted = double(thumbjobs::worker::predict_memory(image, info, specs));
    return peak;
}

void print_row(const Format& format, double megapixels) {
    const int side = int(std::sqrt(megapixels * 1e6));
    Bytes image;
    try {
        image = encode(picture(side, side, format), format.suffix);
    } catch (const vips::VError& error) {
        std::printf("| %s | %.0f | cannot be made here: %s |\n", format.name, megapixels,
                    error.what());
        return;
    }
    try {
        const Peak peak = measure(image);
        std::printf("| %s | %.0f | %.0f | %.0f | %.2f | %.1f |\n", format.name, megapixels,
                    peak.predicted / mebibyte, peak.resident / mebibyte,
                    peak.predicted / peak.resident, peak.resident / (double(side) * side));
    } catch (const thumbjobs::Error& error) {
        std::printf("| %s | %.0f | %s |\n", format.name, megapixels, error.what());
    }
    std::fflush(stdout);
}

} // namespace

int main(int argc, char** argv) {
    if (VIPS_INIT(argv[0]) != 0)
        return 1;
    try {
        std::vector<double> sizes;
        std::string wanted;
        for (int i = 1; i < argc; ++i) {
            if (std::atof(argv[i]) > 0)
                sizes.push_back(std::atof(argv[i]));
            else
                wanted = argv[i];
        }
        if (sizes.empty())
            sizes = {4, 16};
        std::printf("| formats | MiB of its own | proportional MiB | largest resident MiB "
                    "| after images: largest of its own | proportional | largest resident "
                    "|\n|---|---|---|---|---|---|---|\n");
        for (const char* further : {"", "+svg", "+pdf", "+jxl", "+jp2", "+svg,+pdf,+jxl,+jp2"})
            print_helpers(further);
        std::printf("\n| format | megapixels | predicted MiB | peak MiB | predicted / peak "
                    "| bytes a pixel |\n|---|---|---|---|---|---|\n");
        for (const Format& format : formats)
            for (const double megapixels : sizes)
                if (std::string_view(format.name).starts_with(wanted))
                    print_row(format, megapixels);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_memory: %s\n", error.what());
        return 1;
    }
    return 0;
}
