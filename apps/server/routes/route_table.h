#pragma once

#include "auth/tokens.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thumbd {

/// Names a route; the handler table has one entry for each.
enum class RouteId {
    submit_job,
    upload,
    list_jobs,
    get_job,
    delete_job,
    get_thumbnail,
    get_rendition,
    get_original,
    get_job_logs,
    cancel_job,
    retry_job,
    events,
    stats,
    logs,
    metrics,
    livez,
    healthz,
    readyz,
    openapi,
    get_session,
    open_session,
    close_session,
};

enum class Method { get, post, del };

/// What a request may carry.
enum class BodyKind {
    none,  ///< A small body is read and ignored.
    json,  ///< A small JSON document.
    image, ///< An image or a form with one: up to --max-upload-bytes, spooled to a file.
};

/// What a successful answer carries.
enum class AnswerKind { none, job, job_page, image, events, logs, stats, text, json, session };

/// A query parameter or a request header that a route understands.
struct Parameter {
    std::string_view name;
    std::string_view schema; ///< JSON Schema, as JSON text.
    std::string_view description;
    bool in_header = false;
};

/// One row: everything that routing, the gate's policy, authorisation, metrics and the OpenAPI
/// document need to know of a call.
struct Route {
    RouteId id;
    Method method;
    std::string_view pattern; ///< `/v1/jobs/{id}`: a path parameter matches one non-empty segment.
    Access access;
    BodyKind body;
    bool on_workers; ///< Served by the role `worker` as well.
    AnswerKind answer;
    std::string_view summary;
    std::span<const Parameter> parameters;
    std::span<const int> statuses; ///< That the handler or the policy can answer.
};

/// All calls but the static assets (web/static_assets.h).
std::span<const Route> route_table();

std::string_view to_string(Method method) noexcept; ///< `GET`, `POST`, `DELETE`

/// What a method and a path come to. HEAD counts as GET.
struct RouteMatch {
    const Route* route = nullptr; ///< Null: no such path, or not with this method.
    std::string allow; ///< When the path exists: its methods, for `Allow`. Empty otherwise.
};
RouteMatch match_route(std::string_view method, std::string_view path);

/// Whether `path` has the form of `pattern`.
bool matches_pattern(std::string_view pattern, std::string_view path) noexcept;

/// The names between braces, in their order.
std::vector<std::string_view> path_parameters(std::string_view pattern);

} // namespace thumbd
