// What jobs cost on the Redis store, and on BullMQ on the same server.
// usage: bench_redis [JOBS] [QUEUED...]
// JOBS (20000) no-op jobs go from one producer to one and two worker processes. QUEUED (1000 10000
// 100000) are the lengths of the queue at which a claim is measured.
#include "backends/redis/client/client.h"
#include "support/redis_server.h"

#include <thumbjobs/registry.h>

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace thumbjobs;
using test::RedisServer;
using Seconds = std::chrono::duration<double>;

constexpr Milliseconds lease{3'600'000};
constexpr int batch_size = 50; ///< Calls under way at a time, in a process that works in batches.

NewJob new_job() {
    NewJob job;
    job.id = JobId::generate(Clock::system().wall());
    job.original = {.filename = "holiday.jpg", .media_type = "image/jpeg", .bytes = 1'234'567};
    job.original_key = job.id.to_string() + "/original";
    job.specs = {RenditionSpec{}};
    job.request_id = job.id.to_string();
    job.note = {.level = LogLevel::info, .message = "Submitted.", .worker = "bench"};
    return job;
}

Completion completion(const Lease& held) {
    return {.original_width = 4'000,
            .original_height = 3'000,
            .renditions = {{.name = "thumbnail",
                            .media_type = "image/jpeg",
                            .width = 100,
                            .height = 75,
                            .bytes = 3'456,
                            .checksum = "sha256:" + std::string(64, '0')}},
            .rendition_keys = {held.job.to_string() + "/" + held.claim_id + "/thumbnail"},
            .drop_original = false,
            .retention = {},
            .note = {.level = LogLevel::info, .message = "Done.", .worker = "bench"}};
}

ClaimRequest request(int most) {
    static std::atomic<int> nonces{0};
    return {.worker = "bench",
            .nonce = std::to_string(getpid()) + "-" + std::to_string(++nonces),
            .max_jobs = most,
            .lease = lease};
}

/// Asks a server for one figure of its INFO.
double info(const RedisServer& server, const std::string& name) {
    BackendUrl url = BackendUrl::parse(server.url());
    redis::Client client(redis::ClientOptions::parse(url));
    const std::string text = client.command({"INFO"}).text();
    const std::size_t at = text.find("\n" + name + ":");
    return std::strtod(text.c_str() + at + name.size() + 2, nullptr);
}

/// What a server has spent.
struct Usage {
    double cpu = 0;   ///< Seconds.
    double reads = 0; ///< From its connections: less than commands where these come together.
    double bytes = 0; ///< Received and sent.

    static Usage of(const RedisServer& server) {
        return {info(server, "used_cpu_user") + info(server, "used_cpu_sys"),
                info(server, "total_reads_processed"),
                info(server, "total_net_input_bytes") + info(server, "total_net_output_bytes")};
    }
    Usage operator-(const Usage& before) const {
        return {cpu - before.cpu, reads - before.reads, bytes - before.bytes};
    }
};

void in_threads(int count, const std::function<void()>& work) {
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i)
        threads.emplace_back(work);
    for (std::thread& thread : threads)
        thread.join();
}

/// What the processes of one measurement share.
struct Course {
    std::atomic<int> ready{0};
    std::atomic<int> succeeded{0};
    std::atomic<bool> begun{false};

    /// In memory that children of this process write to as well.
    static Course& make() {
        void* const memory = mmap(nullptr, sizeof(Course), PROT_READ | PROT_WRITE,
                                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED)
            throw std::bad_alloc();
        return *new (memory) Course;
    }
};

template <class Condition>
void wait_until(const Condition& condition) {
    while (!condition())
        std::this_thread::sleep_for(Milliseconds{1});
}

void produce(JobStore& store, int jobs, int threads) {
    std::atomic<int> left{jobs};
    in_threads(threads, [&] {
        while (left-- > 0)
            store.create(new_job());
    });
}

/// A process with so many slots, until `jobs` of the course have succeeded. As in the engine, a
/// slot claims the next job as it completes one, and one of the idle slots claims for all of them.
class Worker {
public:
    Worker(std::shared_ptr<JobStore> store, Course& course, int jobs)
        : store_(std::move(store)), course_(course), jobs_(jobs) {}

    void run(int slots) {
        store_->set_listener([this](JobStore::Change change) {
            if (change.work)
                set_hint(true);
        });
        std::thread watch([this] { wait_for_end(); });
        in_threads(slots, [this] { run_slot(); });
        watch.join();
        store_->set_listener({});
    }

private:
    void run_slot() {
        std::unique_lock lock(mutex_);
        while (!over_)
            if (!ready_.empty()) {
                const Lease first = ready_.front();
                ready_.pop_front();
                lock.unlock();
                run_chain(first);
                lock.lock();
            } else if (hint_ && !claiming_) {
                claim(lock);
            } else {
                ++idle_;
                changed_.wait(lock);
                --idle_;
            }
    }

    void run_chain(Lease held) {
        while (true) {
            set_hint(false);
            const ClaimRequest more = request(1);
            const ClaimResult next = store_->complete(held, completion(held), &more);
            ++course_.succeeded;
            if (next.jobs.empty())
                return;
            set_hint(true); // there may be more
            held = next.jobs[0].lease;
        }
    }

    /// For the slots that are idle, of which the caller was one.
    void claim(std::unique_lock<std::mutex>& lock) {
        claiming_ = true;
        hint_ = false;
        const int most = std::min(idle_ + 1, 100);
        lock.unlock();
        const ClaimResult claimed = store_->claim(request(most));
        lock.lock();
        claiming_ = false;
        hint_ = hint_ || static_cast<int>(claimed.jobs.size()) == most;
        for (const ClaimedJob& job : claimed.jobs)
            ready_.push_back(job.lease);
        for (std::size_t i = 1; i < claimed.jobs.size(); ++i)
            changed_.notify_one();
    }

    void set_hint(bool work) {
        const std::lock_guard lock(mutex_);
        hint_ = work;
        if (work && idle_ > 0)
            changed_.notify_one();
    }

    void wait_for_end() {
        wait_until([this] { return course_.succeeded >= jobs_; });
        const std::lock_guard lock(mutex_);
        over_ = true;
        changed_.notify_all();
    }

    const std::shared_ptr<JobStore> store_;
    Course& course_;
    const int jobs_;
    std::mutex mutex_; ///< Guards what follows.
    std::condition_variable changed_;
    std::deque<Lease> ready_;
    int idle_ = 0;
    bool hint_ = true;
    bool claiming_ = false;
    bool over_ = false;
};

void print_row(const char* what, int workers, bool batched, int jobs, double seconds,
               const Usage& used, double queued_bytes) {
    std::printf("| %s | %d | %d | %.0f | %.0f | %.1f | %.0f | %.0f |\n", what, workers,
                batched ? batch_size : 1, jobs / seconds, used.cpu / jobs * 1e6, used.reads / jobs,
                used.bytes / jobs, queued_bytes);
    std::fflush(stdout);
}

using Program = std::function<void(std::shared_ptr<JobStore>)>;

/// One of the processes of a measurement, with a connection that stands when the clock starts.
[[noreturn]] void run_child(const std::string& url, Course& course, const Program& program) {
    try {
        auto store = Registry::builtin().open_store(url, {});
        store->stats();
        ++course.ready;
        wait_until([&] { return course.begun.load(); });
        program(std::move(store));
    } catch (const Error& error) {
        std::fprintf(stderr, "bench_redis: %s %s\n", error.what(), error.detail().c_str());
        _exit(1);
    }
    _exit(0);
}

struct Spent {
    double seconds = 0;
    Usage usage;
};

/// From when all are ready until `jobs` have succeeded. Forks before there are threads; the
/// producer is this process's child as well, so that each measurement begins alike.
Spent run_processes(const RedisServer& server, Course& course, int jobs,
                    const std::vector<Program>& programs) {
    for (const Program& program : programs)
        if (fork() == 0)
            run_child(server.url(), course, program);
    wait_until([&] { return course.ready == static_cast<int>(programs.size()); });
    const Usage before = Usage::of(server);
    const auto start = std::chrono::steady_clock::now();
    course.begun = true;
    wait_until([&] { return course.succeeded >= jobs; });
    const Seconds seconds = std::chrono::steady_clock::now() - start;
    const Usage usage = Usage::of(server) - before;
    for (std::size_t i = 0; i < programs.size(); ++i)
        wait(nullptr);
    return {seconds.count(), usage};
}

void flush(const RedisServer& server) {
    BackendUrl url = BackendUrl::parse(server.url());
    redis::Client client(redis::ClientOptions::parse(url));
    client.command({"FLUSHALL"}).require();
}

/// Bytes of Redis memory for each of `jobs` queued ones.
double queued_bytes(const RedisServer& server, int jobs) {
    flush(server);
    const auto store = Registry::builtin().open_store(server.url(), {});
    const double before = info(server, "used_memory");
    produce(*store, jobs, batch_size);
    return (info(server, "used_memory") - before) / jobs;
}

void measure_ours(const RedisServer& server, int workers, bool batched, int jobs, double bytes) {
    flush(server);
    const std::string url = server.url();
    Registry::builtin().open_store(url, {}); // makes it, as a process that runs already has
    Course& course = Course::make();
    const int slots = batched ? batch_size : 1;
    std::vector<Program> programs;
    for (int i = 0; i < workers; ++i)
        programs.emplace_back([&](std::shared_ptr<JobStore> store) {
            Worker(std::move(store), course, jobs).run(slots);
        });
    programs.emplace_back(
        [&](const std::shared_ptr<JobStore>& store) { produce(*store, jobs, slots); });
    const Spent spent = run_processes(server, course, jobs, programs);
    munmap(&course, sizeof course);
    print_row("thumbjobs", workers, batched, jobs, spent.seconds, spent.usage, bytes);
}

void measure_bullmq(const RedisServer& server, int workers, bool batched, bool keep, int jobs) {
    flush(server);
    std::string command = "BULLMQ_MODULES=" BULLMQ_MODULES " node " BULLMQ_PROGRAM;
    for (const int word : {int{server.port()}, jobs, workers, batched ? batch_size : 1, int{keep}})
        command += ' ' + std::to_string(word);
    const char* const name = keep ? "BullMQ" : "BullMQ, jobs not kept";
    FILE* const output = popen(command.c_str(), "r");
    double seconds = 0;
    double bytes = 0;
    Usage used;
    const bool read =
        output != nullptr && std::fscanf(output, "%lf %lf %lf %lf %lf", &seconds, &used.cpu,
                                         &used.reads, &used.bytes, &bytes) == 5;
    if (output == nullptr || pclose(output) != 0 || !read) {
        std::printf("%s did not run\n", name);
        return;
    }
    print_row(name, workers, batched, jobs, seconds, used, bytes);
}

/// The median of many calls, in microseconds.
double median(int count, const std::function<void()>& call) {
    std::vector<double> times;
    for (int i = 0; i < count; ++i) {
        const auto start = std::chrono::steady_clock::now();
        call();
        times.push_back(Seconds(std::chrono::steady_clock::now() - start).count() * 1e6);
    }
    std::nth_element(times.begin(), times.begin() + count / 2, times.end());
    return times[static_cast<std::size_t>(count / 2)];
}

void measure_growth(const RedisServer& server, int queued) {
    flush(server);
    const auto store = Registry::builtin().open_store(server.url(), {});
    const double before = info(server, "used_memory");
    produce(*store, queued, batch_size);
    const double bytes = (info(server, "used_memory") - before) / queued;
    constexpr int calls = 1'000;
    const double cpu = Usage::of(server).cpu;
    const double claim = median(calls, [&] {
        store->give_back(store->claim(request(1)).jobs.at(0).lease, Milliseconds{0}, {});
    });
    std::printf("| %d | %.0f | %.1f | %.0f |\n", queued, claim,
                (Usage::of(server).cpu - cpu) / calls * 1e6, bytes);
    std::fflush(stdout);
}

} // namespace

int main(int argc, char** argv) {
    const int jobs = argc > 1 ? std::atoi(argv[1]) : 20'000;
    std::vector<int> sizes;
    for (int i = 2; i < argc; ++i)
        sizes.push_back(std::atoi(argv[i]));
    if (sizes.empty())
        sizes = {1'000, 10'000, 100'000};
    const RedisServer server;
    const double bytes = queued_bytes(server, jobs);
    std::printf("%d jobs, 1 producer, one redis-server without persistence\n", jobs);
    std::printf(
        "| queue | worker processes | at a time in each | jobs/s | Redis CPU us/job | its reads "
        "from sockets/job | bytes moved/job | memory bytes/queued job |\n"
        "|---|---|---|---|---|---|---|---|\n");
    for (const bool batched : {false, true})
        for (const int workers : {1, 2}) {
            measure_ours(server, workers, batched, jobs, bytes);
            for (const bool keep : {true, false})
                measure_bullmq(server, workers, batched, keep, jobs);
        }
    std::printf(
        "\n| queued | claim and give back, us | Redis CPU us for both | memory bytes/queued "
        "job |\n|---|---|---|---|\n");
    for (const int queued : sizes)
        measure_growth(server, queued);
    return 0;
}
