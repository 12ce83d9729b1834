/// CPU per image of our Resizer against a bare loop over vips_thumbnail_buffer, in one process and
/// in turns, so that a busy machine slows both alike. Both run under the resizer's own settings of
/// libvips (one thread, no cache, no Orc); ours with progress and cancelling, as the engine calls
/// it.
/// Then, the same loop with Orc: what it costs to leave it out on libvips before 8.15. And what the
/// preview in a file's EXIF block saves where it is preferred; and what files with another colour
/// profile than sRGB take. And the time to the thumbnail of a huge file, by one thread or more.
///
/// usage: bench_resizer [SECONDS [IMAGE | preview | profile | huge]]
#include "bench_images.h"
#include "measure.h"
#include "support/exif_block.h"
#include "support/icc_profile.h"

#include <thumbjobs/registry.h>
#include <thumbjobs/resizer.h>

// The second needs the first.
// clang-format off
#include <vips/vips.h>
#include <vips/vector.h>
// clang-format on

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

void bare_thumbnail(const bench::BenchImage& image, bool orc = false) {
    vips_vector_set_enabled(orc ? TRUE : FALSE);
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
    vips_vector_set_enabled(FALSE);
}

double median(std::vector<double> all) {
    const auto middle = all.begin() + std::ptrdiff_t(all.size() / 2);
    std::nth_element(all.begin(), middle, all.end());
    return *middle;
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
    for (const auto& all : times)
        medians.push_back(median(all));
    return medians;
}

/// Without the EXIF block that libvips writes, which has no preview. A file with two is no JPEG
/// file that a fast path understands.
thumbjobs::Bytes without_exif(thumbjobs::Bytes file) {
    const auto number = [&file](std::size_t at) { return std::to_integer<std::size_t>(file[at]); };
    for (std::size_t at = 2;
         at + 4 < file.size() && number(at) == 0xff && number(at + 1) != 0xda;) {
        const std::size_t size = 2 + (number(at + 2) << 8 | number(at + 3));
        if (number(at + 1) != 0xe1) {
            at += size;
            continue;
        }
        const auto begin = file.begin() + static_cast<std::ptrdiff_t>(at);
        file.erase(begin, begin + static_cast<std::ptrdiff_t>(size));
    }
    return file;
}

/// Thumbnails of 256 pixels, with a preview of 640: where 1/8 of the picture is too small.
void measure_previews(double seconds) {
    const auto plain = thumbjobs::Registry::builtin().open_resizer("jpeg:vips:", {});
    const auto preferring =
        thumbjobs::Registry::builtin().open_resizer("jpeg:vips:?prefer_embedded_preview=1", {});
    const thumbjobs::ImageLimits limits;
    std::printf("\n%-22s %12s %12s %6s\n", "to 256x256", "without ms", "preview ms", "ratio");
    for (const char* const name : {"jpeg-6mp", "jpeg-12mp", "jpeg-12mp-progressive"}) {
        const bench::BenchImage image = bench::make_image(name);
        const auto make = [&](thumbjobs::Resizer& resizer, const thumbjobs::Bytes& input,
                              int side) {
            thumbjobs::RenditionSpec spec;
            spec.width = spec.height = side;
            const std::vector<thumbjobs::RenditionSpec> specs{spec};
            return resizer.resize({.input = input, .specs = specs, .limits = limits})
                .images.at(0)
                .data;
        };
        const thumbjobs::Bytes preview = make(*plain, image.data, 640);
        const thumbjobs::Bytes input = thumbjobs::test::with_exif(
            without_exif(image.data),
            thumbjobs::test::exif_block(
                1, {reinterpret_cast<const char*>(preview.data()), preview.size()}));
        if (make(*preferring, input, 256) == make(*plain, input, 256))
            throw std::runtime_error("the preview was not used");
        const auto times = race(
            {[&] { make(*plain, input, 256); }, [&] { make(*preferring, input, 256); }}, seconds);
        std::printf("%-22s %12.2f %12.2f %6.2f\n", name, times[0], times[1], times[1] / times[0]);
        std::fflush(stdout);
    }
}

/// Files with a colour profile that is not sRGB: by libvips alone, and by the fast path.
void measure_profiles(double seconds) {
    using namespace thumbjobs::test;
    const auto theirs = thumbjobs::Registry::builtin().open_resizer("vips:", {});
    const auto ours = thumbjobs::Registry::builtin().open_resizer("jpeg:vips:", {});
    const std::vector<thumbjobs::RenditionSpec> specs{{}};
    const thumbjobs::ImageLimits limits;
    const std::string p3 = icc_rgb_profile(p3_colours, icc_srgb_curve());
    const std::string adobe_rgb = icc_rgb_profile(adobe_rgb_colours, icc_table({0x0233}));
    std::printf("\n%-34s %12s %12s %12s\n", "converted to sRGB", "libvips ms", "ours ms", "ratio");
    for (const char* const name : {"jpeg-0.3mp", "jpeg-6mp", "jpeg-12mp"})
        for (const auto& [kind, profile] :
             {std::pair{"Display P3", p3}, std::pair{"Adobe RGB", adobe_rgb}}) {
            std::string segment("\xff\xe2", 2);
            append_big_endian(segment, static_cast<std::uint32_t>(16 + profile.size()), 2);
            segment += std::string("ICC_PROFILE\0\1\1", 14) + profile;
            const thumbjobs::ByteView bytes = thumbjobs::as_bytes(segment);
            thumbjobs::Bytes input = bench::make_image(name).data;
            input.insert(input.begin() + 2, bytes.begin(), bytes.end());
            const auto make = [&](thumbjobs::Resizer& resizer) {
                resizer.resize({.input = input, .specs = specs, .limits = limits});
            };
            const auto times = race({[&] { make(*theirs); }, [&] { make(*ours); }}, seconds);
            std::printf("%-34s %12.2f %12.2f %12.2f\n", (std::string(name) + ", " + kind).c_str(),
                        times[0], times[1], times[1] / times[0]);
            std::fflush(stdout);
        }
}

/// One image at a time, on an otherwise idle machine: the time that passes, and the CPU's.
void measure_huge(double seconds) {
    const std::vector<thumbjobs::RenditionSpec> specs{{}};
    const thumbjobs::ImageLimits limits;
    std::printf("\n%-22s %6s %8s %22s %22s\n", "huge files", "MB", "threads",
                "ms that pass (ratio)", "CPU ms (ratio)");
    for (const std::string& name : bench::huge_image_names()) {
        const bench::BenchImage image = bench::make_image(name);
        double alone_ms = 0;
        double alone_cpu = 0;
        for (const int threads : {1, 2, 4}) {
            if (threads > static_cast<int>(std::thread::hardware_concurrency()))
                break;
            const auto resizer = thumbjobs::Registry::builtin().open_resizer(
                "jpeg:vips:?threads_per_image=" + std::to_string(threads), {});
            const auto make = [&] {
                resizer->resize({.input = image.data, .specs = specs, .limits = limits});
            };
            make();
            std::vector<double> passed;
            std::vector<double> cpu;
            const bench::Stopwatch all;
            do {
                const bench::Stopwatch watch;
                const double before = cpu_seconds();
                make();
                cpu.push_back((cpu_seconds() - before) * 1000);
                passed.push_back(watch.seconds() * 1000);
            } while (all.seconds() < seconds);
            const double ms = median(passed);
            const double cpu_ms = median(cpu);
            if (threads == 1) {
                alone_ms = ms;
                alone_cpu = cpu_ms;
            }
            std::printf("%-22s %6.1f %8d %15.1f (%.2f) %15.1f (%.2f)\n", name.c_str(),
                        static_cast<double>(image.data.size()) / 1e6, threads, ms, ms / alone_ms,
                        cpu_ms, cpu_ms / alone_cpu);
            std::fflush(stdout);
        }
    }
}

} // namespace

int main(int argc, char** argv) {
    const double seconds = argc > 1 ? std::atof(argv[1]) : 3;
    const std::string only = argc > 2 ? argv[2] : "";
    const auto resizer = thumbjobs::Registry::builtin().open_resizer("jpeg:png:webp:vips:", {});
    const std::vector<thumbjobs::RenditionSpec> specs{{}};
    const thumbjobs::ImageLimits limits;
    const thumbjobs::CancelToken cancel;

    std::printf("%-22s %12s %12s %6s %12s %12s\n", "image", "bare CPU ms", "ours CPU ms", "ratio",
                "bare, Orc", "without/with");
    for (const std::string& name : bench::image_names()) {
        if (!only.empty() && only != name)
            continue;
        const bench::BenchImage image = bench::make_image(name);
        const auto times = race(
            {[&] { bare_thumbnail(image); }, [&] { bare_thumbnail(image, true); },
             [&] { resizer->resize({.input = image.data, .specs = specs, .limits = limits}); }},
            seconds);
        std::printf("%-22s %12.2f %12.2f %6.2f %12.2f %12.2f\n", name.c_str(), times[0], times[2],
                    times[2] / times[0], times[1], times[0] / times[1]);
        std::fflush(stdout);
    }
    if (only.empty() || only == "preview")
        measure_previews(seconds);
    if (only.empty() || only == "profile")
        measure_profiles(seconds);
    if (only.empty() || only == "huge")
        measure_huge(seconds);
    return 0;
}
