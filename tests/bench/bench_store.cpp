// What a job store costs: jobs/s, CPU, bytes and syncs for each job, and how the answers grow with
// the number of jobs.  usage: bench_store [FOLDER] [ROWS...]
// FOLDER is where databases are made; its disk decides what a sync costs. ROWS default to
// 1000 100000 1000000.
#include "backends/sqlite/sqlite_schema.h"
#include "backends/sqlite/sqlite_sql.h"

#include <thumbjobs/registry.h>

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>
#include <thread>

namespace {

std::atomic<std::int64_t> sync_count{0};

} // namespace

// Counts syncs: these stand in front of the C library's for everything in this process.
extern "C" int fsync(int file) {
    ++sync_count;
    return static_cast<int>(syscall(SYS_fsync, file));
}
extern "C" int fdatasync(int file) {
    ++sync_count;
    return static_cast<int>(syscall(SYS_fdatasync, file));
}

namespace {

using namespace thumbjobs;
using Seconds = std::chrono::duration<double>;

constexpr Milliseconds lease{3'600'000};

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

ClaimRequest request() {
    static std::atomic<int> nonces{0};
    return {.worker = "bench", .nonce = std::to_string(++nonces), .max_jobs = 1, .lease = lease};
}

/// What the process has used so far.
struct Usage {
    std::chrono::steady_clock::time_point time = std::chrono::steady_clock::now();
    double cpu = 0;
    std::int64_t syncs = sync_count;
    double written = 0;

    static Usage now() {
        Usage usage;
        rusage used{};
        getrusage(RUSAGE_SELF, &used);
        const auto seconds = [](const timeval& time) {
            return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
        };
        usage.cpu = seconds(used.ru_utime) + seconds(used.ru_stime);
        std::ifstream io("/proc/self/io");
        std::string name;
        while (io >> name) {
            double value = 0;
            io >> value;
            if (name == "wchar:")
                usage.written = value;
        }
        return usage;
    }
};

void run_threads(int count, const std::function<void()>& work) {
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i)
        threads.emplace_back(work);
    for (std::thread& thread : threads)
        thread.join();
}

void print_row(const char* store, const char* what, int threads, int jobs, const Usage& before) {
    const Usage after = Usage::now();
    const double n = jobs;
    std::printf("%-16s %-16s %7d %9.0f %10.1f %9.2f %9.1f\n", store, what, threads,
                n / Seconds(after.time - before.time).count(), (after.cpu - before.cpu) / n * 1e6,
                static_cast<double>(after.syncs - before.syncs) / n,
                (after.written - before.written) / n / 1'024);
    std::fflush(stdout);
}

void measure_throughput(const char* name, const std::string& url, bool relaxed, int jobs) {
    for (const int threads : {1, 8}) {
        const auto store = Registry::builtin().open_store(url, {.relaxed_durability = relaxed});
        Usage before = Usage::now();
        run_threads(threads, [&] {
            for (int i = 0; i < jobs / threads; ++i)
                store->create(new_job());
        });
        print_row(name, "create", threads, jobs, before);

        before = Usage::now();
        run_threads(threads, [&] {
            for (int i = 0; i < jobs / threads; ++i)
                for (const ClaimedJob& job : store->claim(request()).jobs)
                    store->give_back(job.lease, Milliseconds{0}, {});
        });
        print_row(name, "claim+give back", threads, jobs, before);

        before = Usage::now();
        run_threads(threads, [&] {
            std::vector<ClaimedJob> held = store->claim(request()).jobs;
            while (!held.empty()) {
                const ClaimRequest next = request();
                held = store->complete(held[0].lease, completion(held[0].lease), &next).jobs;
            }
        });
        print_row(name, "claim+complete", threads, jobs, before);
    }
}

// --- Growth

/// Half of the jobs queued, half succeeded; the ids are in order.
void fill(const std::string& path, int rows) {
    SqliteDb db(path, SqliteDb::Mode::read_write);
    db.exec("PRAGMA synchronous = OFF");
    const std::string n = std::to_string(rows);
    db.exec(("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " + n +
             ") INSERT INTO jobs (number, id, place, due, token, decoding, ending, original_key,"
             " state, attempts, crashes, progress, updated_at, width, height, available,"
             " max_attempts, priority, created_at, bytes, filename, media_type, specs)"
             " SELECT i, CAST(printf('%016d', i) AS BLOB), iif(i % 2, 0, 3), iif(i % 2, i, NULL),"
             " 0, 0, 0, printf('%036d/original', i), iif(i % 2, 0, 2), 0, 0, 0, i, 0, 0, 1, 3,"
             " i / 2 % 3, i, 1000, 'holiday.jpg', 'image/jpeg',"
             " '[{\"name\":\"thumbnail\",\"width\":100,\"height\":100}]' FROM n")
                .c_str());
    db.exec(("UPDATE totals SET last_job = " + n + ", ready = (" + n +
             " + 1) / 2, succeeded = " + n + " / 2")
                .c_str());
    db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
}

/// The median of many calls, in microseconds.
double median(const std::function<void()>& call) {
    std::vector<double> times;
    for (int i = 0; i < 300; ++i) {
        const auto start = std::chrono::steady_clock::now();
        call();
        times.push_back(Seconds(std::chrono::steady_clock::now() - start).count() * 1e6);
    }
    std::nth_element(times.begin(), times.begin() + 150, times.end());
    return times[150];
}

void measure_growth(const std::string& path, int rows) {
    const auto store =
        Registry::builtin().open_store("sqlite:" + path, {.relaxed_durability = true});
    fill(path, rows);
    const ListQuery first{};
    ListQuery middle;
    middle.cursor = store->list({.states = {}, .limit = 500}).next_cursor;
    for (int i = 0; i < std::min(rows / 1'000, 100); ++i) { // well into the listing
        middle.limit = 500;
        middle.cursor = store->list(middle).next_cursor;
    }
    middle.limit = 50;
    ListQuery queued{.states = {JobState::queued}, .limit = 50, .cursor = {}, .ascending = true};
    ListQuery none{.states = {JobState::failed}, .limit = 50};
    std::printf("%9d %10.0f %10.0f %10.0f %10.0f %10.0f %10.0f %10.0f\n", rows,
                median([&] { store->list(first); }), median([&] { store->list(middle); }),
                median([&] { store->list(queued); }), median([&] { store->list(none); }),
                median([&] { store->stats(); }), median([&] {
                    store->give_back(store->claim(request()).jobs.at(0).lease, Milliseconds{0}, {});
                }),
                median([&] { store->create(new_job()); }));
    std::fflush(stdout);
}

void print_plan(const std::string& path, Sql sql) {
    SqliteDb db(path, SqliteDb::Mode::read_write);
    SqliteStatement statement(db, "EXPLAIN QUERY PLAN " + std::string(sql_text(sql)));
    for (SqliteRun row(statement); row.next();) {
        row.skip();
        row.skip();
        row.skip();
        std::printf("  %s\n", std::string(row.text()).c_str());
    }
}

} // namespace

int main(int argc, char** argv) {
    const std::filesystem::path parent =
        argc > 1 ? std::filesystem::path(argv[1]) : std::filesystem::temp_directory_path();
    std::vector<int> sizes;
    for (int i = 2; i < argc; ++i)
        sizes.push_back(std::atoi(argv[i]));
    if (sizes.empty())
        sizes = {1'000, 100'000, 1'000'000};
    const std::filesystem::path folder = parent / ("bench_store." + std::to_string(getpid()));
    std::filesystem::create_directory(folder);
    const auto file = [&folder](const std::string& name) { return (folder / name).string(); };

    std::printf("%-16s %-16s %7s %9s %10s %9s %9s\n", "store", "what", "threads", "jobs/s",
                "CPU us/job", "syncs/job", "KiB/job");
    measure_throughput("memory", "memory:", false, 40'000);
    measure_throughput("sqlite relaxed", "sqlite:" + file("relaxed.db"), true, 20'000);
    measure_throughput("sqlite durable", "sqlite:" + file("durable.db"), false, 2'000);

    std::printf("\nmedian microseconds, half of the jobs queued, half succeeded\n");
    std::printf("%9s %10s %10s %10s %10s %10s %10s %10s\n", "jobs", "list", "list mid",
                "list queue", "list none", "stats", "claim+back", "create");
    for (const int rows : sizes)
        measure_growth(file("grown-" + std::to_string(rows) + ".db"), rows);
    std::printf("\nplan of a page of the listing:\n");
    print_plan(file("durable.db"), Sql::list_descending);
    std::printf("plan of a claim:\n");
    print_plan(file("durable.db"), Sql::claim_ready);
    std::filesystem::remove_all(folder);
    return 0;
}
