/// Whether thumbd's memory grows with the jobs it has done: 8 clients submit small images of all
/// kinds, good and bad ones, wait for the end, fetch the thumbnail and delete the job. Prints the
/// memory of the whole process tree at rest, every so many jobs, and the largest in between.
///
/// usage: bench_growth --thumbd BINARY --dir FOLDER [--jobs N] [--every N] [--growth MB]
///                     [--wide N] [--high N]
/// Exits with 1 if the tree takes more than --growth MB (3) more at the end than after the first
/// tenth. With --wide and --high, JPEG files of that size only.
#include "measure.h"
#include "support/http_client.h"
#include "support/thumbd_process.h"

#include <vips/vips8>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <iostream>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using thumbjobs::Bytes;
using vips::VImage;

constexpr int clients = 8;
constexpr int workers = 2;
constexpr auto sample_interval = 20ms; ///< A helper that comes up is largest for that long.
constexpr auto rest = 1s;              ///< Before memory at rest is read.

struct Settings {
    std::string thumbd;
    std::string dir;
    int jobs = 100'000;
    int every = 10'000;
    int growth = 3;
    int wide = 0;
    int high = 0;
};

Bytes encode(const VImage& image, const char* suffix) {
    void* data = nullptr;
    std::size_t size = 0;
    image.write_to_buffer(suffix, &data, &size);
    const auto* begin = static_cast<const std::byte*>(data);
    Bytes bytes(begin, begin + size);
    g_free(data);
    return bytes;
}

VImage picture(int width, int height) {
    const VImage noise = VImage::gaussnoise(
        width, height, VImage::option()->set("sigma", 10.0)->set("mean", 60.0)->set("seed", 1));
    const VImage ramp = VImage::xyz(width, height)[0] * (150.0 / width);
    return (noise + ramp)
        .bandjoin(noise)
        .bandjoin(VImage(noise * 0.5 + ramp))
        .cast(VIPS_FORMAT_UCHAR)
        .copy(VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
}

/// What the fast paths take, what libvips takes, and what nobody takes.
std::vector<Bytes> make_images(const Settings& settings) {
    if (settings.wide > 0)
        return {encode(picture(settings.wide, settings.high), ".jpg[Q=85]")};
    const VImage small = picture(320, 240);
    const VImage wide = picture(900, 300);
    std::vector<Bytes> images{
        encode(small, ".jpg"),
        encode(wide, ".jpg"),
        encode(wide, ".jpg[interlace]"),
        encode(small, ".png[compression=1]"),
        encode(small.bandjoin(small[0]), ".png[compression=1]"),
        encode(small, ".webp[effort=0]"),
        encode(small, ".webp[effort=0,lossless]"),
        encode(picture(64, 48), ".gif[effort=1]"),
        encode(small, ".tif"),
    };
    Bytes cut = images[1];
    cut.resize(cut.size() / 3);
    images.push_back(cut);
    images.push_back(Bytes(2'000, std::byte{'x'}));
    return images;
}

void one_job(thumbjobs::test::HttpClient& http, const Bytes& image) {
    const auto job = http.request(
        "POST", "/v1/jobs", "Content-Type: application/octet-stream\r\nPrefer: wait=30\r\n", image);
    if (job.status == 415)
        return; // refused at the door
    const auto id = job.body.find("\"id\":\"");
    if (job.status != 200 || id == std::string::npos)
        throw std::runtime_error("submit answered " + std::to_string(job.status) + ": " +
                                 job.body.substr(0, 300));
    const std::string path = "/v1/jobs/" + job.body.substr(id + 6, 36);
    if (job.body.find("\"status\":\"succeeded\"") != std::string::npos &&
        http.request("GET", path + "/thumbnail").status != 200)
        throw std::runtime_error("no thumbnail");
    if (http.request("DELETE", path).status != 204)
        throw std::runtime_error("a job was not deleted");
}

/// Jobs until `wanted` are done since the start.
void run_clients(std::uint16_t port, const std::vector<Bytes>& images,
                 std::atomic<std::size_t>& next, std::size_t wanted) {
    std::exception_ptr failure;
    std::mutex mutex;
    std::vector<std::thread> threads;
    for (int i = 0; i < clients; ++i)
        threads.emplace_back([&] {
            try {
                thumbjobs::test::HttpClient http(port);
                for (std::size_t job = next++; job < wanted; job = next++)
                    one_job(http, images[job % images.size()]);
            } catch (...) {
                const std::lock_guard lock(mutex);
                failure = std::current_exception();
            }
        });
    for (std::thread& thread : threads)
        thread.join();
    if (failure)
        std::rethrow_exception(failure);
    next = wanted;
}

bool run(const Settings& settings) {
    const std::vector<Bytes> images = make_images(settings);
    std::filesystem::create_directories(settings.dir);
    const thumbjobs::test::ThumbdProcess daemon(
        {.binary = settings.thumbd,
         .data_dir = settings.dir + "/growth",
         .arguments = {"--workers", std::to_string(workers), "--sandbox", "on", "--log-level",
                       "error"}});
    std::atomic<bool> stop{false};
    std::atomic<double> peak{0};
    std::thread watcher([&] {
        for (; !stop; std::this_thread::sleep_for(sample_interval))
            peak = std::max(peak.load(), bench::proportional_megabytes(daemon.pid()));
    });
    std::printf(
        "| jobs | PSS at rest, MB | thumbd alone | most meanwhile, MB |\n|---|---|---|---|\n");
    double first = 0;
    double last = 0;
    std::exception_ptr failure;
    try {
        std::atomic<std::size_t> next{0};
        for (int done = 0;; done += settings.every) {
            std::this_thread::sleep_for(rest);
            last = bench::proportional_megabytes(daemon.pid());
            if (done == settings.every)
                first = last;
            std::printf("| %d | %.1f | %.1f | %.1f |\n", done, last,
                        bench::resident_megabytes(daemon.pid()), peak.exchange(0));
            std::fflush(stdout);
            if (done >= settings.jobs)
                break;
            run_clients(daemon.port(), images, next,
                        static_cast<std::size_t>(done + settings.every));
        }
    } catch (...) {
        failure = std::current_exception();
    }
    stop = true;
    watcher.join();
    std::error_code ignored;
    std::filesystem::remove_all(settings.dir + "/growth", ignored);
    if (failure)
        std::rethrow_exception(failure);
    std::printf("\nFrom %d jobs to %d: %+.1f MB (limit +%d)\n", settings.every, settings.jobs,
                last - first, settings.growth);
    return last - first <= settings.growth;
}

Settings parse(int argc, char** argv) {
    Settings settings;
    std::map<std::string, int*> numbers{{"--jobs", &settings.jobs},
                                        {"--every", &settings.every},
                                        {"--growth", &settings.growth},
                                        {"--wide", &settings.wide},
                                        {"--high", &settings.high}};
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string flag = argv[i];
        if (const auto number = numbers.find(flag); number != numbers.end())
            *number->second = std::stoi(argv[i + 1]);
        else if (flag == "--thumbd")
            settings.thumbd = argv[i + 1];
        else if (flag == "--dir")
            settings.dir = argv[i + 1];
        else
            throw std::invalid_argument("unknown option " + flag);
    }
    if (settings.thumbd.empty() || settings.dir.empty() || settings.every <= 0)
        throw std::invalid_argument("--thumbd BINARY or --dir FOLDER is missing");
    return settings;
}

} // namespace

int main(int argc, char** argv) {
    if (VIPS_INIT(argv[0]) != 0)
        return 1;
    try {
        return run(parse(argc, argv)) ? 0 : 1;
    } catch (const std::exception& error) {
        std::cerr << "bench_growth: " << error.what() << '\n';
        return 1;
    }
}
