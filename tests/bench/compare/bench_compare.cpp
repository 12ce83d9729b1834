/// thumbd beside other ways of building the same service: each takes the same images by the same
/// requests of the same 8 clients, which upload one, ask for its state until it has succeeded and
/// fetch the thumbnail. Prints what each took, beside a bare `vips_thumbnail_buffer` loop.
///
/// usage: bench_compare --thumbd PROGRAM --dir FOLDER [--with NAME=PROGRAM]... [--bare BENCH_JOBS]
///                      [--seconds N] [--rounds N] [--image NAME] [--jobs N]
/// PROGRAM takes `--listen 127.0.0.1:0 --data-dir FOLDER`, as thumbd does, and starts whatever it
/// needs as its own children. With --jobs, each system makes that many of some small images and
/// nothing is measured.
#include "bench_images.h"
#include "measure.h"
#include "support/http_client.h"
#include "support/thumbd_process.h"

#include <thumbjobs/resizer.h>

#include <vips/vips8>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using Images = std::vector<bench::BenchImage>;

constexpr int clients = 8;
constexpr auto poll_interval = 20ms;
constexpr auto sample_interval = 100ms; ///< Of memory.

/// A way to build the service.
struct System {
    std::string name;
    std::string program;
    std::vector<std::string> arguments{};
    bool waits = false; ///< Asked to answer the upload when the job has ended, and not polled.
};

struct Settings {
    std::string dir;
    std::string bare; ///< The program whose bare loop is measured.
    std::string image;
    std::vector<System> systems{};
    double seconds = 3;
    int rounds = 3;
    int jobs = 0;
};

struct Load {
    const char* name;
    std::vector<std::string> images;
};

const std::vector<Load>& loads() {
    static const std::vector<Load> all{
        {"small JPEG, 640x512", {"jpeg-0.3mp"}},
        {"medium JPEG, 3000x2000", {"jpeg-6mp"}},
        {"large JPEG, 4032x3024", {"jpeg-12mp"}},
        {"progressive JPEG, 4032x3024", {"jpeg-12mp-progressive"}},
        {"PNG with alpha, 1024x768", {"png-alpha-0.8mp"}},
        {"WebP, 1600x1200", {"webp-2mp"}},
        {"mix of all but the progressive one",
         {"jpeg-0.3mp", "jpeg-6mp", "jpeg-12mp", "png-alpha-0.8mp", "webp-2mp"}},
    };
    return all;
}

/// What one round of one system came to.
struct Figures {
    double cpu_ms = 0; ///< Per job, of all its processes.
    double rate = 0;   ///< Jobs per second.
    double p50_ms = 0; ///< From upload to thumbnail.
    double p99_ms = 0;
    double peak = 0; ///< Megabytes: the most at any time, a page that processes share counted once.
};

double median_of(const std::vector<Figures>& all, double Figures::*field) {
    std::vector<double> values;
    for (const Figures& figures : all)
        values.push_back(figures.*field);
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

// --- The load

thumbjobs::test::HttpAnswer ask(thumbjobs::test::HttpClient& http, const std::string& target) {
    auto answer = http.request("GET", target);
    if (answer.status != 200)
        throw std::runtime_error(target + " answered " + std::to_string(answer.status));
    return answer;
}

/// Returns the thumbnail.
std::string one_job(thumbjobs::test::HttpClient& http, const thumbjobs::Bytes& image, bool waits) {
    const auto accepted = http.request("POST", "/v1/jobs",
                                       std::string("Content-Type: application/octet-stream\r\n") +
                                           (waits ? "Prefer: wait=30\r\n" : ""),
                                       image);
    const auto found = accepted.body.find("\"id\":\"");
    if (accepted.status / 100 != 2 || found == std::string::npos)
        throw std::runtime_error("submit answered " + std::to_string(accepted.status) + ": " +
                                 accepted.body.substr(0, 300));
    const std::string job = "/v1/jobs/" + accepted.body.substr(found + 6, 36);
    std::string status = accepted.body;
    while (status.find("\"status\":\"succeeded\"") == std::string::npos) {
        if (status.find("\"status\":\"failed\"") != std::string::npos)
            throw std::runtime_error("a job failed: " + status);
        std::this_thread::sleep_for(poll_interval);
        status = ask(http, job).body;
    }
    return ask(http, job + "/thumbnail").body;
}

void check_thumbnail(const std::string& bytes, const bench::BenchImage& image) {
    const auto type = thumbjobs::sniff_image(std::as_bytes(std::span(bytes.data(), bytes.size())));
    const bool alpha = image.name.starts_with("png");
    const auto made = vips::VImage::new_from_buffer(bytes, "");
    if (!type || type->name != (alpha ? "PNG" : "JPEG") ||
        std::max(made.width(), made.height()) != 100)
        throw std::runtime_error("no thumbnail of " + image.name);
}

/// Jobs of 8 clients until `more(done so far)` denies; returns the milliseconds that each took.
template <class More>
std::vector<double> run_clients(std::uint16_t port, const Images& images, bool waits,
                                const More& more) {
    std::vector<double> times;
    std::exception_ptr failure;
    std::mutex mutex;
    std::atomic<std::size_t> next{0};
    const auto client = [&] {
        thumbjobs::test::HttpClient http(port);
        for (std::size_t i = next++; more(i); i = next++) {
            const bench::Stopwatch watch;
            one_job(http, images[i % images.size()].data, waits);
            const std::lock_guard lock(mutex);
            times.push_back(watch.seconds() * 1000);
        }
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < clients; ++i)
        threads.emplace_back([&] {
            try {
                client();
            } catch (...) {
                const std::lock_guard lock(mutex);
                failure = std::current_exception();
            }
        });
    for (std::thread& thread : threads)
        thread.join();
    if (failure)
        std::rethrow_exception(failure);
    return times;
}

/// Looks at the memory of a process tree for as long as it lives.
class MemoryWatch {
public:
    explicit MemoryWatch(pid_t root) : thread_([this, root] { watch(root); }) {}
    MemoryWatch(const MemoryWatch&) = delete;
    MemoryWatch& operator=(const MemoryWatch&) = delete;
    ~MemoryWatch() {
        stop_ = true;
        thread_.join();
    }

    double peak() const { return peak_; }

private:
    void watch(pid_t root) {
        for (; !stop_; std::this_thread::sleep_for(sample_interval))
            peak_ = std::max(peak_.load(), bench::proportional_megabytes(root));
    }

    std::atomic<bool> stop_{false};
    std::atomic<double> peak_{0};
    std::thread thread_;
};

/// A running system in an empty folder, stopped with all that it started.
class Service {
public:
    Service(const Settings& settings, const System& system)
        : dir_(settings.dir + "/service"),
          process_(
              {.binary = system.program, .data_dir = make(dir_), .arguments = system.arguments}) {}
    ~Service() {
        try {
            process_.terminate();
        } catch (const std::exception& error) {
            std::cerr << "bench_compare: " << error.what() << '\n';
            process_.kill();
        }
        std::error_code ignored;
        std::filesystem::remove_all(dir_, ignored);
    }
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;

    const thumbjobs::test::ThumbdProcess& process() const { return process_; }

private:
    static std::string make(const std::string& dir) {
        std::filesystem::remove_all(dir);
        std::filesystem::create_directories(dir);
        return dir;
    }

    std::string dir_;
    thumbjobs::test::ThumbdProcess process_;
};

Figures measure(const Settings& settings, const System& system, const Images& images) {
    const Service service(settings, system);
    const std::uint16_t port = service.process().port();
    const pid_t pid = service.process().pid();
    const auto run_for = [&](double seconds) {
        const bench::Stopwatch watch;
        return run_clients(port, images, system.waits,
                           [&](std::size_t) { return watch.seconds() < seconds; });
    };
    const MemoryWatch memory(pid);
    run_for(settings.seconds / 3);
    const double before = bench::usage_of_tree(pid).cpu_seconds;
    const bench::Stopwatch watch;
    std::vector<double> times = run_for(settings.seconds);
    const double took = watch.seconds();
    const double used = bench::usage_of_tree(pid).cpu_seconds - before;
    std::sort(times.begin(), times.end());
    const auto jobs = static_cast<double>(times.size());
    return {.cpu_ms = used * 1000 / jobs,
            .rate = jobs / took,
            .p50_ms = times[times.size() / 2],
            .p99_ms = times[times.size() * 99 / 100],
            .peak = memory.peak()};
}

// --- The table

double measure_bare(const Settings& settings, const Images& images) {
    double mean = 0;
    for (const bench::BenchImage& image : images) {
        const std::string command = "'" + settings.bare + "' --bare " + image.name + " --seconds " +
                                    std::to_string(settings.seconds);
        const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
        double rate = 0;
        double cpu_ms = 0;
        if (!pipe || std::fscanf(pipe.get(), "%lf %lf", &rate, &cpu_ms) != 2)
            throw std::runtime_error("a measurement failed: " + command);
        mean += cpu_ms / static_cast<double>(images.size());
    }
    return mean;
}

Images make_images(const std::vector<std::string>& names) {
    Images images;
    for (const std::string& name : names)
        images.push_back(bench::make_image(name));
    return images;
}

void compare(const Settings& settings, const Load& load) {
    const Images images = make_images(load.images);
    std::vector<double> bare;
    std::vector<std::vector<Figures>> rounds(settings.systems.size());
    for (int round = 0; round < settings.rounds; ++round) {
        bare.push_back(measure_bare(settings, images));
        for (std::size_t i = 0; i < rounds.size(); ++i)
            rounds[i].push_back(measure(settings, settings.systems[i], images));
    }
    std::sort(bare.begin(), bare.end());
    const double bare_ms = bare[bare.size() / 2];
    const double own_ms = median_of(rounds.front(), &Figures::cpu_ms);
    std::printf("| %s | bare loop | %.2f | 1.00 | | | | | |\n", load.name, bare_ms);
    for (std::size_t i = 0; i < rounds.size(); ++i) {
        const double ms = median_of(rounds[i], &Figures::cpu_ms);
        std::printf("| | %s | %.2f | %.2f | %.1f | %.0f | %.0f | %.0f | %.0f |\n",
                    settings.systems[i].name.c_str(), ms, ms / bare_ms, ms / own_ms,
                    median_of(rounds[i], &Figures::rate), median_of(rounds[i], &Figures::p50_ms),
                    median_of(rounds[i], &Figures::p99_ms), median_of(rounds[i], &Figures::peak));
    }
    std::fflush(stdout);
}

/// Whether each system does what it is compared for.
void try_out(const Settings& settings) {
    const Images images = make_images({"jpeg-0.3mp", "png-alpha-0.8mp", "webp-2mp"});
    for (const System& system : settings.systems) {
        const Service service(settings, system);
        const std::uint16_t port = service.process().port();
        run_clients(port, images, system.waits, [&](std::size_t i) {
            return i < images.size() * static_cast<std::size_t>(settings.jobs);
        });
        thumbjobs::test::HttpClient http(port);
        for (const bench::BenchImage& image : images)
            check_thumbnail(one_job(http, image.data, system.waits), image);
        std::printf("%s: all thumbnails made\n", system.name.c_str());
    }
}

System read_system(const std::string& text) {
    const auto equals = text.find('=');
    if (equals == std::string::npos)
        throw std::invalid_argument("--with wants NAME=PROGRAM, not " + text);
    return {text.substr(0, equals), text.substr(equals + 1)};
}

Settings parse(int argc, char** argv) {
    Settings settings;
    std::map<std::string, std::string*> texts{
        {"--dir", &settings.dir}, {"--bare", &settings.bare}, {"--image", &settings.image}};
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string flag = argv[i];
        const std::string value = argv[i + 1];
        if (const auto text = texts.find(flag); text != texts.end()) {
            *text->second = value;
        } else if (flag == "--thumbd") {
            const std::vector<std::string> arguments{"--workers", "2", "--sandbox", "on"};
            settings.systems.push_back({"thumbd", value, arguments});
            settings.systems.push_back({"thumbd, `Prefer: wait`", value, arguments, true});
        } else if (flag == "--with") {
            settings.systems.push_back(read_system(value));
        } else if (flag == "--seconds") {
            settings.seconds = std::stod(value);
        } else if (flag == "--rounds") {
            settings.rounds = std::stoi(value);
        } else if (flag == "--jobs") {
            settings.jobs = std::stoi(value);
        } else {
            throw std::invalid_argument("unknown option " + flag);
        }
    }
    if (settings.systems.empty() || settings.dir.empty() ||
        (settings.bare.empty() && settings.jobs <= 0))
        throw std::invalid_argument("--thumbd PROGRAM, --dir FOLDER or --bare PROGRAM is missing");
    return settings;
}

} // namespace

int main(int argc, char** argv) {
    if (VIPS_INIT(argv[0]) != 0)
        return 1;
    try {
        const Settings settings = parse(argc, argv);
        std::filesystem::create_directories(settings.dir);
        if (settings.jobs > 0) {
            try_out(settings);
            return 0;
        }
        std::printf(
            "| image | system | CPU, ms | to the bare loop | to thumbd | jobs/s | p50, ms | "
            "p99, ms | peak PSS, MB |\n|---|---|---|---|---|---|---|---|---|\n");
        for (const Load& load : loads())
            if (settings.image.empty() || settings.image == load.images.front())
                compare(settings, load);
    } catch (const std::exception& error) {
        std::cerr << "bench_compare: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
