#include "routes/openapi.h"

#include "routes/json_text.h"
#include "routes/problem.h"
#include "routes/route_table.h"

#include <thumbjobs/version.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <utility>
#include <vector>

namespace thumbd {
namespace {

constexpr std::string_view schemas = R"({
"Status":{"type":"string","enum":["queued","processing","succeeded","failed","cancelled"]},
"Rendition":{"type":"object","required":["name","media_type","width","height","bytes","checksum","url"],
 "properties":{"name":{"type":"string"},"media_type":{"type":"string"},"width":{"type":"integer"},
 "height":{"type":"integer"},"bytes":{"type":"integer"},
 "checksum":{"type":"string","description":"sha256: and 64 hexadecimal digits"},
 "url":{"type":"string","format":"uri-reference"}}},
"RenditionSpec":{"type":"object","additionalProperties":false,
 "properties":{"name":{"type":"string","pattern":"^[a-z0-9_-]{1,64}$","default":"thumbnail"},
 "width":{"type":"integer","minimum":1,"maximum":10000,"default":100},
 "height":{"type":"integer","minimum":1,"maximum":10000,"default":100},
 "fit":{"type":"string","enum":["contain","cover","fill","inside"],"default":"contain"},
 "gravity":{"type":"string","enum":["centre","attention","entropy","north","north-east","east","south-east","south","south-west","west","north-west"],"default":"centre"},
 "format":{"type":"string","enum":["auto","jpeg","png","webp","avif"],"default":"auto"},
 "quality":{"type":"integer","minimum":0,"maximum":100,"default":0,"description":"0: the format's default"},
 "background":{"type":["string","null"]},
 "enlarge":{"type":"boolean","default":false},"keep_profile":{"type":"boolean","default":false},
 "linear_light":{"type":"boolean","default":false}}},
"SubmitSpec":{"type":"object","additionalProperties":false,
 "properties":{"renditions":{"type":"array","minItems":1,"maxItems":32,"items":{"$ref":"#/components/schemas/RenditionSpec"}},
 "filename":{"type":"string"},"priority":{"type":"integer","minimum":-100,"maximum":100},
 "metadata":{"type":"object","maxProperties":32,"additionalProperties":{"type":"string"}}}},
"JobError":{"type":"object","required":["code","message"],"properties":{"code":{"type":"string"},"message":{"type":"string"}}},
"Job":{"type":"object","required":["id","status","filename","media_type","bytes","priority","attempts","max_attempts","created_at","updated_at","crashes","progress","metadata","renditions","error","links"],
 "properties":{"id":{"type":"string"},"status":{"$ref":"#/components/schemas/Status"},
 "filename":{"type":"string"},"media_type":{"type":"string"},"bytes":{"type":"integer"},
 "width":{"type":["integer","null"]},"height":{"type":["integer","null"]},
 "priority":{"type":"integer"},"attempts":{"type":"integer"},"max_attempts":{"type":"integer"},
 "created_at":{"type":"string","format":"date-time"},"updated_at":{"type":"string","format":"date-time"},
 "started_at":{"type":["string","null"],"format":"date-time"},
 "finished_at":{"type":["string","null"],"format":"date-time"},
 "next_attempt_at":{"type":["string","null"],"format":"date-time"},
 "expires_at":{"type":["string","null"],"format":"date-time"},
 "crashes":{"type":"integer"},"progress":{"type":"number","minimum":0,"maximum":1},
 "metadata":{"type":"object","additionalProperties":{"type":"string"}},
 "renditions":{"type":"array","items":{"$ref":"#/components/schemas/Rendition"}},
 "error":{"anyOf":[{"$ref":"#/components/schemas/JobError"},{"type":"null"}]},
 "links":{"type":"object","additionalProperties":{"type":"string","format":"uri-reference"}}}},
"JobPage":{"type":"object","required":["jobs","next_cursor","events_cursor"],
 "properties":{"jobs":{"type":"array","items":{"$ref":"#/components/schemas/Job"}},
 "next_cursor":{"type":["string","null"]},
 "events_cursor":{"type":"string","description":"GET /v1/events?since= this misses nothing"}}},
"LogLines":{"type":"object","required":["lines"],"properties":{"lines":{"type":"array","items":{
 "type":"object","required":["sequence","time","level","job_id","status","message","worker","request_id"],
 "properties":{"sequence":{"type":"integer"},"time":{"type":"string","format":"date-time"},
 "level":{"type":"string"},"job_id":{"type":"string"},"status":{"$ref":"#/components/schemas/Status"},
 "message":{"type":"string"},"worker":{"type":"string"},"request_id":{"type":"string"}}}}}},
"Stats":{"type":"object","required":["jobs","oldest_queued_age_seconds","finished_last_minute","workers","draining","outage"],
 "properties":{"jobs":{"type":"object","additionalProperties":{"type":"integer"}},
 "oldest_queued_age_seconds":{"type":["number","null"]},"finished_last_minute":{"type":"integer"},
 "workers":{"type":"object","properties":{"total":{"type":"integer"},"busy":{"type":"integer"}}},
 "draining":{"type":"boolean"},"outage":{"type":"boolean"}}},
"Session":{"type":"object","required":["authentication","role"],
 "properties":{"authentication":{"type":"string","enum":["none","token"]},
 "role":{"type":["string","null"],"enum":["read","submit","admin",null]}}},
"Problem":{"type":"object","required":["type","title","status","detail","code"],
 "properties":{"type":{"type":"string"},"title":{"type":"string"},"status":{"type":"integer"},
 "detail":{"type":"string"},"code":{"type":"string"},"job_id":{"type":"string"}}}
})";

constexpr std::string_view upload_body =
    R"({"required":true,"content":{)"
    R"("application/octet-stream":{"schema":{"type":"string","format":"binary"}},)"
    R"("image/*":{"schema":{"type":"string","format":"binary"}},)"
    R"("multipart/form-data":{"schema":{"type":"object","required":["file"],)"
    R"("properties":{"file":{"type":"string","format":"binary"},)"
    R"("spec":{"$ref":"#/components/schemas/SubmitSpec"}}},)"
    R"("encoding":{"spec":{"contentType":"application/json"}}}}})";

constexpr std::string_view session_body =
    R"({"required":true,"content":{"application/json":{"schema":{"type":"object",)"
    R"("required":["token"],"properties":{"token":{"type":"string"}}}}}})";

std::string reference(std::string_view name) {
    return R"({"schema":{"$ref":"#/components/schemas/)" + std::string(name) + R"("}})";
}

/// `content` of a successful answer.
std::string content_of(AnswerKind kind) {
    switch (kind) {
    case AnswerKind::none:
        return {};
    case AnswerKind::job:
        return R"({"application/json":)" + reference("Job") + '}';
    case AnswerKind::job_page:
        return R"({"application/json":)" + reference("JobPage") + '}';
    case AnswerKind::image:
        return R"({"image/*":{"schema":{"type":"string","format":"binary"}}})";
    case AnswerKind::events:
        return R"({"text/event-stream":{"schema":{"type":"string"}}})";
    case AnswerKind::logs:
        return R"({"application/json":)" + reference("LogLines") +
               R"(,"text/plain":{"schema":{"type":"string"}}})";
    case AnswerKind::stats:
        return R"({"application/json":)" + reference("Stats") + '}';
    case AnswerKind::text:
        return R"({"text/plain":{"schema":{"type":"string"}}})";
    case AnswerKind::json:
        return R"({"application/json":{"schema":{"type":"object"}}})";
    case AnswerKind::session:
        return R"({"application/json":)" + reference("Session") + '}';
    }
    return {};
}

std::string success_text(int status) {
    switch (status) {
    case 202:
        return "Accepted: the job is durable and queued.";
    case 204:
        return "Done.";
    case 206:
        return "The range.";
    case 304:
        return "Not modified.";
    default:
        return "OK.";
    }
}

std::string responses_of(const Route& route) {
    JsonObject responses;
    for (const int status : route.statuses) {
        JsonObject response;
        if (status >= 400) {
            response.add("description", std::string(reason_phrase(status)) + '.');
            response.add_raw("content",
                             R"({"application/problem+json":)" + reference("Problem") + '}');
        } else {
            response.add("description", success_text(status));
            const auto content = content_of(route.answer);
            if (!content.empty() && status != 204 && status != 304)
                response.add_raw("content", content);
        }
        responses.add_raw(std::to_string(status), response.text());
    }
    return responses.text();
}

std::string parameters_of(const Route& route) {
    std::string text;
    const auto append = [&text](const JsonObject& parameter) {
        text += (text.empty() ? "" : ",") + parameter.text();
    };
    for (const auto name : path_parameters(route.pattern))
        append(JsonObject()
                   .add("name", name)
                   .add("in", "path")
                   .add("required", true)
                   .add_raw("schema", R"({"type":"string"})"));
    for (const auto& parameter : route.parameters) {
        JsonObject object;
        object.add("name", parameter.name)
            .add("in", parameter.in_header ? "header" : "query")
            .add("description", parameter.description)
            .add_raw("schema", parameter.schema);
        append(object);
    }
    return '[' + text + ']';
}

std::string operation_id(const Route& route) {
    std::string id(to_string(route.method));
    std::transform(id.begin(), id.end(), id.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    for (const char c : route.pattern)
        id += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
    return id;
}

std::string operation_of(const Route& route) {
    JsonObject operation;
    operation.add("operationId", operation_id(route))
        .add("summary", route.summary)
        .add_raw("tags", route.pattern.starts_with("/v1/jobs") || route.id == RouteId::upload
                             ? R"(["jobs"])"
                             : R"(["service"])")
        .add_raw("parameters", parameters_of(route));
    if (route.access == Access::open)
        operation.add_raw("security", "[]");
    else
        operation.add("description",
                      "Needs the role " + std::string(to_string(route.access)) + '.');
    if (route.body == BodyKind::image)
        operation.add_raw("requestBody", upload_body);
    else if (route.body == BodyKind::json)
        operation.add_raw("requestBody", session_body);
    operation.add_raw("responses", responses_of(route));
    return operation.text();
}

std::string make_document() {
    std::vector<std::pair<std::string_view, JsonObject>> paths;
    for (const auto& route : route_table()) {
        auto found = std::find_if(paths.begin(), paths.end(),
                                  [&](const auto& path) { return path.first == route.pattern; });
        if (found == paths.end())
            found = paths.insert(paths.end(), {route.pattern, JsonObject()});
        std::string method(to_string(route.method));
        std::transform(method.begin(), method.end(), method.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        found->second.add_raw(method, operation_of(route));
    }
    JsonObject all_paths;
    for (const auto& [path, operations] : paths)
        all_paths.add_raw(path, operations.text());
    JsonObject info;
    info.add("title", "thumbjobs")
        .add("version", thumbjobs::version())
        .add("description", "Thumbnails as durable background jobs.")
        .add_raw("license", R"({"name":"MIT","identifier":"MIT"})");
    JsonObject components;
    components.add_raw("schemas", schemas)
        .add_raw("securitySchemes",
                 R"({"token":{"type":"http","scheme":"bearer"},)"
                 R"("cookie":{"type":"apiKey","in":"cookie","name":"thumbd_session"}})");
    JsonObject document;
    document.add("openapi", "3.1.0")
        .add_raw("info", info.text())
        .add_raw("servers", R"([{"url":"/"}])")
        .add_raw("security", R"([{},{"token":[]},{"cookie":[]}])")
        .add_raw("paths", all_paths.text())
        .add_raw("components", components.text());
    return document.text() + '\n';
}

} // namespace

const std::string& openapi_document() {
    static const std::string document = make_document();
    return document;
}

} // namespace thumbd
