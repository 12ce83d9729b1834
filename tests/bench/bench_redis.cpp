// What jobs cost on the Redis store, and on BullMQ on the same server.
// usage: bench_redis [JOBS] [QUEUED...]
// JOBS (20000) no-op jobs go from one producer to one and two worker processes. QUEUED (1000 10000
// 100000) are the lengths of the queue at which a claim is measured.
#include "backends/redis/client/client.h"
#include "support/redis_server.h"

#include <thumbjobs/registry.h>

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <thread>

namespace {

using namespace thumbjobs;
using test::RedisServer;
using Seconds = std::chrono::duration<double>;

constexpr Milliseconds lease{3'600'000};
constexpr int batch_size = 50;
constexpr int batch_threads = 8; ///< Calls under way at a time, in a process that works in batches.

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

double server_cpu(const RedisServer& server) {
    return info(server, "used_cpu_user") + info(server, "used_cpu_sys");
}

void in_threads(int count, const std::function<void()>& work) {
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i)
        threads.emplace_back(work);
    for (std::thread& thread : threads)
        thread.join();
}

void produce(JobStore& store, int jobs, int threads) {
    std::atomic<int> left{jobs};
    in_threads(threads, [&] {
        while (left-- > 0)
            store.create(new_job());
    });
}

/// Runs in a process of its own until `jobs` have succeeded.
void work(const std::string& url, int jobs, bool batched) {
    const auto store = Registry::builtin().open_store(url, {});
    std::mutex mutex;
    std::condition_variable changed;
    bool hint = true;
    store->set_listener([&](JobStore::Change change) {
        const std::lock_guard lock(mutex);
        hint = hint || change.work;
        changed.notify_one();
    });
    while (true) {
        std::vector<ClaimedJob> held = store->claim(request(batched ? batch_size : 1)).jobs;
        if (held.empty()) {
            if (store->stats().succeeded >= jobs)
                break;
            std::unique_lock lock(mutex);
            changed.wait_for(lock, Milliseconds{20}, [&] { return hint; });
            hint = false;
        } else if (batched) {
            std::atomic<std::size_t> next{0};
            in_threads(batch_threads, [&] {
                for (std::size_t i = next++; i < held.size(); i = next++)
                    store->complete(held[i].lease, completion(held[i].lease), nullptr);
            });
        } else {
            while (!held.empty()) {
                const ClaimRequest more = request(1);
                held = store->complete(held[0].lease, completion(held[0].lease), &more).jobs;
            }
        }
    }
    store->set_listener({});
}

void print_row(const char* what, int workers, bool batched, int jobs, double seconds, double cpu,
               double bytes) {
    std::printf("%-10s %8d %8s %9.0f %14.1f %10.0f\n", what, workers,
                batched ? "batched" : "single", jobs / seconds, cpu / jobs * 1e6, bytes);
    std::fflush(stdout);
}

/// Forks before there are threads; the producer is this process's child as well, so that each
/// measurement begins alike.
double run_processes(const std::vector<std::function<void()>>& programs) {
    const auto start = std::chrono::steady_clock::now();
    for (const auto& program : programs)
        if (fork() == 0) {
            try {
                program();
            } catch (const Error& error) {
                std::fprintf(stderr, "bench_redis: %s %s\n", error.what(), error.detail().c_str());
                _exit(1);
            }
            _exit(0);
        }
    for (std::size_t i = 0; i < programs.size(); ++i) {
        int status = 0;
        wait(&status);
    }
    return Seconds(std::chrono::steady_clock::now() - start).count();
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
    produce(*store, jobs, batch_threads);
    return (info(server, "used_memory") - before) / jobs;
}

void measure_ours(const RedisServer& server, int workers, bool batched, int jobs, double bytes) {
    flush(server);
    const std::string url = server.url();
    Registry::builtin().open_store(url, {}); // makes it, as a process that runs already has
    std::vector<std::function<void()>> programs;
    for (int i = 0; i < workers; ++i)
        programs.emplace_back([&] { work(url, jobs, batched); });
    programs.emplace_back([&] {
        produce(*Registry::builtin().open_store(url, {}), jobs, batched ? batch_threads : 1);
    });
    const double cpu = server_cpu(server);
    const double seconds = run_processes(programs);
    print_row("thumbjobs", workers, batched, jobs, seconds, server_cpu(server) - cpu, bytes);
}

void measure_bullmq(const RedisServer& server, int workers, bool batched, int jobs) {
    flush(server);
    const std::string command = "BULLMQ_MODULES=" BULLMQ_MODULES " node " BULLMQ_PROGRAM " " +
                                std::to_string(server.port()) + " " + std::to_string(jobs) + " " +
                                std::to_string(workers) + " " +
                                std::to_string(batched ? batch_size : 1);
    FILE* const output = popen(command.c_str(), "r");
    double seconds = 0;
    double cpu = 0;
    double bytes = 0;
    const bool read =
        output != nullptr && std::fscanf(output, "%lf %lf %lf", &seconds, &cpu, &bytes) == 3;
    if (output == nullptr || pclose(output) != 0 || !read) {
        std::printf("%-10s did not run\n", "bullmq");
        return;
    }
    print_row("bullmq", workers, batched, jobs, seconds, cpu, bytes);
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
    produce(*store, queued, batch_threads);
    const double bytes = (info(server, "used_memory") - before) / queued;
    constexpr int calls = 1'000;
    const double cpu = server_cpu(server);
    const double claim = median(calls, [&] {
        store->give_back(store->claim(request(1)).jobs.at(0).lease, Milliseconds{0}, {});
    });
    std::printf("%9d %16.0f %20.1f %10.0f\n", queued, claim,
                (server_cpu(server) - cpu) / calls * 1e6, bytes);
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
    std::printf("%-10s %8s %8s %9s %14s %10s\n", "store", "workers", "mode", "jobs/s",
                "Redis us/job", "bytes/job");
    for (const bool batched : {false, true})
        for (const int workers : {1, 2}) {
            measure_ours(server, workers, batched, jobs, bytes);
            measure_bullmq(server, workers, batched, jobs);
        }
    std::printf("\n%9s %16s %20s %10s\n", "queued", "claim+back, us", "Redis us/claim+back",
                "bytes/job");
    for (const int queued : sizes)
        measure_growth(server, queued);
    return 0;
}
