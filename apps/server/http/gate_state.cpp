#include "gate_state.h"

#include "response_head.h"
#include "trace.h"

#include <QByteArray>
#include <QRandomGenerator>

#include <algorithm>
#include <exception>
#include <utility>

namespace thumbd::http {

namespace {

/// `text` between quotes; the gate's own sentences need no other escapes.
std::string json_string(std::string_view text) {
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            quoted += '\\';
        }
        quoted += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
    return quoted + '"';
}

std::string problem_document(const Refusal& refusal) {
    return "{\"type\":\"about:blank\",\"title\":" + json_string(reason_phrase(refusal.status)) +
           ",\"status\":" + std::to_string(refusal.status) +
           ",\"detail\":" + json_string(refusal.detail) + ",\"code\":" + json_string(refusal.code) +
           "}\n";
}

} // namespace

Response default_error_response(const Refusal& refusal) {
    Response response;
    response.status = refusal.status;
    response.headers.add("Content-Type", "application/problem+json");
    response.headers.add("Cache-Control", "no-store");
    if (refusal.retry_after > 0) {
        response.headers.add("Retry-After", std::to_string(refusal.retry_after));
    }
    response.body = QByteArray::fromStdString(problem_document(refusal));
    return response;
}

namespace {

std::string choose_request_id(const RequestHead* head) {
    if (head != nullptr) {
        const std::string_view given = head->headers.get("X-Request-Id");
        const auto is_sane = [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                   std::string_view("-_.:/+=").find(c) != std::string_view::npos;
        };
        if (!given.empty() && given.size() <= 128 &&
            std::all_of(given.begin(), given.end(), is_sane)) {
            return std::string(given);
        }
    }
    QByteArray random(16, Qt::Uninitialized);
    QRandomGenerator* const generator = QRandomGenerator::global();
    std::generate(random.begin(), random.end(),
                  [generator] { return static_cast<char>(generator->generate()); });
    return random.toHex().toStdString();
}

} // namespace

void identify(RequestContext& context, const RequestHead* head) {
    context.head = head;
    context.request_id = choose_request_id(head);
    context.traceparent =
        traceparent_of(context.request_id,
                       head != nullptr ? head->headers.get("traceparent") : std::string_view());
}

GateState::GateState(GateOptions gate_options)
    : options(std::move(gate_options)),
      ledger(options.limits.max_connections, options.limits.max_connections_per_peer),
      body_memory(std::make_shared<ByteBudget>(options.limits.body_memory_budget)),
      spool(std::make_shared<ByteBudget>(options.limits.spool_budget)) {}

bool GateState::guard(const RequestContext& context, const std::function<void()>& call) const {
    try {
        call();
        return true;
    } catch (const std::exception& error) {
        report_failure(context, error.what());
    } catch (...) {
        report_failure(context, "an exception that is no std::exception");
    }
    return false;
}

void GateState::report_failure(const RequestContext& context, const std::string& what) const {
    if (options.hooks.handler_failed) {
        try {
            options.hooks.handler_failed(context, what);
        } catch (...) {
            // There is nobody left to tell.
            return;
        }
    }
}

BodyPolicy GateState::policy(const RequestHead& head, const RequestContext& context) const {
    BodyPolicy result;
    if (options.hooks.policy &&
        !guard(context, [&] { result = options.hooks.policy(head, context.peer); })) {
        result = BodyPolicy{};
        result.refuse =
            error_response({500, "internal", "The server failed to handle the request."}, context);
    }
    return result;
}

Response GateState::error_response(const Refusal& refusal, const RequestContext& context) const {
    Response response;
    if (!options.hooks.error_response ||
        !guard(context, [&] { response = options.hooks.error_response(refusal, context); })) {
        response = default_error_response(refusal);
    }
    return response;
}

void GateState::add_common_headers(const RequestContext& context, Headers& headers) const {
    if (options.hooks.common_headers) {
        guard(context, [&] { options.hooks.common_headers(context, headers); });
    }
}

void GateState::log(const AccessRecord& record) const {
    if (options.hooks.access_log) {
        RequestContext context;
        context.request_id = record.request_id;
        guard(context, [&] { options.hooks.access_log(record); });
    }
}

} // namespace thumbd::http
