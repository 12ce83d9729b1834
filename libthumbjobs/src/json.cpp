#include "src/json_writer.h"

#include <thumbjobs/json.h>

namespace thumbjobs {
namespace {

void write(JsonWriter& json, const RenditionSpec& spec) {
    json.begin_object();
    json.member("name", spec.name);
    json.member("width", spec.width);
    json.member("height", spec.height);
    json.member("fit", to_string(spec.fit));
    json.member("gravity", to_string(spec.gravity));
    json.member("format", to_string(spec.format));
    json.member("quality", spec.quality);
    json.key("background");
    if (spec.background)
        json.value(format_colour(*spec.background));
    else
        json.value(nullptr);
    json.member("enlarge", spec.enlarge);
    json.member("keep_profile", spec.keep_profile);
    json.member("linear_light", spec.linear_light);
    json.end_object();
}

void write(JsonWriter& json, const Rendition& rendition) {
    json.begin_object();
    json.member("name", rendition.name);
    json.member("media_type", rendition.media_type);
    json.member("width", rendition.width);
    json.member("height", rendition.height);
    json.member("bytes", rendition.bytes);
    json.member("checksum", rendition.checksum);
    json.end_object();
}

void write(JsonWriter& json, const std::map<std::string, std::string>& metadata) {
    json.begin_object();
    for (const auto& [key, value] : metadata)
        json.member(key, value);
    json.end_object();
}

template <typename T>
void write(JsonWriter& json, const std::vector<T>& elements) {
    json.begin_array();
    for (const T& element : elements)
        write(json, element);
    json.end_array();
}

void write(JsonWriter& json, const std::optional<JobError>& error) {
    if (!error) {
        json.value(nullptr);
        return;
    }
    json.begin_object();
    json.member("code", to_string(error->code));
    json.member("message", error->message);
    json.end_object();
}

/// A side that is not known yet is null.
std::optional<int> known(int pixels) {
    return pixels > 0 ? std::optional(pixels) : std::nullopt;
}

} // namespace

std::string to_json(const Job& job) {
    JsonWriter json;
    json.begin_object();
    json.member("id", job.id.to_string());
    json.member("status", to_string(job.state));
    json.member("filename", job.original.filename);
    json.member("media_type", job.original.media_type);
    json.member("bytes", job.original.bytes);
    json.member("width", known(job.original.width));
    json.member("height", known(job.original.height));
    json.member("priority", job.priority);
    json.member("attempts", job.attempts);
    json.member("max_attempts", job.max_attempts);
    json.member("created_at", job.created_at);
    json.member("updated_at", job.updated_at);
    json.member("started_at", job.started_at);
    json.member("finished_at", job.finished_at);
    json.member("next_attempt_at", job.next_attempt_at);
    json.member("expires_at", job.expires_at);
    json.member("crashes", job.crashes);
    json.member("progress", job.progress);
    json.key("metadata");
    write(json, job.metadata);
    json.key("renditions");
    write(json, job.renditions);
    json.key("error");
    write(json, job.error);
    json.end_object();
    return json.take();
}

std::string to_json(const std::vector<RenditionSpec>& specs) {
    JsonWriter json;
    write(json, specs);
    return json.take();
}

std::string to_json(const std::vector<Rendition>& renditions) {
    JsonWriter json;
    write(json, renditions);
    return json.take();
}

std::string to_json(const std::map<std::string, std::string>& metadata) {
    JsonWriter json;
    write(json, metadata);
    return json.take();
}

} // namespace thumbjobs
