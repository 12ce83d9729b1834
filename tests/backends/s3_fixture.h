#pragma once

#include "backends/s3/s3_storage.h"
#include "support/scripted_server.h"

#include <map>
#include <memory>
#include <optional>
#include <string>

namespace thumbjobs::test {

using How = ScriptedReply::How;

inline constexpr const char* access_key = "AKIAEXAMPLE";
inline constexpr const char* secret_key = "very/secret+key";

/// Variables of a test's own, in place of the environment.
inline Variables variables_of(std::map<std::string, std::string> values) {
    return [values = std::move(values)](const char* name) -> std::optional<std::string> {
        const auto found = values.find(name);
        return found == values.end() ? std::nullopt : std::optional(found->second);
    };
}

inline Variables static_keys() {
    return variables_of({{"AWS_ACCESS_KEY_ID", access_key}, {"AWS_SECRET_ACCESS_KEY", secret_key}});
}

/// Settings for a scripted server, with short pauses.
inline S3Settings settings_for(const ScriptedServer& server, const std::string& options = {}) {
    S3Settings settings =
        parse_s3_url(BackendUrl::parse("s3://bucket/images?endpoint=" + server.url() +
                                       "&region=eu-central-1" + options),
                     static_keys());
    settings.first_pause = Milliseconds(1);
    settings.longest_pause = Milliseconds(5);
    return settings;
}

inline ScriptedReply error_reply(int status, const std::string& code) {
    return {.status = status, .body = "<Error><Code>" + code + "</Code></Error>"};
}

/// What a server says of `bytes`, by ranges as S3 does.
inline ScriptedReply object_reply(const ScriptedRequest& request, const std::string& bytes) {
    const auto range = request.headers.find("range");
    if (range == request.headers.end())
        return {.body = bytes};
    const std::string text = range->second.substr(std::string("bytes=").size());
    const std::size_t from = std::stoul(text);
    const std::size_t to = std::min(std::stoul(text.substr(text.find('-') + 1)), bytes.size() - 1);
    return {
        .status = 206,
        .body = bytes.substr(from, to + 1 - from),
        .headers = {{"Content-Range", "bytes " + std::to_string(from) + '-' + std::to_string(to) +
                                          '/' + std::to_string(bytes.size())}}};
}

inline bool is_probe(const ScriptedRequest& request) {
    return request.method == "HEAD" && request.target.find("images") == std::string::npos;
}

} // namespace thumbjobs::test
