#pragma once

#include <thumbjobs/event.h>
#include <thumbjobs/options.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace thumbd {

using thumbjobs::Milliseconds;

/// Where to listen. `host` is an IP address without brackets; port 0 picks a free one.
struct Endpoint {
    std::string host = "127.0.0.1";
    std::uint16_t port = 8080;

    friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

enum class Role {
    all,    ///< Serves the API and runs jobs.
    api,    ///< Serves the API only.
    worker, ///< Runs jobs; serves only health, metrics and logs.
};

/// Whether images are decoded in locked-down helper processes.
enum class SandboxMode {
    off,
    on,
    automatic, ///< Where the system allows it; otherwise thumbd says so and does without.
    per_image, ///< On, with a new helper for each image.
};

enum class LogFormat { text, json };

/// What thumbd was told, checked. One field for each row of the option table (options.h).
struct Settings {
    Endpoint listen;
    Role role = Role::all;
    std::string data_dir;
    std::string store;
    std::string storage;
    std::string resizer;
    std::string formats; ///< As the resizers take them: `+svg,-gif`.
    bool prefer_embedded_preview = false;
    int threads_per_image = 0; ///< 0: what the resizer does without being told.
    SandboxMode sandbox = SandboxMode::on;
    Milliseconds resize_timeout{};
    std::int64_t resize_memory = 0;
    std::int64_t memory_budget = 0; ///< 0: from the cgroup or the machine.
    std::string spool_dir;

    int workers = 0;
    int io_slots = 0;
    std::int64_t max_upload_bytes = 0;
    std::int64_t max_pixels = 0;
    int max_frames = 0;
    std::int64_t max_queued = 0;
    int max_attempts = 0;
    int max_crashes = 0;
    thumbjobs::Originals originals = thumbjobs::Originals::keep;
    std::int64_t inline_thumbnails = 0;
    std::optional<Milliseconds> retention;
    Milliseconds lease{};
    Milliseconds drain_time{};
    Milliseconds orphan_grace{};
    Milliseconds orphan_interval{};
    int event_history = 0;
    std::int64_t disk_reserve = 0;
    bool relaxed_durability = false;
    std::string redis_durability; ///< Empty: as the store's URL says.

    int http_threads = 0;
    int request_threads = 0;
    int max_connections = 0;
    int max_connections_per_address = 0;
    Milliseconds max_wait{};
    Milliseconds event_heartbeat{};

    std::string token_file;
    bool insecure = false;
    std::vector<std::string> public_hosts; ///< Lower-case host names; `*` stands for any.
    std::string tls_cert;
    std::string tls_key;

    LogFormat log_format = LogFormat::text;
    thumbjobs::LogLevel log_level = thumbjobs::LogLevel::info;
};

} // namespace thumbd
