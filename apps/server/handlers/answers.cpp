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

void answer_when_ended(Services& services, const ExchangePtr& exchange, const thumbjobs::Job& job,
                       const Wait& wait, int unfinished_status, http::Headers headers) {
    const auto answer = [exchange, unfinished_status,
                         headers = std::move(headers)](const thumbjobs::Job& now) {
        answer_job(*exchange, is_terminal(now.state) ? 200 : unfinished_status, now, headers);
    };
    if (is_terminal(job.state) || wait.timeout <= thumbjobs::Milliseconds(0)) {
        answer(job);
        return;
    }
    const auto look_again = [&services, exchange, answer, job] {
        try {
            if (const auto now = services.engine.get(job.id))
                answer(*now);
            else
                exchange->respond(to_response(no_such_job(job.id.to_string())));
        } catch (const thumbjobs::Error&) {
            answer(job);
        }
    };
    const auto ticket =
        services.waiters.add(job.id, wait.since, wait.timeout,
                             [&services, answer, look_again](const thumbjobs::Job* ended) {
                                 if (ended != nullptr)
                                     answer(*ended);
                                 else
                                     services.executor.post_continuation(look_again);
                             });
    exchange->post([&services, exchange, ticket] {
        exchange->on_client_gone([&services, ticket] { services.waiters.remove(ticket); });
    });
}

} // namespace thumbd
