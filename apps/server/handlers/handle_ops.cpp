#include "handlers/answers.h"
#include "handlers/handlers.h"
#include "routes/json_text.h"
#include "routes/openapi.h"

#include <chrono>
#include <string>

namespace thumbd {
namespace {

double seconds(thumbjobs::Milliseconds time) {
    return std::chrono::duration<double>(time).count();
}

std::string stats_json(const thumbjobs::EngineStats& stats) {
    JsonObject jobs;
    for (const auto state : thumbjobs::all_job_states)
        jobs.add(to_string(state), stats.store.count(state));
    jobs.add("delayed", stats.store.delayed);
    JsonObject workers;
    workers.add("total", stats.workers).add("busy", stats.workers_busy);
    JsonObject object;
    object.add_raw("jobs", jobs.text());
    if (stats.store.oldest_ready_age)
        object.add("oldest_queued_age_seconds", seconds(*stats.store.oldest_ready_age));
    else
        object.add_raw("oldest_queued_age_seconds", "null");
    object.add("finished_last_minute", stats.store.finished_last_minute)
        .add_raw("workers", workers.text())
        .add("draining", stats.draining)
        .add("outage", stats.outage);
    return object.text();
}

} // namespace

void handle_stats(Services& services, const ExchangePtr& exchange) {
    parameters_of(*exchange);
    run_blocking(services, exchange, [&services](http::Exchange& open) {
        auto stats = services.engine.stats();
        stats.draining = stats.draining || services.draining; // said a moment before it begins
        answer_json(open, 200, stats_json(stats));
    });
}

void handle_metrics(Services& services, const ExchangePtr& exchange) {
    parameters_of(*exchange);
    run_blocking(services, exchange, [&services](http::Exchange& open) {
        try {
            services.metrics.set_engine(services.engine.stats());
            services.metrics.set_store_reachable(true);
        } catch (const thumbjobs::Error&) {
            // The scrape shows the outage; what this process counts itself is still worth having.
            services.metrics.set_store_reachable(false);
        }
        services.metrics.set_snapshot(services.snapshot());
        const auto text = services.metrics.text();
        open.respond(200,
                     {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"},
                      {"Cache-Control", "no-store"}},
                     QByteArray(text.data(), static_cast<qsizetype>(text.size())));
    });
}

void handle_alive(Services&, const ExchangePtr& exchange) {
    parameters_of(*exchange);
    answer_text(*exchange, 200, "alive\n");
}

void handle_ready(Services& services, const ExchangePtr& exchange) {
    parameters_of(*exchange);
    if (services.draining) {
        exchange->respond(to_response(draining_problem()));
        return;
    }
    run_blocking(services, exchange, [&services](http::Exchange& open) {
        services.engine.probe();
        answer_text(open, 200, "ready\n");
    });
}

void handle_openapi(Services&, const ExchangePtr& exchange) {
    parameters_of(*exchange);
    exchange->respond(200, {{"Content-Type", "application/json"}, {"Cache-Control", "no-cache"}},
                      QByteArray::fromStdString(openapi_document()));
}

} // namespace thumbd
