/// CPU per image of our Resizer against a bare loop over vips_thumbnail_buffer, in one process and
/// in turns, so that a busy machine slows both alike. Both run under the resizer's own settings of
/// libvips (one thread, no cache, no Orc); ours with progress and cancelling, as the engine calls
/// it.
///
/// usage: bench_resizer [SECONDS [IMAGE]]
#include "bench_images.h"

#include <thumbjobs/registry.h>
#include <thumbjobs/resizer.h>

#include <vips/vips.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

void bare_thumbnail(const bench::BenchImage& image) {
    // libvips takes a non-const pointer and does not write through it.
    auto* data = const_cast<std::byte*>(image.data.data());
    VipsImage* thumbnail = nullptr;
    if (vips_thumbnail_buffer(data, image.data.size(), &thumbnail, 100, "height", 100, nullptr) !=
        0)
        throw std::runtime_error(vips_error_buffer());
    void* out = nullptr;
    std::size_t size = 0;
    const int failed =
        vips_image_hasalpha(thumbnail)
            ? vips_pngsave_buffer(thumbnail, &out, &size, "strip", TRUE, nullptr)
            : vips_jpegsave_buffer(thumbnail, &out, &size, "Q", 80, "strip", TRUE, nullptr);
    g_object_unref(thumbnail);
    g_free(out);
    if (failed != 0)
        throw std::runtime_error(vips_error_buffer());
}

/// Median CPU milliseconds of a call, each contender running for about `seconds`.
std::vector<double> race(const std::vector<std::function<void()>>& contenders, double seconds) {
    std::vector<std::vector<double>> times(contenders.size());
    const auto end = std::chrono::steady_clock::now() +
                     std::chrono::duration<double>(seconds * double(contenders.size()));
    do {
        for (std::size_t i = 0; i < contenders.size(); ++i) {
            const double before = cpu_seconds();
            contenders[i]();
            times[i].push_back((cpu_seconds() - before) * 1000);
        }
    } while (std::chrono::steady_clock::now() < end);
    std::vector<double> medians;
    for (auto& all : times) {
        std::nth_element(all.begin(), all.begin() + std::ptrdiff_t(all.size() / 2), all.end());
        medians.push_back(all[all.size() / 2]);
    }
    return medians;
}

} // namespace

int main(int argc, char** argv) {
    const double seconds = argc > 1 ? std::atof(argv[1]) : 3;
    const std::string only = argc > 2 ? argv[2] : "";
    const auto resizer = thumbjobs::Registry::builtin().open_resizer("jpeg:png:webp:vips:", {});
    const std::vector<thumbjobs::RenditionSpec> specs{{}};
    const thumbjobs::ImageLimits limits;
    const thumbjobs::CancelToken cancel;

    std::printf("%-18s %14s %14s %8s\n", "image", "bare CPU ms", "ours CPU ms", "ratio");
    for (const std::string& name : bench::image_names()) {
        if (!only.empty() && only != name)
            continue;
        const bench::BenchImage image = bench::make_image(name);
        const auto times = race(
            {[&] { bare_thumbnail(image); },
             [&] { resizer->resize({.input = image.data, .specs = specs, .limits = limits}); }},
            seconds);
        std::printf("%-18s %14.2f %14.2f %8.2f\n", name.c_str(), times[0], times[1],
                    times[1] / times[0]);
        std::fflush(stdout);
    }
    return 0;
}
