#include "service.h"

#include "auth/tls_files.h"
#include "config/options.h"
#include "config/values.h"
#include "events/event_hub.h"
#include "events/job_waiters.h"
#include "handlers/handlers.h"
#include "http/server_pool.h"
#include "http/trace.h"
#include "metrics/engine_observer.h"
#include "routes/problem.h"
#include "sandbox.h"

#include <QTimer>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <thread>
#include <utility>

namespace thumbd {
namespace {

constexpr std::size_t max_waiting_requests = 1024;
constexpr std::chrono::seconds answer_time{60}; ///< Of a handler, beyond the longest wait.
constexpr Milliseconds last_answers{1'000}; ///< For requests under way, after jobs took all time.

void make_directory(const std::string& path) {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (error || !std::filesystem::is_directory(path))
        throw ConfigError("cannot make the folder " + path + ": " +
                          (error ? error.message() : "it is a file"));
}

thumbjobs::EngineOptions engine_options(const Settings& settings) {
    thumbjobs::EngineOptions options;
    options.store = settings.store;
    options.storage = settings.storage;
    options.workers = settings.workers;
    options.io_slots = settings.io_slots;
    options.limits.max_bytes = settings.max_upload_bytes;
    options.limits.max_pixels = settings.max_pixels;
    options.limits.max_frames = settings.max_frames;
    options.max_queued = settings.max_queued;
    options.retry.max_attempts = settings.max_attempts;
    options.retry.max_crashes = settings.max_crashes;
    options.lease = settings.lease;
    options.originals = settings.originals;
    options.inline_thumbnails = settings.inline_thumbnails;
    options.retention = settings.retention;
    options.orphan_grace = settings.orphan_grace;
    options.orphan_interval = settings.orphan_interval;
    options.event_history = settings.event_history;
    options.disk_reserve = settings.disk_reserve;
    options.relaxed_durability = settings.relaxed_durability;
    return options;
}

void add_common_headers(const http::RequestContext& context, http::Headers& headers) {
    headers.set("X-Request-Id", context.request_id);
    headers.set("traceparent", context.traceparent);
    headers.set_default("X-Content-Type-Options", "nosniff");
    headers.set_default("Referrer-Policy", "no-referrer");
    headers.set_default("Cross-Origin-Resource-Policy", "same-origin");
    headers.set_default("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
}

std::string milliseconds_text(std::chrono::microseconds time) {
    return std::to_string(time.count() / 1000) + '.' + std::to_string(time.count() / 100 % 10);
}

} // namespace

struct Service::Parts {
    explicit Parts(const Settings& given);

    std::shared_ptr<thumbjobs::Resizer> sandboxed_resizer();
    http::GateOptions gate_options();
    void write_access_line(const http::AccessRecord& record);
    void drain();

    const Settings settings;
    Logger logger{settings.log_format, settings.log_level};
    Metrics metrics;
    Tokens tokens{settings.token_file, [this](bool error, const std::string& message) {
                      logger.write(error ? thumbjobs::LogLevel::error
                                         : thumbjobs::LogLevel::warning,
                                   message);
                  }};
    std::unique_ptr<TlsFiles> tls;
    RouteGuard guard{settings, tokens};
    std::unique_ptr<thumbjobs::Engine> engine;
    Executor executor{settings.request_threads, max_waiting_requests};
    JobWaiters waiters;
    std::unique_ptr<EventHub> events;
    std::unique_ptr<Services> services;
    std::unique_ptr<http::ServerPool> pool;
    QTimer heartbeat;
    std::atomic<bool> draining{false};
    std::thread drainer;
};

Service::Parts::Parts(const Settings& given) : settings(given) {
    make_directory(settings.data_dir);
    make_directory(settings.spool_dir);
    auto options = engine_options(settings);
    if (!settings.tls_cert.empty())
        tls = std::make_unique<TlsFiles>(
            settings.tls_cert, settings.tls_key, [this](bool error, const std::string& message) {
                logger.write(error ? thumbjobs::LogLevel::error : thumbjobs::LogLevel::info,
                             message);
            });
    options.observer = std::make_shared<EngineObserver>(logger, metrics);
    if (options.workers > 0)
        options.image_resizer = sandboxed_resizer();
    engine = thumbjobs::Engine::open(std::move(options));
    events = std::make_unique<EventHub>(*engine, executor, waiters, logger);
    services = std::make_unique<Services>(Services{
        settings, *engine, executor, tokens, guard, logger, metrics, waiters, *events, draining,
        [this] {
            return MetricsSnapshot{pool->statistics(), logger.dropped(), executor.waiting()};
        }});
}

/// Or one that is not, where the settings say so; then loudly if that was not what they hoped for.
std::shared_ptr<thumbjobs::Resizer> Service::Parts::sandboxed_resizer() {
    const auto opened = open_resizer(settings);
    metrics.set_sandboxed(opened.sandboxed);
    if (!opened.fallback.empty())
        logger.warning("images are decoded WITHOUT a sandbox: a hostile one can take this process "
                       "down or over",
                       {{"detail", opened.fallback}});
    return opened.resizer;
}

http::GateOptions Service::Parts::gate_options() {
    http::GateOptions options;
    auto& limits = options.limits;
    limits.max_connections = static_cast<std::size_t>(settings.max_connections);
    limits.max_connections_per_peer =
        static_cast<std::size_t>(settings.max_connections_per_address);
    limits.spool_directory = settings.spool_dir;
    limits.timeouts.handler = settings.max_wait + answer_time;
    options.hooks.policy = [this](const http::RequestHead& head, const http::Peer& peer) {
        return guard.decide(head, peer);
    };
    options.hooks.common_headers = add_common_headers;
    options.hooks.error_response = [](const http::Refusal& refusal, const http::RequestContext&) {
        return to_response(to_problem(refusal));
    };
    options.hooks.access_log = [this](const http::AccessRecord& record) {
        metrics.count_request(record);
        write_access_line(record);
    };
    options.hooks.handler_failed = [this](const http::RequestContext& context,
                                          const std::string& what) {
        logger.error("a handler failed", {{"request_id", context.request_id}, {"detail", what}});
    };
    return options;
}

void Service::Parts::write_access_line(const http::AccessRecord& record) {
    const auto level =
        record.status >= 500 ? thumbjobs::LogLevel::warning : thumbjobs::LogLevel::info;
    if (!logger.enabled(level))
        return;
    logger.write(level, "request",
                 {{"request_id", record.request_id},
                  {"trace_id", http::trace_id(record.traceparent)},
                  {"peer", record.peer.address},
                  {"method", record.method},
                  {"path", record.path},
                  {"route", record.route},
                  {"status", std::to_string(record.status)},
                  {"bytes_in", std::to_string(record.bytes_in)},
                  {"bytes_out", std::to_string(record.bytes_out)},
                  {"receive_ms", milliseconds_text(record.receive)},
                  {"total_ms", milliseconds_text(record.total)},
                  {"client_gone", record.client_gone ? "true" : ""}});
}

void Service::Parts::drain() {
    const auto deadline = std::chrono::steady_clock::now() + settings.drain_time;
    waiters.close();
    // All but new images is still served meanwhile: a load balancer learns from /readyz that it
    // shall look elsewhere, and clients see how their jobs end.
    engine->stop(settings.drain_time);
    const auto left =
        std::chrono::duration_cast<Milliseconds>(deadline - std::chrono::steady_clock::now());
    if (!pool->stop(std::max(left, last_answers)))
        logger.warning("requests were cut off at the end of the drain time");
    logger.info("drained");
}

Service::Service(const Settings& settings) : parts_(std::make_unique<Parts>(settings)) {}

Service::~Service() {
    finish();
    parts_->heartbeat.stop();
    parts_->waiters.close();
    parts_->events->stop();
    // Handlers use everything else: they end first, then what they left on the executor.
    if (parts_->pool)
        parts_->pool->stop(Milliseconds(0));
    parts_->executor.stop();
    parts_->pool.reset();
}

void Service::start() {
    auto& parts = *parts_;
    http::ListenOptions listen;
    listen.address = format_endpoint(parts.settings.listen);
    listen.threads = parts.settings.http_threads;
    if (parts.tls)
        listen.tls = [tls = parts.tls.get()] { return tls->current(); };
    try {
        parts.pool = std::make_unique<http::ServerPool>(
            std::move(listen), parts.gate_options(),
            [&parts](QHttpServer& server) { register_routes(server, *parts.services); });
    } catch (const std::exception& error) {
        throw ConfigError(error.what());
    }
    parts.engine->start();
    QObject::connect(&parts.heartbeat, &QTimer::timeout, &parts.heartbeat,
                     [&parts] { parts.events->heartbeat(); });
    parts.heartbeat.start(parts.settings.event_heartbeat);
    parts.logger.info("serving", {{"url", parts.pool->url()},
                                  {"workers", std::to_string(parts.settings.workers)}});
}

std::string Service::url() const {
    return parts_->pool->url();
}

void Service::begin_drain(std::function<void()> done) {
    auto& parts = *parts_;
    if (parts.draining.exchange(true))
        return;
    parts.guard.begin_drain();
    parts.logger.info("draining");
    parts.drainer = std::thread([&parts, done = std::move(done)] {
        try {
            parts.drain();
        } catch (const std::exception& error) {
            parts.logger.error("the drain failed", {{"detail", error.what()}});
        }
        done();
    });
}

void Service::finish() {
    if (parts_->drainer.joinable())
        parts_->drainer.join();
}

void Service::reload_files() {
    parts_->tokens.reload();
    if (parts_->tls)
        parts_->tls->reload();
}

} // namespace thumbd
