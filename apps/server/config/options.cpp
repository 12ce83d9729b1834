#include "config/options.h"

#include "config/values.h"

#include <thumbjobs/registry.h>
#include <thumbjobs/time.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <concepts>
#include <thread>

namespace thumbd {
namespace {

using thumbjobs::Originals;

[[noreturn]] void refuse() {
    throw std::invalid_argument("not accepted");
}

template <auto Field, std::int64_t Low, std::int64_t High>
void integer(Settings& settings, std::string_view text) {
    const auto value = parse_integer(text);
    if (!value || *value < Low || *value > High)
        refuse();
    settings.*Field = static_cast<std::remove_reference_t<decltype(settings.*Field)>>(*value);
}

template <auto Field, std::int64_t Low, std::int64_t High>
void size(Settings& settings, std::string_view text) {
    const auto value = parse_size(text);
    if (!value || *value < Low || *value > High)
        refuse();
    settings.*Field = *value;
}

template <auto Field, std::int64_t LowMs, std::int64_t HighMs>
void duration(Settings& settings, std::string_view text) {
    const auto value = thumbjobs::parse_duration(text);
    if (!value || value->count() < LowMs || value->count() > HighMs)
        refuse();
    settings.*Field = *value;
}

template <auto Field>
void flag(Settings& settings, std::string_view text) {
    const auto value = parse_flag(text);
    if (!value)
        refuse();
    settings.*Field = *value;
}

template <auto Field>
void text_value(Settings& settings, std::string_view text) {
    if (text.find('\0') != std::string_view::npos)
        refuse();
    settings.*Field = text;
}

void listen(Settings& settings, std::string_view text) {
    const auto endpoint = parse_endpoint(text);
    if (!endpoint)
        refuse();
    settings.listen = *endpoint;
}

void role(Settings& settings, std::string_view text) {
    if (text == "all")
        settings.role = Role::all;
    else if (text == "api")
        settings.role = Role::api;
    else if (text == "worker")
        settings.role = Role::worker;
    else
        refuse();
}

void workers(Settings& settings, std::string_view text) {
    if (text == "auto")
        settings.workers =
            std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, 256);
    else
        integer<&Settings::workers, 1, 256>(settings, text);
}

void sandbox(Settings& settings, std::string_view text) {
    if (text == "on")
        settings.sandbox = SandboxMode::on;
    else if (text == "off")
        settings.sandbox = SandboxMode::off;
    else if (text == "auto")
        settings.sandbox = SandboxMode::automatic;
    else if (text == "per-image")
        settings.sandbox = SandboxMode::per_image;
    else
        refuse();
}

void memory_budget(Settings& settings, std::string_view text) {
    if (text == "auto")
        settings.memory_budget = 0;
    else
        size<&Settings::memory_budget, 32LL << 20, 1LL << 50>(settings, text);
}

void originals(Settings& settings, std::string_view text) {
    if (text == "keep")
        settings.originals = Originals::keep;
    else if (text == "delete")
        settings.originals = Originals::drop;
    else
        refuse();
}

void retention(Settings& settings, std::string_view text) {
    settings.retention.reset();
    if (text == "none")
        return;
    const auto value = thumbjobs::parse_duration(text);
    if (!value || *value < Milliseconds(1'000))
        refuse();
    settings.retention = *value;
}

void redis_durability(Settings& settings, std::string_view text) {
    if (!text.empty() && text != "async" && text != "aof" && text != "replica")
        refuse();
    settings.redis_durability = text;
}

void log_format(Settings& settings, std::string_view text) {
    if (text == "text")
        settings.log_format = LogFormat::text;
    else if (text == "json")
        settings.log_format = LogFormat::json;
    else
        refuse();
}

void log_level(Settings& settings, std::string_view text) {
    const auto level = thumbjobs::parse_log_level(text);
    if (!level)
        refuse();
    settings.log_level = *level;
}

void public_hosts(Settings& settings, std::string_view text) {
    auto names = split_names(text);
    for (const auto& name : names)
        if (name.find_first_of("/ \t@") != std::string::npos)
            refuse();
    settings.public_hosts = std::move(names);
}

constexpr std::int64_t any = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t second = 1'000;
constexpr std::int64_t minute = 60 * second;
constexpr std::int64_t hour = 60 * minute;

using S = Settings;
using T = OptionType;

// name, type, value_name, default, accepted, help, assign
constexpr std::array table{
    Option{"listen", T::endpoint, "HOST:PORT", "127.0.0.1:8080",
           "an IP address or `localhost`, and a port; port 0 picks a free one",
           "Where to listen. Beyond loopback a token file is needed, or --insecure.", listen},
    Option{
        "role", T::choice, "ROLE", "all", "all, api or worker",
        "api: serves requests only; worker: runs jobs, and serves health, metrics and logs only.",
        role},
    Option{"data-dir", T::text, "DIR", "", "a folder; default: $XDG_DATA_HOME/thumbjobs",
           "Holds the database and the images unless --store and --storage say otherwise.",
           text_value<&S::data_dir>},
    Option{"store", T::url, "URL", "", "a job store's URL; default: sqlite:<data-dir>/jobs.db",
           "The durable records of jobs and the queue.", text_value<&S::store>},
    Option{"storage", T::url, "URL", "", "a storage's URL; default: file:<data-dir>/images",
           "The bytes of the images: file:DIR, or s3://BUCKET/PREFIX (see operations.md).",
           text_value<&S::storage>},
    Option{"resizer", T::url, "URL", "jpeg:png:webp:vips:", "a resizer's URL",
           "What makes the thumbnails.", text_value<&S::resizer>},
    Option{"formats", T::text, "LIST", "",
           "names separated by commas, each plain or with + or - before it",
           "Input formats: jpeg, png, gif, webp, avif, heic and tiff unless taken away; svg, pdf, "
           "jxl and jp2 if added, in the sandbox only.",
           text_value<&S::formats>},
    Option{
        "prefer-embedded-preview", T::flag, "", "false", "true or false",
        "Make thumbnails of the preview that cameras put into JPEG files, where it is large enough "
        "and shows the same at a coarse look; needs the resizer jpeg:.",
        flag<&S::prefer_embedded_preview>},
    Option{"threads-per-image", T::integer, "N", "0", "0 to 4",
           "Threads that read one huge JPEG file (6 MiB and more), no more than there are "
           "processors. 0: as the resizer does, which is 2; others need the resizer jpeg:.",
           integer<&S::threads_per_image, 0, 4>},
    Option{"sandbox", T::choice, "MODE", "on", "on, off, auto or per-image",
           "Decode images in locked-down helper processes. auto: go on without where the system "
           "refuses; per-image: a new process for each.",
           sandbox},
    Option{"resize-timeout", T::duration, "TIME", "30s", "10ms to 1h",
           "With the sandbox: how long one attempt at an image may take.",
           duration<&S::resize_timeout, 10, hour>},
    Option{"resize-memory", T::size, "SIZE", "1GiB", "16MiB to 1TiB",
           "With the sandbox: the memory that one attempt may use, predicted and real.",
           size<&S::resize_memory, 16LL << 20, 1LL << 40>},
    Option{"memory-budget", T::size, "SIZE", "auto",
           "32MiB or more, or auto: three quarters of the cgroup's or machine's",
           "With the sandbox: the predicted memory of all attempts at a time; more wait.",
           memory_budget},
    Option{"spool-dir", T::text, "DIR", "", "a folder; default: the data folder",
           "Receives large uploads; on the file system of the images an upload is linked into "
           "place, not copied.",
           text_value<&S::spool_dir>},

    Option{"workers", T::integer, "N", "auto", "1 to 256, or auto: one for each CPU",
           "Images resized at a time; ignored by the role api.", workers},
    Option{"io-slots", T::integer, "N", "0", "0 to 1024; 0: 64 for each worker, up to 512",
           "Jobs under way at the most, so that reading and storing overlap with resizing.",
           integer<&S::io_slots, 0, 1024>},
    Option{"max-upload-bytes", T::size, "SIZE", "64MiB", "1 to 16GiB",
           "The largest image file that is taken.", size<&S::max_upload_bytes, 1, 16LL << 30>},
    Option{"max-pixels", T::integer, "N", "100000000", "1 to 10000000000",
           "The largest image, width times height, that is decoded.",
           integer<&S::max_pixels, 1, 10'000'000'000>},
    Option{"max-frames", T::integer, "N", "1000", "1 to 1000000",
           "The most frames or pages that a file may hold.", integer<&S::max_frames, 1, 1'000'000>},
    Option{"max-queued", T::integer, "N", "100000", "0 or more; 0: no bound",
           "Submits are answered 429 once so many jobs are queued.",
           integer<&S::max_queued, 0, any>},
    Option{"max-attempts", T::integer, "N", "3", "1 to 100",
           "How often a job is tried before it has failed.", integer<&S::max_attempts, 1, 100>},
    Option{"max-crashes", T::integer, "N", "3", "1 to 100",
           "How many decoder deaths fail a job for good.", integer<&S::max_crashes, 1, 100>},
    Option{"originals", T::choice, "WHAT", "keep", "keep or delete",
           "delete: the submitted image is removed once its job has succeeded.", originals},
    Option{"inline-thumbnails", T::size, "SIZE", "32KiB", "0 to 1MiB; 0: all are stored",
           "Thumbnails up to this size are kept by the job store, where it can (sqlite:, memory:); "
           "larger ones are stored as files or objects.",
           size<&S::inline_thumbnails, 0, 1 << 20>},
    Option{"retention", T::duration, "TIME", "none", "1s or more, or none: for ever",
           "How long a finished job and its images are kept.", retention},
    Option{"lease", T::duration, "TIME", "30s", "1s to 1h",
           "A dead worker's job is ready again after it.", duration<&S::lease, second, hour>},
    Option{"drain-time", T::duration, "TIME", "25s", "0ms to 1h",
           "How long requests and jobs under way may take to finish after SIGTERM.",
           duration<&S::drain_time, 0, hour>},
    Option{"orphan-grace", T::duration, "TIME", "1h", "1m or more",
           "Blobs that no job names are deleted after it.",
           duration<&S::orphan_grace, minute, any>},
    Option{"orphan-interval", T::duration, "TIME", "10m", "0ms or more; 0ms: never",
           "How often the storage is searched for such blobs.",
           duration<&S::orphan_interval, 0, any>},
    Option{"event-history", T::integer, "N", "20000", "100 to 10000000",
           "Events and log lines that the store keeps at the least.",
           integer<&S::event_history, 100, 10'000'000>},
    Option{"disk-reserve", T::size, "SIZE", "64MiB", "0 or more",
           "Free space at which submits are refused, so that accepted jobs still finish.",
           size<&S::disk_reserve, 0, any>},
    Option{"relaxed-durability", T::flag, "", "false", "true or false",
           "Acknowledge before the disk has the bytes; a power cut may lose the last moments.",
           flag<&S::relaxed_durability>},
    Option{"redis-durability", T::choice, "WHEN", "", "async, aof or replica; default: async",
           "When a Redis job store has acknowledged: at once, when its append-only file is synced "
           "(Redis 7.2), or when a replica has it.",
           redis_durability},

    Option{"http-threads", T::integer, "N", "2", "1 to 64", "Threads that serve connections.",
           integer<&S::http_threads, 1, 64>},
    Option{"request-threads", T::integer, "N", "16", "1 to 256",
           "Threads that wait for the store and storage on behalf of requests.",
           integer<&S::request_threads, 1, 256>},
    Option{"max-connections", T::integer, "N", "1000", "1 to 100000",
           "Connections at a time, event streams included.",
           integer<&S::max_connections, 1, 100'000>},
    Option{"max-connections-per-address", T::integer, "N", "500", "1 to 100000",
           "Connections at a time from one address; set it to --max-connections behind a proxy.",
           integer<&S::max_connections_per_address, 1, 100'000>},
    Option{"max-wait", T::duration, "TIME", "60s", "0ms to 10m",
           "The longest that a request may wait for its job (Prefer: wait=N).",
           duration<&S::max_wait, 0, 10 * minute>},
    Option{"event-heartbeat", T::duration, "TIME", "15s", "10ms to 1h",
           "How often an event stream gets a comment, so that proxies keep it open and clients "
           "that are gone are noticed.",
           duration<&S::event_heartbeat, 10, hour>},

    Option{"token-file", T::text, "FILE", "", "a file; default: none",
           "Bearer tokens, one a line: `read|submit|admin TOKEN [NAME]`.",
           text_value<&S::token_file>},
    Option{"insecure", T::flag, "", "false", "true or false",
           "Allow an address beyond loopback without a token file.", flag<&S::insecure>},
    Option{"public-host", T::names, "NAMES", "", "host names, separated by commas; `*`: any",
           "Names under which the service is reached. Without tokens, others than IP addresses "
           "and localhost are refused.",
           public_hosts},
    Option{
        "tls-cert", T::text, "FILE", "", "a PEM file; default: none",
        "The certificate and its chain; needs --tls-key. Read again when one of the two changes.",
        text_value<&S::tls_cert>},
    Option{"tls-key", T::text, "FILE", "", "a PEM file; default: none",
           "The certificate's private key.", text_value<&S::tls_key>},

    Option{"log-format", T::choice, "FORMAT", "text", "text or json",
           "How log lines are written to standard error.", log_format},
    Option{"log-level", T::choice, "LEVEL", "info", "debug, info, warning or error",
           "The least important lines that are written.", log_level},
};

} // namespace

std::string Option::environment_name() const {
    std::string result = "THUMBD_";
    for (const char c : name)
        result += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return result;
}

std::string Option::redacted(std::string_view text) const {
    if (type != OptionType::url || text.empty())
        return std::string(text);
    try {
        return thumbjobs::BackendUrl::parse(text).redacted();
    } catch (const thumbjobs::Error&) {
        return "(not a URL)";
    }
}

std::span<const Option> option_table() {
    return table;
}

const Option* find_option(std::string_view name) {
    const auto found = std::find_if(table.begin(), table.end(),
                                    [name](const Option& option) { return option.name == name; });
    return found == table.end() ? nullptr : &*found;
}

} // namespace thumbd
