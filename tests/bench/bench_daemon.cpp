/// What thumbd holds on to: memory and CPU when idle, with idle event streams, during one large
/// upload.
///
/// usage: bench_daemon --thumbd BINARY --dir FOLDER
#include "measure.h"
#include "support/http_client.h"
#include "support/thumbd_process.h"

#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;

constexpr int streams = 200;
constexpr std::size_t upload_bytes = 60 << 20;
constexpr std::size_t small_upload_bytes = 1 << 20;
constexpr auto idle_time = 10s;

/// The beginning of a JPEG, which is accepted, and then noise, whose job fails.
thumbjobs::Bytes make_upload(std::size_t size) {
    thumbjobs::Bytes bytes(size);
    std::uint32_t state = 1;
    for (std::byte& byte : bytes) {
        state = state * 1664525 + 1013904223;
        byte = static_cast<std::byte>(state >> 24);
    }
    constexpr std::uint8_t head[] = {0xFF, 0xD8, 0xFF, 0xE0, 0x00, 0x10, 'J', 'F', 'I', 'F', 0};
    for (std::size_t i = 0; i < std::size(head); ++i)
        bytes[i] = static_cast<std::byte>(head[i]);
    return bytes;
}

/// Forgets the peak so far: VmHWM starts again at the resident set.
void reset_peak(pid_t pid) {
    const std::string path = "/proc/" + std::to_string(pid) + "/clear_refs";
    const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "w"), std::fclose);
    if (file)
        std::fputs("5", file.get());
}

void upload(const thumbjobs::test::ThumbdProcess& daemon, const thumbjobs::Bytes& image) {
    const auto answer =
        thumbjobs::test::HttpClient(daemon.port())
            .request("POST", "/v1/jobs", "Content-Type: application/octet-stream\r\n", image);
    if (answer.status != 202)
        throw std::runtime_error("the upload answered " + std::to_string(answer.status) + ": " +
                                 answer.body.substr(0, 300));
}

/// How many megabytes one large upload adds to the daemon's peak until it is accepted. A smaller
/// one has come before: thumbd gives the code of uploads back until it is needed.
double upload_peak(const thumbjobs::test::ThumbdProcess& daemon) {
    upload(daemon, make_upload(small_upload_bytes));
    const thumbjobs::Bytes image = make_upload(upload_bytes);
    reset_peak(daemon.pid());
    const double before = bench::resident_megabytes(daemon.pid());
    upload(daemon, image);
    return bench::peak_resident_megabytes(daemon.pid()) - before;
}

/// Waits until the last helper has come up.
void await_rest(pid_t pid) {
    constexpr auto while_nothing_happens = 1s;
    double before = -1;
    for (double now = 0; now > before; now = bench::usage_of_tree(pid).cpu_seconds) {
        before = now;
        std::this_thread::sleep_for(while_nothing_happens);
    }
}

void print(const char* what, double figure, const char* unit, const char* limit) {
    std::printf("| %s | %.2f %s | %s |\n", what, figure, unit, limit);
    std::fflush(stdout);
}

void measure(const std::string& thumbd, const std::string& dir) {
    const thumbjobs::test::ThumbdProcess daemon(
        {.binary = thumbd, .data_dir = dir + "/daemon", .arguments = {"--workers", "2"}});
    const pid_t pid = daemon.pid();
    std::printf("| thumbd | measured | limit |\n|---|---|---|\n");

    thumbjobs::test::HttpClient(daemon.port()).request("GET", "/v1/jobs");
    await_rest(pid);
    print("resident, idle", bench::resident_megabytes(pid), "MB", "60 MB");
    print("with its decoder processes, idle (PSS)", bench::proportional_megabytes(pid), "MB", "-");

    const double cpu_before = bench::usage_of_tree(pid).cpu_seconds;
    std::this_thread::sleep_for(idle_time);
    const double cpu = bench::usage_of_tree(pid).cpu_seconds - cpu_before;
    print("CPU, idle", 100 * cpu / std::chrono::duration<double>(idle_time).count(), "%", "0 %");

    {
        const double before = bench::resident_megabytes(pid);
        std::vector<std::unique_ptr<thumbjobs::test::HttpClient>> open;
        for (int i = 0; i < streams; ++i) {
            open.push_back(std::make_unique<thumbjobs::test::HttpClient>(daemon.port()));
            open.back()->open_stream("/v1/events");
        }
        print("200 idle event streams", bench::resident_megabytes(pid) - before, "MB more",
              "25 MB");
    }

    print("one 60 MB upload", upload_peak(daemon), "MB more, its job begun", "8 MB");
    const thumbjobs::test::ThumbdProcess receiver(
        {.binary = thumbd, .data_dir = dir + "/receiver", .arguments = {"--role", "api"}});
    print("one 60 MB upload, role api", upload_peak(receiver), "MB more", "8 MB");
}

} // namespace

int main(int argc, char** argv) {
    std::map<std::string, std::string> options;
    for (int i = 1; i + 1 < argc; i += 2)
        options[argv[i]] = argv[i + 1];
    try {
        if (!options.contains("--thumbd") || !options.contains("--dir"))
            throw std::invalid_argument("usage: bench_daemon --thumbd BINARY --dir FOLDER");
        std::filesystem::create_directories(options["--dir"]);
        measure(options["--thumbd"], options["--dir"]);
    } catch (const std::exception& error) {
        std::cerr << "bench_daemon: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
