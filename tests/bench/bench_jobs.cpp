/// What a whole job costs over HTTP, held against its limits: thumbd with 8 clients, each of which
/// submits an image, waits for its end and fetches the thumbnail, and a bare
/// `vips_thumbnail_buffer` loop, in turns. Prints the medians, and how long a thumbnail takes at 8
/// jobs a second.
///
/// usage: bench_jobs --thumbd BINARY --dir FOLDER [--seconds N] [--rounds N] [--image NAME]
/// One bare loop, in a process of its own:
///        bench_jobs --bare NAME --seconds N [--file PATH]
/// Jobs of one image while a command runs, in which {pid} stands for thumbd's; prints their number:
///        bench_jobs --around COMMAND --thumbd BINARY --dir FOLDER --image NAME
#include "bench_images.h"
#include "measure.h"
#include "support/http_client.h"
#include "support/thumbd_process.h"

#include <vips/vips8>

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using Images = std::vector<bench::BenchImage>;

constexpr int clients = 8;
constexpr double least_rate = 0.90;     ///< Of the bare loop's images/s, for the larger images.
constexpr double most_above_bare = 1.5; ///< Milliseconds of CPU.

/// A row of the table: what is submitted, in turns, and the limit of its ratio.
struct Load {
    const char* name;
    std::vector<std::string> images;
    double limit; ///< CPU per job over that of the bare loop.
};

const std::vector<Load>& loads() {
    static const std::vector<Load> all{
        {"small JPEG", {"jpeg-0.3mp"}, 0.45},
        {"medium JPEG", {"jpeg-6mp"}, 0.40},
        {"large JPEG", {"jpeg-12mp"}, 0.32},
        {"large JPEG of a camera", {"jpeg-12mp-camera"}, 0.32},
        {"progressive JPEG", {"jpeg-12mp-progressive"}, 0.10},
        {"progressive JPEG of a camera", {"jpeg-12mp-camera-progressive"}, 0.10},
        {"PNG with alpha", {"png-alpha-0.8mp"}, 1.0},
        {"WebP", {"webp-2mp"}, 1.0},
        {"mix", {"jpeg-0.3mp", "jpeg-6mp", "jpeg-12mp", "png-alpha-0.8mp", "webp-2mp"}, 0.45},
    };
    return all;
}

struct Settings {
    std::string self;
    std::string thumbd;
    std::string dir;
    std::string bare;
    std::string file;
    std::string image;
    std::string around;
    double seconds = 3;
    int rounds = 3;
};

struct Figures {
    double rate = 0;   ///< Jobs per second.
    double cpu_ms = 0; ///< Per job, of all processes.
    double peak = 0;   ///< Megabytes: sum of the largest resident sets of the process tree.
    double shared = 0; ///< Megabytes at the end, shared pages split among those who share them.
};

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

double median_of(const std::vector<Figures>& all, double Figures::*field) {
    std::vector<double> values;
    for (const Figures& figures : all)
        values.push_back(figures.*field);
    return median(std::move(values));
}

// --- The bare loop

thumbjobs::Bytes read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    thumbjobs::Bytes bytes(static_cast<std::size_t>(file.tellg()));
    file.seekg(0);
    file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    return bytes;
}

void thumbnail(const thumbjobs::Bytes& input, bool png) {
    VipsImage* made = nullptr;
    // libvips takes a non-const pointer and does not write through it.
    auto* data = const_cast<std::byte*>(input.data());
    if (vips_thumbnail_buffer(data, input.size(), &made, 100, "height", 100, nullptr) != 0)
        throw std::runtime_error(vips_error_buffer());
    void* out = nullptr;
    std::size_t size = 0;
    const int failed =
        png ? vips_pngsave_buffer(made, &out, &size, "strip", TRUE, nullptr)
            : vips_jpegsave_buffer(made, &out, &size, "Q", 80, "strip", TRUE, nullptr);
    g_object_unref(made);
    g_free(out);
    if (failed != 0)
        throw std::runtime_error(vips_error_buffer());
}

/// With a file, reads it anew each time.
void run_bare(const Settings& settings) {
    vips_concurrency_set(1);
    vips_cache_set_max(0);
    const bench::BenchImage image = bench::make_image(settings.bare);
    const bool png = image.name.starts_with("png");
    const auto once = [&] {
        settings.file.empty() ? thumbnail(image.data, png)
                              : thumbnail(read_file(settings.file), png);
    };
    for (int i = 0; i < 3; ++i)
        once();
    const bench::Usage before = bench::usage_of_self();
    const bench::Stopwatch watch;
    int count = 0;
    for (; watch.seconds() < settings.seconds; ++count)
        once();
    const double cpu = bench::usage_of_self().cpu_seconds - before.cpu_seconds;
    std::printf("%f %f\n", count / watch.seconds(), cpu * 1000 / count);
}

Figures bare(const Settings& settings, const std::string& image, const std::string& file) {
    std::string command = "'" + settings.self + "' --bare " + image + " --seconds " +
                          std::to_string(settings.seconds);
    if (!file.empty())
        command += " --file '" + file + "'";
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
    Figures figures;
    if (!pipe || std::fscanf(pipe.get(), "%lf %lf", &figures.rate, &figures.cpu_ms) != 2)
        throw std::runtime_error("a measurement failed: " + command);
    return figures;
}

// --- thumbd

/// Submits, waits for the end and fetches the thumbnail.
void one_job(thumbjobs::test::HttpClient& http, const thumbjobs::Bytes& image) {
    const auto job = http.request(
        "POST", "/v1/jobs", "Content-Type: application/octet-stream\r\nPrefer: wait=30\r\n", image);
    const auto id = job.body.find("\"id\":\"");
    if (job.status != 200 || id == std::string::npos)
        throw std::runtime_error("submit answered " + std::to_string(job.status) + ": " +
                                 job.body.substr(0, 300));
    const auto thumbnail =
        http.request("GET", "/v1/jobs/" + job.body.substr(id + 6, 36) + "/thumbnail");
    if (thumbnail.status != 200)
        throw std::runtime_error("thumbnail answered " + std::to_string(thumbnail.status));
}

std::vector<std::unique_ptr<thumbjobs::test::HttpClient>> connect(std::uint16_t port) {
    std::vector<std::unique_ptr<thumbjobs::test::HttpClient>> connections;
    for (int i = 0; i < clients; ++i)
        connections.push_back(std::make_unique<thumbjobs::test::HttpClient>(port));
    return connections;
}

/// Runs `client(number)` in a thread for each client; throws what the first of them throws.
template <class Client>
void as_clients(const Client& client) {
    std::exception_ptr failure;
    std::mutex mutex;
    std::vector<std::thread> threads;
    for (int i = 0; i < clients; ++i)
        threads.emplace_back([&, i] {
            try {
                client(i);
            } catch (...) {
                const std::lock_guard lock(mutex);
                failure = std::current_exception();
            }
        });
    for (std::thread& thread : threads)
        thread.join();
    if (failure)
        std::rethrow_exception(failure);
}

/// A daemon with a data folder of its own. At the end its files are emptied, not removed: ext4
/// walks around each inode that was freed in the last seconds when it looks for a free one, which
/// would be an eighth of the next daemon's CPU. The folder goes when all is measured. What others
/// removed costs as much, so that folders are spread.
class Daemon {
public:
    Daemon(const Settings& settings, int workers, const std::string& sandbox)
        : dir_(settings.dir + "/jobs-" + std::to_string(getpid()) + "-" + std::to_string(count_++)),
          process_({.binary = settings.thumbd,
                    .data_dir = dir_,
                    .arguments = {"--workers", std::to_string(workers), "--sandbox", sandbox}}) {}
    ~Daemon() {
        process_.kill();
        std::error_code ignored;
        for (const auto& file : std::filesystem::recursive_directory_iterator(dir_, ignored))
            if (file.is_regular_file(ignored))
                std::filesystem::resize_file(file, 0, ignored);
    }

    const thumbjobs::test::ThumbdProcess& process() const { return process_; }

private:
    static inline int count_ = 0;
    std::string dir_;
    thumbjobs::test::ThumbdProcess process_;
};

Figures whole(const Settings& settings, const Images& images, int workers,
              const std::string& sandbox) {
    const Daemon daemon(settings, workers, sandbox);
    const auto connections = connect(daemon.process().port());
    std::atomic<std::size_t> next{0};
    std::atomic<int> done{0};
    const auto work = [&](double seconds) {
        done = 0;
        const bench::Stopwatch watch;
        as_clients([&](int client) {
            for (; watch.seconds() < seconds; ++done)
                one_job(*connections[static_cast<std::size_t>(client)],
                        images[next++ % images.size()].data);
        });
        return watch.seconds();
    };
    work(settings.seconds / 3);
    const bench::Usage before = bench::usage_of_tree(daemon.process().pid());
    const double took = work(settings.seconds);
    const bench::Usage after = bench::usage_of_tree(daemon.process().pid());
    return {.rate = done / took,
            .cpu_ms = (after.cpu_seconds - before.cpu_seconds) * 1000 / done,
            .peak = after.peak_megabytes,
            .shared = bench::proportional_megabytes(daemon.process().pid())};
}

// --- A look from outside

void run_around(const Settings& settings) {
    const bench::BenchImage image = bench::make_image(settings.image);
    const Daemon daemon(settings, 1, "on");
    const auto connections = connect(daemon.process().port());
    std::string command = settings.around;
    const std::string pid = std::to_string(daemon.process().pid());
    for (std::size_t at = 0; (at = command.find("{pid}", at)) != std::string::npos;)
        command.replace(at, 5, pid);
    std::atomic<bool> stop{false};
    std::atomic<int> done{0};
    int before = 0;
    int status = 0;
    std::thread looker([&] {
        std::this_thread::sleep_for(2s); // warm-up
        before = done;
        status = std::system(command.c_str());
        before = done - before;
        stop = true;
    });
    as_clients([&](int client) {
        for (; !stop; ++done)
            one_job(*connections[static_cast<std::size_t>(client)], image.data);
    });
    looker.join();
    if (status != 0)
        throw std::runtime_error("the command failed: " + command);
    std::printf("%d\n", before);
}

// --- The tables

const char* mark(bool held) {
    return held ? "" : " **missed**";
}

void measure_load(const Settings& settings, const Load& load) {
    Images images;
    for (const std::string& name : load.images)
        images.push_back(bench::make_image(name));
    const std::string file = settings.dir + "/bare.image";
    struct Case {
        int workers;
        const char* sandbox;
        std::vector<Figures> rounds{};
    };
    std::vector<Case> cases{{1, "on"}, {2, "on"}, {1, "off"}, {2, "off"}};
    std::vector<Figures> base;
    std::vector<Figures> from_disk;
    for (int round = 0; round < settings.rounds; ++round) {
        Figures mean;
        Figures mean_disk;
        for (const bench::BenchImage& image : images) {
            std::ofstream(file, std::ios::binary)
                .write(reinterpret_cast<const char*>(image.data.data()),
                       static_cast<std::streamsize>(image.data.size()));
            const auto share = 1.0 / static_cast<double>(images.size());
            const Figures hot = bare(settings, image.name, {});
            mean.cpu_ms += hot.cpu_ms * share;
            mean.rate += share / hot.rate;
            mean_disk.cpu_ms += bare(settings, image.name, file).cpu_ms * share;
        }
        mean.rate = 1 / mean.rate;
        base.push_back(mean);
        from_disk.push_back(mean_disk);
        for (Case& each : cases)
            each.rounds.push_back(whole(settings, images, each.workers, each.sandbox));
    }
    std::filesystem::remove(file);
    const double bare_ms = median_of(base, &Figures::cpu_ms);
    const bool large = images.front().data.size() > 1'000'000;
    for (const Case& each : cases) {
        const double ms = median_of(each.rounds, &Figures::cpu_ms);
        const double rate = median_of(each.rounds, &Figures::rate) /
                            (median_of(base, &Figures::rate) * each.workers);
        std::printf(
            "| %s | %d | %s | %.2f | %.2f | %.2f | %+.2f%s | %.2f | %.2f%s | %.0f %%%s | "
            "%.0f | %.0f |\n",
            load.name, each.workers, each.sandbox, bare_ms, median_of(from_disk, &Figures::cpu_ms),
            ms, ms - bare_ms, mark(ms - bare_ms <= most_above_bare), ms / bare_ms, load.limit,
            mark(ms / bare_ms <= load.limit), 100 * rate, mark(!large || rate >= least_rate),
            median_of(each.rounds, &Figures::peak), median_of(each.rounds, &Figures::shared));
        std::fflush(stdout);
    }
}

void measure_latency(const Settings& settings) {
    const bench::BenchImage image = bench::make_image("jpeg-6mp");
    const Daemon daemon(settings, 2, "on");
    const auto connections = connect(daemon.process().port());
    const double length = std::max(10.0, 5 * settings.seconds);
    std::vector<double> times;
    std::mutex mutex;
    const auto begin = std::chrono::steady_clock::now();
    as_clients([&](int client) { // each a job a second, one after the other
        for (int i = 0; i < static_cast<int>(length); ++i) {
            std::this_thread::sleep_until(begin + i * 1s + client * 1s / clients);
            const bench::Stopwatch watch;
            one_job(*connections[static_cast<std::size_t>(client)], image.data);
            const std::lock_guard lock(mutex);
            if (i > 0) // the first finds everything cold
                times.push_back(watch.seconds() * 1000);
        }
    });
    std::sort(times.begin(), times.end());
    const double p50 = times[times.size() / 2];
    const double p99 = times[times.size() * 99 / 100];
    std::printf(
        "\nTime to thumbnail of a medium JPEG at 8 jobs/s, 2 workers, sandbox on, %zu jobs: "
        "p50 %.0f ms (limit 30)%s, p99 %.0f ms (limit 60)%s\n",
        times.size(), p50, mark(p50 <= 30), p99, mark(p99 <= 60));
}

void print_tables(const Settings& settings) {
    std::printf("| image | workers | sandbox | bare loop, ms | from disk, ms | job, ms | more than "
                "bare (limit +%.1f) | ratio | its limit | of bare images/s | peak MB | PSS MB |\n"
                "|---|---|---|---|---|---|---|---|---|---|---|---|\n",
                most_above_bare);
    for (const Load& load : loads())
        if (settings.image.empty() || settings.image == load.images.front())
            measure_load(settings, load);
    measure_latency(settings);
}

Settings parse(int argc, char** argv) {
    Settings settings;
    settings.self = std::filesystem::canonical("/proc/self/exe");
    std::map<std::string, std::string*> texts{
        {"--thumbd", &settings.thumbd}, {"--dir", &settings.dir},
        {"--bare", &settings.bare},     {"--file", &settings.file},
        {"--around", &settings.around}, {"--image", &settings.image}};
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string flag = argv[i];
        if (const auto text = texts.find(flag); text != texts.end())
            *text->second = argv[i + 1];
        else if (flag == "--seconds")
            settings.seconds = std::stod(argv[i + 1]);
        else if (flag == "--rounds")
            settings.rounds = std::stoi(argv[i + 1]);
        else
            throw std::invalid_argument("unknown option " + flag);
    }
    if (settings.bare.empty() && (settings.dir.empty() || settings.thumbd.empty()))
        throw std::invalid_argument("--thumbd BINARY or --dir FOLDER is missing");
    return settings;
}

} // namespace

int main(int argc, char** argv) {
    if (VIPS_INIT(argv[0]) != 0)
        return 1;
    try {
        const Settings settings = parse(argc, argv);
        if (!settings.bare.empty()) {
            run_bare(settings);
        } else {
            std::filesystem::create_directories(settings.dir);
            bench::spread_folders(settings.dir);
            settings.around.empty() ? print_tables(settings) : run_around(settings);
        }
    } catch (const std::exception& error) {
        std::cerr << "bench_jobs: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
