// What a slow storage costs: jobs/s of one engine with 2 workers on a folder, and on the same
// folder with a delay added to every call, as a bucket in a network has it.
// usage: bench_slow_storage FOLDER [SECONDS]
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

/// Jobs a second, with `jobs` of them queued before the workers start.
double run(const std::string& folder, const bench::BenchImage& image, int jobs, int io_slots,
           Milliseconds delay, const std::shared_ptr<Resizer>& resizer) {
    EngineOptions options;
    options.job_store = Registry::builtin().open_store("memory:", {});
    options.workers = 0;
    const auto folder_storage = Registry::builtin().open_storage("file:" + folder, {});
    options.image_storage = folder_storage;
    const auto producer = Engine::open(options);
    for (int i = 0; i < jobs; ++i)
        producer->submit({.image = copy_blob(image.data)});

    options.workers = workers;
    options.io_slots = io_slots;
    options.image_resizer = resizer;
    options.inline_thumbnails = 0; // each result is a call of the storage, as with Redis
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
        std::fprintf(stderr, "usage: bench_slow_storage FOLDER [SECONDS]\n");
        return 2;
    }
    const std::string folder = std::string(argv[1]) + "/slow-storage";
    const double seconds = argc > 2 ? std::atof(argv[2]) : 3;
    const auto sandbox =
        Registry::builtin().open_resizer("sandbox:jpeg:png:webp:vips:?helpers=2", {});
    const auto in_process = Registry::builtin().open_resizer("jpeg:png:webp:vips:", {});
    std::printf("| image | decoder | slots | folder, jobs/s | +30 ms a call, jobs/s | ratio |\n"
                "|---|---|---|---|---|---|\n");
    for (const char* const name : {"jpeg-0.3mp", "jpeg-6mp", "jpeg-12mp"}) {
        const auto image = bench::make_image(name);
        for (const auto& [decoder, resizer] :
             {std::pair{"sandbox", sandbox}, std::pair{"in process", in_process}}) {
            run(folder, image, 20, 0, 0ms, resizer); // warms up
            const double pace = run(folder, image, 40, 0, 0ms, resizer);
            const int jobs = std::max(20, static_cast<int>(pace * seconds));
            for (const int slots : {2 * workers, 0}) {
                const double local = run(folder, image, jobs, slots, 0ms, resizer);
                const double slow = run(folder, image, jobs, slots, 30ms, resizer);
                std::printf("| %s | %s | %s | %.1f | %.1f | %.2f |\n", name, decoder,
                            slots == 0 ? "default" : std::to_string(slots).c_str(), local, slow,
                            slow / local);
                std::fflush(stdout);
            }
        }
    }
    return 0;
}
