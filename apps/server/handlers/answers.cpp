#include "handlers/answers.h"

#include "config/values.h"
#include "events/event_hub.h"
#include "events/job_waiters.h"
#include "handlers/job_json.h"
#include "routes/problem.h"

#include <QCryptographicHash>

#include <algorithm>
#include <optional>
#include <utility>

namespace thumbd {
namespace {

QByteArray to_bytes(const std::string& text) {
    return {text.data(), static_cast<qsizetype>(text.size())};
}

std::string_view opaque_tag(std::string_view etag) noexcept {
    etag = trimmed(etag);
    return etag.starts_with("W/") ? etag.substr(2) : etag;
}

/// A job's answer that waits for its end. Given once, on one thread.
struct LateAnswer {
    Services& services;
    ExchangePtr exchange;
    thumbjobs::Job job; ///< As it was when the wait began.
    int unfinished_status;
    http::Headers headers;

    void give(const thumbjobs::Job& now) {
        answer_job(*exchange, is_terminal(now.state) ? 200 : unfinished_status, now,
                   std::move(headers));
    }

    /// For a wait that ended without the job's end.
    void look_again() {
        std::optional<thumbjobs::Job> now;
        try {
            now = services.engine.get(job.id);
        } catch (const thumbjobs::Error&) {
            give(job);
            return;
        }
        if (now)
            give(*now);
        else
            exchange->respond(to_response(no_such_job(job.id.to_string())));
    }
};

} // namespace

Parameters parameters_of(const http::Exchange& exchange) {
    auto parameters = Parameters::parse(exchange.query());
    parameters.refuse_unknown(match_route(exchange.method(), exchange.path()).route->parameters);
    return parameters;
}

void answer_json(http::Exchange& exchange, int status, const std::string& json,
                 http::Headers headers) {
    headers.set("Content-Type", "application/json");
    headers.set_default("Cache-Control", "no-store");
    exchange.respond(status, std::move(headers), to_bytes(json + '\n'));
}

void answer_text(http::Exchange& exchange, int status, const std::string& text) {
    exchange.respond(status,
                     {{"Content-Type", "text/plain; charset=utf-8"}, {"Cache-Control", "no-store"}},
                     to_bytes(text));
}

void answer_job(http::Exchange& exchange, int status, const thumbjobs::Job& job,
                http::Headers headers) {
    const auto json = job_json(job);
    const auto hash = QCryptographicHash::hash(
        QByteArray::fromRawData(json.data(), static_cast<qsizetype>(json.size())),
        QCryptographicHash::Sha1);
    const std::string etag = "W/\"" + hash.toHex().left(20).toStdString() + '"';
    headers.set("ETag", etag);
    headers.set("Cache-Control", "private, no-cache");
    const bool reading = exchange.method() == "GET" || exchange.method() == "HEAD";
    if (reading && matches_etag(exchange.header("If-None-Match"), etag))
        exchange.respond(304, std::move(headers));
    else
        answer_json(exchange, status, json, std::move(headers));
}

bool matches_etag(std::string_view field, std::string_view etag) noexcept {
    while (!field.empty()) {
        const auto end = field.find(',');
        const auto candidate = trimmed(field.substr(0, end));
        field.remove_prefix(end == std::string_view::npos ? field.size() : end + 1);
        if (candidate == "*" || opaque_tag(candidate) == opaque_tag(etag))
            return true;
    }
    return false;
}

Wait begin_wait(Services& services, thumbjobs::Milliseconds timeout) {
    timeout = std::min(timeout, services.settings.max_wait);
    if (timeout <= thumbjobs::Milliseconds(0))
        return {};
    try {
        services.events.ensure_subscribed();
    } catch (const thumbjobs::Error&) {
        return {}; // what is asked for beside the wait may still work
    }
    return {.timeout = timeout, .since = services.waiters.now()};
}

void answer_when_ended(Services& services, const ExchangePtr& exchange, thumbjobs::Job job,
                       const Wait& wait, int unfinished_status, http::Headers headers) {
    auto late = std::make_shared<LateAnswer>(
        LateAnswer{services, exchange, std::move(job), unfinished_status, std::move(headers)});
    if (is_terminal(late->job.state) || wait.timeout <= thumbjobs::Milliseconds(0)) {
        late->give(late->job);
        return;
    }
    const auto ticket = services.waiters.add(
        late->job.id, wait.since, wait.timeout, [late](const thumbjobs::Job* ended) {
            if (ended != nullptr)
                late->give(*ended);
            else
                late->services.executor.post_continuation([late] { late->look_again(); });
        });
    exchange->post([&services, exchange, ticket] {
        exchange->on_client_gone([&services, ticket] { services.waiters.remove(ticket); });
    });
}

} // namespace thumbd
