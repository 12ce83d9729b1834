/// What a thumbnail costs, layer by layer: (a) libvips alone, (b) our Resizer, (b2) the same in
/// the sandbox, (c) the Engine in
/// this process, (d) thumbd over HTTP. Each figure comes from a process of its own.
///
/// usage: bench_pipeline --thumbd BINARY --dir FOLDER [--seconds N] [--image NAME]
/// One measurement, as the table's driver runs it:
///        bench_pipeline --run a|b|b2|c|d --image NAME --workers N --seconds N --dir FOLDER [...]
#include "bench_images.h"
#include "measure.h"
#include "support/http_client.h"
#include "support/thumbd_process.h"

#include <thumbjobs/thumbjobs.h>

#include <vips/vips8>

#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;

constexpr int clients = 8;

struct Settings {
    std::string run;
    std::string image;
    std::string thumbd;
    std::string dir;
    int workers = 1;
    double seconds = 3;
};

struct Figures {
    double images_per_second = 0;
    double cpu_ms = 0;
    double peak_megabytes = 0;
};

/// Calls `step` from `threads` threads until the time is over; returns calls and seconds.
std::pair<long, double> repeat(int threads, double seconds, const std::function<void(int)>& step) {
    std::atomic<long> done{0};
    const bench::Stopwatch watch;
    std::vector<std::thread> running;
    for (int i = 0; i < threads; ++i)
        running.emplace_back([&, i] {
            while (watch.seconds() < seconds) {
                step(i);
                ++done;
            }
        });
    for (std::thread& thread : running)
        thread.join();
    return {done.load(), watch.seconds()};
}

/// Warms up, then measures `step` with the CPU time that `usage` tells.
Figures measure(int threads, double seconds, const std::function<bench::Usage()>& usage,
                const std::function<void(int)>& step) {
    repeat(threads, seconds / 6, step);
    const bench::Usage before = usage();
    const auto [count, took] = repeat(threads, seconds, step);
    const bench::Usage after = usage();
    return {static_cast<double>(count) / took,
            (after.cpu_seconds - before.cpu_seconds) * 1000 / static_cast<double>(count),
            after.peak_megabytes};
}

Figures run_libvips(const Settings& settings, const bench::BenchImage& image) {
    const bool alpha = image.name.starts_with("png");
    return measure(settings.workers, settings.seconds, bench::usage_of_self, [&](int) {
        VipsImage* thumbnail = nullptr;
        // libvips takes a non-const pointer and does not write through it.
        auto* data = const_cast<std::byte*>(image.data.data());
        if (vips_thumbnail_buffer(data, image.data.size(), &thumbnail, 100, "height", 100,
                                  nullptr) != 0)
            throw std::runtime_error(vips_error_buffer());
        void* out = nullptr;
        std::size_t size = 0;
        const int failed =
            alpha ? vips_pngsave_buffer(thumbnail, &out, &size, "strip", TRUE, nullptr)
                  : vips_jpegsave_buffer(thumbnail, &out, &size, "Q", 80, "strip", TRUE, nullptr);
        g_object_unref(thumbnail);
        g_free(out);
        if (failed != 0)
            throw std::runtime_error(vips_error_buffer());
    });
}

Figures run_resizer(const Settings& settings, const bench::BenchImage& image) {
    const auto resizer = thumbjobs::Registry::builtin().open_resizer("jpeg:png:webp:vips:", {});
    const std::vector<thumbjobs::RenditionSpec> specs{{}};
    const thumbjobs::ImageLimits limits;
    return measure(settings.workers, settings.seconds, bench::usage_of_self, [&](int) {
        resizer->resize({.input = image.data, .specs = specs, .limits = limits});
    });
}

Figures run_sandbox(const Settings& settings, const bench::BenchImage& image) {
    const auto resizer = thumbjobs::Registry::builtin().open_resizer(
        "sandbox:jpeg:png:webp:vips:?helpers=" + std::to_string(settings.workers), {});
    const std::vector<thumbjobs::RenditionSpec> specs{{}};
    const thumbjobs::ImageLimits limits;
    return measure(
        settings.workers, settings.seconds, [] { return bench::usage_of_tree(getpid()); },
        [&](int) { resizer->resize({.input = image.data, .specs = specs, .limits = limits}); });
}

Figures run_engine(const Settings& settings, const bench::BenchImage& image) {
    auto options = thumbjobs::EngineOptions::in_directory(settings.dir + "/engine");
    options.workers = settings.workers;
    const auto engine = thumbjobs::Engine::open(options);
    engine->start();
    return measure(clients, settings.seconds, bench::usage_of_self, [&](int) {
        const auto job = engine->submit({.image = thumbjobs::copy_blob(image.data)}).job;
        const auto done = engine->wait(job.id, 60s);
        if (done.state != thumbjobs::JobState::succeeded)
            throw std::runtime_error("a job did not succeed");
        engine->open_rendition(job.id).blob->read_all();
    });
}

Figures run_daemon(const Settings& settings, const bench::BenchImage& image) {
    const thumbjobs::test::ThumbdProcess daemon(
        {.binary = settings.thumbd,
         .data_dir = settings.dir + "/daemon",
         .arguments = {"--workers", std::to_string(settings.workers)}});
    std::vector<std::unique_ptr<thumbjobs::test::HttpClient>> connections;
    for (int i = 0; i < clients; ++i)
        connections.push_back(std::make_unique<thumbjobs::test::HttpClient>(daemon.port()));
    return measure(
        clients, settings.seconds, [&] { return bench::usage_of_tree(daemon.pid()); },
        [&](int client) {
            thumbjobs::test::HttpClient& http = *connections[static_cast<std::size_t>(client)];
            const auto job = http.request(
                "POST", "/v1/jobs", "Content-Type: application/octet-stream\r\nPrefer: wait=30\r\n",
                image.data);
            const auto id = job.body.find("\"id\":\"");
            if (job.status != 200 || id == std::string::npos)
                throw std::runtime_error("submit answered " + std::to_string(job.status) + ": " +
                                         job.body.substr(0, 300));
            const auto thumbnail =
                http.request("GET", "/v1/jobs/" + job.body.substr(id + 6, 36) + "/thumbnail");
            if (thumbnail.status != 200)
                throw std::runtime_error("thumbnail answered " + std::to_string(thumbnail.status));
        });
}

Figures run_one(const Settings& settings) {
    vips_concurrency_set(1);
    vips_cache_set_max(0);
    const bench::BenchImage image = bench::make_image(settings.image);
    switch (settings.run.at(0)) {
    case 'a':
        return run_libvips(settings, image);
    case 'b':
        return settings.run == "b2" ? run_sandbox(settings, image) : run_resizer(settings, image);
    case 'c':
        return run_engine(settings, image);
    default:
        return run_daemon(settings, image);
    }
}

/// Runs one measurement in a process of its own.
Figures spawn_run(const std::string& self, const Settings& settings) {
    const std::string command = "'" + self + "' --run " + settings.run + " --image " +
                                settings.image + " --workers " + std::to_string(settings.workers) +
                                " --seconds " + std::to_string(settings.seconds) + " --dir '" +
                                settings.dir + "' --thumbd '" + settings.thumbd + "'";
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
    Figures figures;
    if (!pipe || std::fscanf(pipe.get(), "%lf %lf %lf", &figures.images_per_second, &figures.cpu_ms,
                             &figures.peak_megabytes) != 3)
        throw std::runtime_error("a measurement failed: " + command);
    return figures;
}

void print_table(const std::string& self, Settings settings, const std::string& only) {
    const std::map<std::string, std::string> layers{{"a", "(a) libvips alone"},
                                                    {"b", "(b) Resizer"},
                                                    {"b2", "(b2) Resizer in the sandbox"},
                                                    {"c", "(c) Engine"},
                                                    {"d", "(d) thumbd over HTTP"}};
    std::printf("| image | bytes | layer | workers | images/s | of (a) | CPU ms/job | over (a) "
                "| peak MB |\n|---|---|---|---|---|---|---|---|---|\n");
    const std::string folder = settings.dir;
    for (const std::string& name : bench::image_names()) {
        if (!only.empty() && name != only)
            continue;
        const std::size_t bytes = bench::make_image(name).data.size();
        for (const int workers : {1, 2}) {
            Figures base;
            for (const auto& [run, title] : layers) {
                settings.run = run;
                settings.image = name;
                settings.workers = workers;
                settings.dir = folder + "/" + name + "-" + run + std::to_string(workers);
                std::filesystem::create_directories(settings.dir);
                const Figures figures = spawn_run(self, settings);
                std::filesystem::remove_all(settings.dir);
                if (run == "a")
                    base = figures;
                std::printf("| %s | %zu | %s | %d | %.1f | %.0f %% | %.2f | %+.2f | %.0f |\n",
                            name.c_str(), bytes, title.c_str(), workers, figures.images_per_second,
                            100 * figures.images_per_second / base.images_per_second,
                            figures.cpu_ms, figures.cpu_ms - base.cpu_ms, figures.peak_megabytes);
                std::fflush(stdout);
            }
        }
    }
}

Settings parse(int argc, char** argv) {
    Settings settings;
    std::map<std::string, std::string*> texts{{"--run", &settings.run},
                                              {"--image", &settings.image},
                                              {"--thumbd", &settings.thumbd},
                                              {"--dir", &settings.dir}};
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string flag = argv[i];
        if (const auto text = texts.find(flag); text != texts.end())
            *text->second = argv[i + 1];
        else if (flag == "--workers")
            settings.workers = std::stoi(argv[i + 1]);
        else if (flag == "--seconds")
            settings.seconds = std::stod(argv[i + 1]);
        else
            throw std::invalid_argument("unknown option " + flag);
    }
    if (settings.dir.empty())
        throw std::invalid_argument("--dir FOLDER is missing");
    return settings;
}

} // namespace

int main(int argc, char** argv) {
    if (VIPS_INIT(argv[0]) != 0)
        return 1;
    try {
        const Settings settings = parse(argc, argv);
        if (settings.run.empty()) {
            print_table(std::filesystem::canonical("/proc/self/exe"), settings, settings.image);
        } else {
            const Figures figures = run_one(settings);
            std::printf("%f %f %f\n", figures.images_per_second, figures.cpu_ms,
                        figures.peak_megabytes);
        }
    } catch (const std::exception& error) {
        std::cerr << "bench_pipeline: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
