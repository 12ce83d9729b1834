#include "handlers/handlers.h"
#include "handlers/query.h"
#include "http/routing.h"
#include "routes/problem.h"
#include "web/static_assets.h"

#include <QHttpServer>

namespace thumbd {
namespace {

RouteHandler handler_of(RouteId id) {
    switch (id) {
    case RouteId::submit_job:
    case RouteId::upload:
        return handle_submit;
    case RouteId::list_jobs:
        return handle_list_jobs;
    case RouteId::get_job:
        return handle_get_job;
    case RouteId::delete_job:
        return handle_delete_job;
    case RouteId::get_thumbnail:
        return handle_thumbnail;
    case RouteId::get_rendition:
        return handle_rendition;
    case RouteId::get_original:
        return handle_original;
    case RouteId::get_job_logs:
        return handle_job_logs;
    case RouteId::cancel_job:
        return handle_cancel_job;
    case RouteId::retry_job:
        return handle_retry_job;
    case RouteId::events:
        return handle_events;
    case RouteId::stats:
        return handle_stats;
    case RouteId::logs:
        return handle_logs;
    case RouteId::metrics:
        return handle_metrics;
    case RouteId::livez:
    case RouteId::healthz:
        return handle_alive;
    case RouteId::readyz:
        return handle_ready;
    case RouteId::openapi:
        return handle_openapi;
    case RouteId::get_session:
        return handle_get_session;
    case RouteId::open_session:
        return handle_open_session;
    case RouteId::close_session:
        return handle_close_session;
    }
    return handle_alive;
}

QHttpServerRequest::Method qt_method(Method method) {
    switch (method) {
    case Method::get:
        return QHttpServerRequest::Method::Get;
    case Method::post:
        return QHttpServerRequest::Method::Post;
    case Method::del:
        return QHttpServerRequest::Method::Delete;
    }
    return QHttpServerRequest::Method::Get;
}

/// `/v1/jobs/<arg>` for `/v1/jobs/{id}`.
QString qt_pattern(std::string_view pattern) {
    std::string text(pattern);
    for (const auto name : path_parameters(pattern)) {
        const auto braced = '{' + std::string(name) + '}';
        text.replace(text.find(braced), braced.size(), "<arg>");
    }
    return QString::fromStdString(text);
}

} // namespace

void register_routes(QHttpServer& server, Services& services) {
    for (const auto& route : route_table()) {
        const auto handler = handler_of(route.id);
        http::route(server, qt_pattern(route.pattern), qt_method(route.method),
                    [&services, handler](const ExchangePtr& exchange) {
                        try {
                            handler(services, exchange);
                        } catch (const BadRequest& error) {
                            exchange->respond(to_response(error.problem()));
                        }
                    });
    }
    for (const auto& entry : static_assets())
        http::route(server,
                    QString::fromUtf8(entry.path.data(), static_cast<qsizetype>(entry.path.size())),
                    QHttpServerRequest::Method::Get,
                    [&services](const ExchangePtr& exchange) { handle_asset(services, exchange); });
}

} // namespace thumbd
