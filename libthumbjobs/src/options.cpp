#include "src/options_check.h"
#include "src/random.h"
#include "src/text.h"

#include <thumbjobs/error.h>
#include <thumbjobs/options.h>

#include <unistd.h>

#include <array>

namespace thumbjobs {
namespace {

using namespace std::chrono_literals;

constexpr Milliseconds longest = std::chrono::hours{24 * 365 * 100};

[[noreturn]] void refuse(std::string_view field, const std::string& value,
                         const std::string& accepted) {
    throw Error(ErrorCode::invalid_argument,
                std::string(field) + ": " + value + " is not accepted; use " + accepted + ".");
}

void check(std::string_view field, std::int64_t value, std::int64_t least, std::int64_t most) {
    if (value < least || value > most)
        refuse(field, std::to_string(value), std::to_string(least) + " to " + std::to_string(most));
}

void check(std::string_view field, Milliseconds value, Milliseconds least, Milliseconds most) {
    if (value < least || value > most)
        refuse(field, format_duration(value),
               format_duration(least) + " to " + format_duration(most));
}

/// For bounds that nobody reaches: the message names the lower one only.
void check_least(std::string_view field, std::int64_t value, std::int64_t least) {
    if (value < least)
        refuse(field, std::to_string(value), std::to_string(least) + " or more");
}

void check_parts(const EngineOptions& options) {
    if (!options.job_store && options.store.empty())
        refuse("store", "an empty URL", "a URL such as memory: or sqlite:jobs.db");
    if (!options.image_storage && options.storage.empty())
        refuse("storage", "an empty URL", "a URL such as memory: or file:images");
    if (options.workers > 0 && !options.image_resizer && options.resizer.empty())
        refuse("resizer", "an empty URL", "a URL such as vips:");
    if (!options.clock)
        refuse("clock", "null", "a clock, such as Clock::system()");
}

void check_limits(const EngineOptions& options) {
    check_least("limits.max_bytes", options.limits.max_bytes, 1);
    check_least("limits.max_pixels", options.limits.max_pixels, 1);
    check_least("limits.max_frames", options.limits.max_frames, 1);
    check_least("limits.max_dimension", options.limits.max_dimension, 1);
    check_least("max_queued", options.max_queued, 0);
    check_least("event_history", options.event_history, 100);
    check_least("disk_reserve", options.disk_reserve, 0);
    check("inline_thumbnails", options.inline_thumbnails, 0, 1 << 20);
}

void check_times(const EngineOptions& options) {
    check("retry.base_delay", options.retry.base_delay, 1ms, longest);
    check("retry.max_delay", options.retry.max_delay, options.retry.base_delay, longest);
    check("lease", options.lease, 1s, 1h);
    check("storage_timeout", options.storage_timeout, 1s, 1h);
    if (options.retention)
        check("retention", *options.retention, 1s, longest);
    check("orphan_grace", options.orphan_grace, 1ms, longest);
    check("orphan_interval", options.orphan_interval, 0ms, longest);
    check("housekeeping_interval", options.housekeeping_interval, 10ms, 5s);
}

/// A storage in a network takes many times as long as a small image's resizing. Slots that are not
/// needed rest (WorkerPool::room()).
constexpr int slots_per_worker = 64;
constexpr int most_default_slots = 512;

std::string default_worker_name() {
    std::array<char, 65> host{};
    if (::gethostname(host.data(), host.size() - 1) != 0 || !is_printable_ascii(host.data()))
        host = {'h', 'o', 's', 't'};
    return std::string(host.data()) + "-" + std::to_string(::getpid()) + "-" + random_hex(4);
}

/// `path` as the target of a backend's URL.
std::string url_path(std::string_view path) {
    std::string escaped;
    for (const char c : path)
        switch (c) {
        case '%':
            escaped += "%25";
            break;
        case '?':
            escaped += "%3F";
            break;
        case '#':
            escaped += "%23";
            break;
        default:
            escaped += c;
        }
    return escaped;
}

} // namespace

EngineOptions EngineOptions::in_directory(const std::string& directory) {
    EngineOptions options;
    const std::string folder = url_path(directory.empty() ? "." : directory);
    options.store = "sqlite:" + folder + "/jobs.db";
    options.storage = "file:" + folder + "/images";
    return options;
}

void complete_options(EngineOptions& options) {
    check("workers", options.workers, 0, 256);
    check("io_slots", options.io_slots, 0, 1024);
    check("retry.max_attempts", options.retry.max_attempts, 1, 100);
    check("retry.max_crashes", options.retry.max_crashes, 1, 100);
    check_parts(options);
    check_limits(options);
    check_times(options);
    if (options.worker_name.size() > 128 || !is_printable_ascii(options.worker_name))
        refuse("worker_name", in_quotes(options.worker_name),
               "up to 128 printable ASCII characters");
    if (options.worker_name.empty())
        options.worker_name = default_worker_name();
    if (options.workers == 0)
        options.io_slots = 0;
    else if (options.io_slots == 0)
        options.io_slots = std::max(
            2 * options.workers, std::min(slots_per_worker * options.workers, most_default_slots));
}

} // namespace thumbjobs
