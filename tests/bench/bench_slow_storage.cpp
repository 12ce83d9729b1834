// What a slow storage costs: jobs/s of one engine with 2 workers on a folder, and on the same
// folder with a delay added to every call, as a bucket in a network has it.
// usage: bench_slow_storage FOLDER [SECONDS [IO_SLOTS]]
#include "bench_images.h"
#include "measure.h"
#include "support/forwarding_storage.h"

#include <thumbjobs/thumbjobs.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <utility>

namespace {

using namespace thumbjobs;
using namespace std::chrono_literals;

/// Each call takes `delay` longer.
class DelayedStorage final : public test::ForwardingStorage {
public:
    DelayedStorage(std::shared_ptr<Storage> inner, Milliseconds delay)
        : ForwardingStorage(std::move(inner)), delay_(delay) {}

    void put(std::string_view key, const Blob& blob, BlobKind kind) override {
        std::this_thread::sleep_for(delay_);
        inner_->put(key, blob, kind);
    }
    BlobPtr open(std::string_view key) override {
        std::this_thread::sleep_for(delay_);
        return inner_->open(key);
    }
    bool remove(std::string_view key) override {
        std::this_thread::sleep_for(delay_);
        return inner_->remove(key);
    }

private:
    const Milliseconds delay_;
};

constexpr int workers = 2;

/// What a measurement is of, but for the storage's delay.
struct Node {
    std::string folder;
    int io_slots; ///< 0: the default.
    std::shared_ptr<Resizer> resizer;
    bool puts_results; ///< Into the storage, as with Redis; else with the job.
};

/// Jobs a second, with `jobs` of them queued before the workers start.
double run(const Node& node, const bench::BenchImage& image, int jobs, Milliseconds delay) {
    EngineOptions options;
    options.job_store = Registry::builtin().open_store("memory:", {});
    options.workers = 0;
    const auto folder_storage = Registry::builtin().open_storage("file:" + node.folder, {});
    options.image_storage = folder_storage;
    const auto producer = Engine::open(options);
    for (int i = 0; i < jobs; ++i)
        producer->submit({.image = copy_blob(image.data)});

    options.workers = workers;
    options.io_slots = node.io_slots;
    options.image_resizer = node.resizer;
    if (node.puts_results)
        options.inline_thumbnails = 0;
    options.image_storage = std::make_shared<DelayedStorage>(folder_storage, delay);
    const auto consumer = Engine::open(options);
    const bench::Stopwatch watch;
    consumer->start();
    while (consumer->stats().store.succeeded < jobs)
        std::this_thread::sleep_for(2ms);
    const double seconds = watch.seconds();
    consumer->stop();
    return jobs / seconds;
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "usage: bench_slow_storage FOLDER [SECONDS [IO_SLOTS]]\n");
        return 2;
    }
    const std::string folder = std::string(argv[1]) + "/slow-storage";
    const double seconds = argc > 2 ? std::atof(argv[2]) : 3;
    const int io_slots = argc > 3 ? std::atoi(argv[3]) : 0;
    const auto sandbox =
        Registry::builtin().open_resizer("sandbox:jpeg:png:webp:vips:?helpers=2", {});
    const auto in_process = Registry::builtin().open_resizer("jpeg:png:webp:vips:", {});
    std::printf("| image | decoder | results | folder, jobs/s | +30 ms a call, jobs/s | ratio |\n"
                "|---|---|---|---|---|---|\n");
    for (const char* const name : {"jpeg-0.3mp", "jpeg-6mp", "jpeg-12mp"}) {
        const auto image = bench::make_image(name);
        for (const auto& [decoder, resizer] :
             {std::pair{"sandbox", sandbox}, std::pair{"in process", in_process}}) {
            for (const bool puts_results : {true, false}) {
                const Node node{folder, io_slots, resizer, puts_results};
                run(node, image, 20, 0ms); // warms up
                const double pace = run(node, image, 100, 0ms);
                const int jobs = std::max(100, static_cast<int>(pace * seconds));
                const double local = run(node, image, jobs, 0ms);
                const double slow = run(node, image, jobs, 30ms);
                std::printf("| %s | %s | %s | %.1f | %.1f | %.2f |\n", name, decoder,
                            puts_results ? "storage" : "job", local, slow, slow / local);
                std::fflush(stdout);
            }
        }
    }
    return 0;
}
