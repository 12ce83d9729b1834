#include "routes/route_table.h"

#include <array>

namespace thumbd {
namespace {

constexpr std::string_view boolean_schema = R"({"type":"boolean"})";
constexpr std::string_view text_schema = R"({"type":"string"})";
constexpr std::string_view seconds_schema = R"({"type":"number","minimum":0})";
constexpr std::string_view size_schema = R"({"type":"integer","minimum":1,"maximum":10000})";

constexpr std::array submit_parameters{
    Parameter{"width", size_schema, "Of the box, in pixels; 100 by default."},
    Parameter{"height", size_schema, "Of the box, in pixels; 100 by default."},
    Parameter{"fit", R"({"type":"string","enum":["contain","cover","fill","inside"]})",
              "How the image is made to fit the box."},
    Parameter{"gravity",
              R"({"type":"string","enum":["centre","attention","entropy","north","north-east",)"
              R"("east","south-east","south","south-west","west","north-west"]})",
              "What cover keeps, and where inside places."},
    Parameter{"format", R"({"type":"string","enum":["auto","jpeg","png","webp","avif"]})",
              "Of the thumbnail; auto is JPEG, or PNG where there is transparency."},
    Parameter{"quality", R"({"type":"integer","minimum":1,"maximum":100})",
              "Of a lossy format; its default if absent."},
    Parameter{"background", text_schema, "#rgb, #rrggbb, #rrggbbaa, white, black, transparent."},
    Parameter{"enlarge", boolean_schema, "Whether a small image is enlarged."},
    Parameter{"keep_profile", boolean_schema, "Whether the image's colour profile is kept."},
    Parameter{"linear_light", boolean_schema, "Whether to resize in linear light."},
    Parameter{"filename", text_schema, "As the user named the image."},
    Parameter{"priority", R"({"type":"integer","minimum":-100,"maximum":100})",
              "Higher runs first."},
    Parameter{"Idempotency-Key", R"({"type":"string","minLength":1,"maxLength":255})",
              "A repeat with the same key, image and options answers the same job.", true},
    Parameter{"Prefer", text_schema, "wait=N: wait up to N seconds for the job to end.", true},
};

constexpr std::array list_parameters{
    Parameter{"status", R"({"type":"array","items":{"$ref":"#/components/schemas/Status"}})",
              "Only jobs in these states; repeated or separated by commas."},
    Parameter{"limit", R"({"type":"integer","minimum":1,"maximum":500,"default":50})",
              "Jobs on the page."},
    Parameter{"cursor", text_schema, "next_cursor of the page before."},
    Parameter{"order", R"({"type":"string","enum":["desc","asc"],"default":"desc"})",
              "desc: newest first."},
};

constexpr std::array get_job_parameters{
    Parameter{"wait", seconds_schema, "Wait up to so many seconds for the job to end."},
    Parameter{"If-None-Match", text_schema, "Answered 304 while the job is unchanged.", true},
};

constexpr std::array image_parameters{
    Parameter{"download", boolean_schema, "Whether browsers shall save it."},
    Parameter{"If-None-Match", text_schema, "Answered 304 for the same bytes.", true},
    Parameter{"Range", text_schema, "One range of bytes.", true},
    Parameter{"If-Range", text_schema, "The range applies to these bytes only.", true},
};

constexpr std::array event_parameters{
    Parameter{"job", text_schema, "Only events of this job."},
    Parameter{"status", R"({"type":"array","items":{"$ref":"#/components/schemas/Status"}})",
              "Only jobs that are now in these states, and deletions."},
    Parameter{"since", text_schema, "A cursor to go on from: events_cursor of a list."},
    Parameter{"last_event_id", text_schema, "As since, for clients that cannot set headers."},
    Parameter{"Last-Event-ID", text_schema, "The id of the last event that was seen.", true},
};

constexpr std::string_view level_schema =
    R"({"type":"string","enum":["debug","info","warning","error"]})";
constexpr std::string_view log_limit_schema =
    R"({"type":"integer","minimum":1,"maximum":1000,"default":200})";
constexpr std::string_view log_format_schema =
    R"({"type":"string","enum":["json","text"],"default":"json"})";

constexpr std::array log_parameters{
    Parameter{"level", level_schema, "The least important lines."},
    Parameter{"job", text_schema, "Only lines about this job."},
    Parameter{"since", R"({"type":"string","format":"date-time"})", "Only lines from then on."},
    Parameter{"limit", log_limit_schema, "The newest so many lines."},
    Parameter{"format", log_format_schema, "How they are written."},
};

constexpr std::array job_log_parameters{
    Parameter{"level", level_schema, "The least important lines."},
    Parameter{"since", R"({"type":"string","format":"date-time"})", "Only lines from then on."},
    Parameter{"limit", log_limit_schema, "The newest so many lines."},
    Parameter{"format", log_format_schema, "How they are written."},
};

constexpr std::array submit_statuses{200, 202, 400, 401, 403, 413, 415, 422, 429, 503, 507};
constexpr std::array read_statuses{200, 400, 401, 403, 503};
constexpr std::array job_statuses{200, 304, 400, 401, 403, 404, 503};
constexpr std::array image_statuses{200, 206, 304, 400, 401, 403, 404, 409, 416, 503};
constexpr std::array change_statuses{200, 400, 401, 403, 404, 409, 429, 503};
constexpr std::array delete_statuses{204, 400, 401, 403, 404, 503};
constexpr std::array job_read_statuses{200, 400, 401, 403, 404, 503};
constexpr std::array open_statuses{200, 403};
constexpr std::array ready_statuses{200, 403, 503};
constexpr std::array session_open_statuses{204, 400, 401, 403};
constexpr std::array session_close_statuses{204, 403};

using enum RouteId;
using M = Method;
using A = Access;
using B = BodyKind;
using K = AnswerKind;

constexpr std::array table{
    Route{submit_job, M::post, "/v1/jobs", A::submit, B::image, false, K::job, "Submit an image",
          submit_parameters, submit_statuses},
    Route{list_jobs, M::get, "/v1/jobs", A::read, B::none, false, K::job_page, "List jobs",
          list_parameters, read_statuses},
    Route{get_job, M::get, "/v1/jobs/{id}", A::read, B::none, false, K::job, "Get a job",
          get_job_parameters, job_statuses},
    Route{delete_job,
          M::del,
          "/v1/jobs/{id}",
          A::submit,
          B::none,
          false,
          K::none,
          "Delete a job and its images",
          {},
          delete_statuses},
    Route{get_thumbnail, M::get, "/v1/jobs/{id}/thumbnail", A::read, B::none, false, K::image,
          "Get the first rendition", image_parameters, image_statuses},
    Route{get_rendition, M::get, "/v1/jobs/{id}/renditions/{name}", A::read, B::none, false,
          K::image, "Get a rendition", image_parameters, image_statuses},
    Route{get_original, M::get, "/v1/jobs/{id}/original", A::read, B::none, false, K::image,
          "Get the submitted image", image_parameters, image_statuses},
    Route{get_job_logs, M::get, "/v1/jobs/{id}/logs", A::read, B::none, false, K::logs,
          "Get a job's log lines", job_log_parameters, job_read_statuses},
    Route{cancel_job,
          M::post,
          "/v1/jobs/{id}/cancel",
          A::submit,
          B::none,
          false,
          K::job,
          "Cancel a job",
          {},
          change_statuses},
    Route{retry_job,
          M::post,
          "/v1/jobs/{id}/retry",
          A::submit,
          B::none,
          false,
          K::job,
          "Run a failed or cancelled job again",
          {},
          change_statuses},
    Route{events, M::get, "/v1/events", A::read, B::none, false, K::events,
          "Follow all changes (Server-Sent Events)", event_parameters, read_statuses},
    Route{stats,
          M::get,
          "/v1/stats",
          A::read,
          B::none,
          false,
          K::stats,
          "Get the numbers",
          {},
          read_statuses},
    Route{upload, M::post, "/upload", A::submit, B::image, false, K::job,
          "Submit an image: as POST /v1/jobs", submit_parameters, submit_statuses},
    Route{logs, M::get, "/logs", A::admin, B::none, true, K::logs,
          "Get recent log lines of all processes on the store", log_parameters, read_statuses},
    Route{metrics,
          M::get,
          "/metrics",
          A::read,
          B::none,
          true,
          K::text,
          "Get metrics as Prometheus text",
          {},
          read_statuses},
    Route{livez,
          M::get,
          "/livez",
          A::open,
          B::none,
          true,
          K::text,
          "Whether the process is alive",
          {},
          open_statuses},
    Route{healthz,
          M::get,
          "/healthz",
          A::open,
          B::none,
          true,
          K::text,
          "As /livez",
          {},
          open_statuses},
    Route{readyz,
          M::get,
          "/readyz",
          A::open,
          B::none,
          true,
          K::text,
          "Whether store and storage are reachable and the process takes work",
          {},
          ready_statuses},
    Route{openapi,
          M::get,
          "/openapi.json",
          A::open,
          B::none,
          false,
          K::json,
          "This document",
          {},
          open_statuses},
    Route{get_session,
          M::get,
          "/session",
          A::open,
          B::none,
          false,
          K::session,
          "Whether tokens are asked for, and the caller's role",
          {},
          open_statuses},
    Route{open_session,
          M::post,
          "/session",
          A::open,
          B::json,
          false,
          K::none,
          "Trade a token for a cookie",
          {},
          session_open_statuses},
    Route{close_session,
          M::del,
          "/session",
          A::open,
          B::none,
          false,
          K::none,
          "Drop the cookie",
          {},
          session_close_statuses},
};

std::string_view take_segment(std::string_view& path) noexcept {
    const auto slash = path.find('/');
    const auto segment = path.substr(0, slash);
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    return segment;
}

} // namespace

std::span<const Route> route_table() {
    return table;
}

std::string_view to_string(Method method) noexcept {
    switch (method) {
    case Method::get:
        return "GET";
    case Method::post:
        return "POST";
    case Method::del:
        return "DELETE";
    }
    return "GET";
}

bool matches_pattern(std::string_view pattern, std::string_view path) noexcept {
    if (pattern.ends_with('/') != path.ends_with('/'))
        return false;
    while (!pattern.empty() && !path.empty()) {
        const auto wanted = take_segment(pattern);
        const auto given = take_segment(path);
        if (wanted.starts_with('{') ? given.empty() : wanted != given)
            return false;
    }
    return pattern.empty() && path.empty();
}

RouteMatch match_route(std::string_view method, std::string_view path) {
    const std::string_view wanted = method == "HEAD" ? "GET" : method;
    RouteMatch match;
    for (const auto& route : table) {
        if (!matches_pattern(route.pattern, path))
            continue;
        if (wanted == to_string(route.method))
            match.route = &route;
        match.allow +=
            std::string(match.allow.empty() ? "" : ", ") +
            (route.method == Method::get ? "GET, HEAD" : std::string(to_string(route.method)));
    }
    if (!match.allow.empty())
        match.allow += ", OPTIONS";
    return match;
}

std::vector<std::string_view> path_parameters(std::string_view pattern) {
    std::vector<std::string_view> names;
    for (auto open = pattern.find('{'); open != std::string_view::npos;
         open = pattern.find('{', open)) {
        const auto close = pattern.find('}', open);
        names.push_back(pattern.substr(open + 1, close - open - 1));
        open = close;
    }
    return names;
}

} // namespace thumbd
