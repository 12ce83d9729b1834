#include "handlers/submit_options.h"

#include "config/values.h"
#include "http/headers.h"

#include <thumbjobs/json.h>

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace thumbd {
namespace {

using thumbjobs::RenditionSpec;

constexpr std::array rendition_options{"width",        "height",      "fit",        "gravity",
                                       "format",       "quality",     "background", "enlarge",
                                       "keep_profile", "linear_light"};
constexpr int max_spec_depth = 8;

template <typename Parse>
auto named(const Parameters& parameters, std::string_view name, std::string_view accepted,
           Parse parse) -> decltype(parse(std::string_view())) {
    const auto text = parameters.text(name);
    if (!text)
        return std::nullopt;
    auto value = parse(std::string_view(*text));
    if (!value)
        throw BadRequest(bad_parameter(name, *text, accepted));
    return value;
}

/// Sets `target` if there is a value.
template <typename Target, typename Value>
void take(Target& target, const std::optional<Value>& value) {
    if (value)
        target = static_cast<Target>(*value);
}

BadRequest bad_spec(const std::string& detail) {
    return BadRequest({400, "invalid_argument", "spec: " + detail, {}, 0});
}

} // namespace

bool is_submit_option(std::string_view name) noexcept {
    return name == "filename" || name == "priority" ||
           std::find(rendition_options.begin(), rendition_options.end(), name) !=
               rendition_options.end();
}

void apply_submit_parameters(const Parameters& parameters, thumbjobs::SubmitRequest& request) {
    take(request.priority, parameters.integer("priority", -100, 100));
    take(request.filename, parameters.text("filename"));
    if (std::none_of(rendition_options.begin(), rendition_options.end(),
                     [&](const char* name) { return parameters.contains(name); }))
        return;
    RenditionSpec spec;
    take(spec.width, parameters.integer("width", 1, RenditionSpec::max_size));
    take(spec.height, parameters.integer("height", 1, RenditionSpec::max_size));
    take(spec.fit, named(parameters, "fit", "contain, cover, fill or inside",
                         [](auto text) { return thumbjobs::parse_fit(text); }));
    take(spec.gravity,
         named(parameters, "gravity",
               "centre, attention, entropy, north, north-east, east, south-east, south, "
               "south-west, west or north-west",
               [](auto text) { return thumbjobs::parse_gravity(text); }));
    take(spec.format, named(parameters, "format", "auto, jpeg, png, webp or avif",
                            [](auto text) { return thumbjobs::parse_output_format(text); }));
    take(spec.quality, parameters.integer("quality", 1, 100));
    if (const auto colour =
            named(parameters, "background",
                  "#rgb, #rrggbb, #rrggbbaa (with # as %23, or without), white, black or "
                  "transparent",
                  [](auto text) { return thumbjobs::parse_colour(text); }))
        spec.background = *colour;
    take(spec.enlarge, parameters.flag("enlarge"));
    take(spec.keep_profile, parameters.flag("keep_profile"));
    take(spec.linear_light, parameters.flag("linear_light"));
    request.renditions = {spec};
}

void apply_submit_spec(std::string_view json, thumbjobs::SubmitRequest& request) {
    namespace bj = boost::json;
    bj::error_code error;
    bj::parse_options options;
    options.max_depth = max_spec_depth;
    const bj::value document = bj::parse({json.data(), json.size()}, error, {}, options);
    if (error)
        throw bad_spec("not a JSON document (" + error.message() + ").");
    if (!document.is_object())
        throw bad_spec("a JSON object is expected.");
    for (const auto& member : document.get_object()) {
        const auto& value = member.value();
        if (member.key() == "renditions") {
            request.renditions = thumbjobs::parse_rendition_specs(bj::serialize(value));
        } else if (member.key() == "metadata") {
            request.metadata = thumbjobs::parse_metadata(bj::serialize(value));
        } else if (member.key() == "filename") {
            if (!value.is_string())
                throw bad_spec("filename is a string.");
            request.filename = std::string(value.get_string());
        } else if (member.key() == "priority") {
            if (!value.is_int64() || value.get_int64() < -100 || value.get_int64() > 100)
                throw bad_spec("priority is a whole number from -100 to 100.");
            request.priority = static_cast<int>(value.get_int64());
        } else {
            throw bad_spec("unknown member \"" + std::string(member.key()).substr(0, 64) +
                           "\"; it has renditions, filename, priority and metadata.");
        }
    }
}

thumbjobs::Milliseconds parse_wait(std::string_view name, std::string_view text) {
    constexpr double longest = 1e6;
    double seconds = -1;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), seconds, std::chars_format::fixed);
    if (error != std::errc{} || end != text.data() + text.size() || !(seconds >= 0) ||
        seconds > longest)
        throw BadRequest(bad_parameter(name, text, "a number of seconds"));
    return thumbjobs::Milliseconds(std::llround(seconds * 1000));
}

std::optional<thumbjobs::Milliseconds> preferred_wait(std::string_view prefer) {
    while (!prefer.empty()) {
        const auto end = prefer.find_first_of(",;");
        const auto preference = trimmed(prefer.substr(0, end));
        prefer.remove_prefix(end == std::string_view::npos ? prefer.size() : end + 1);
        const auto equals = preference.find('=');
        if (equals == std::string_view::npos ||
            !http::equals_ignoring_case(trimmed(preference.substr(0, equals)), "wait"))
            continue;
        auto value = trimmed(preference.substr(equals + 1));
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
            value = value.substr(1, value.size() - 2);
        return parse_wait("Prefer: wait", value);
    }
    return std::nullopt;
}

} // namespace thumbd
