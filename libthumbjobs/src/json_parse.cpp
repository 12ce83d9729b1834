#include "src/metadata.h"
#include "src/rendition_names.h"
#include "src/text.h"

#include <thumbjobs/json.h>

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <limits>

namespace thumbjobs {
namespace {

namespace json = boost::json;

[[noreturn]] void refuse(const std::string& what) {
    throw Error(ErrorCode::invalid_argument, what);
}

/// `what` names the text in messages: `renditions`.
json::value parse_bounded(std::string_view text, const std::string& what) {
    constexpr std::size_t max_bytes = 256 << 10; // several times what the largest valid text needs
    if (text.size() > max_bytes)
        refuse(what + " has " + std::to_string(text.size()) + " bytes of JSON; accepted: at most " +
               std::to_string(max_bytes));
    json::parse_options options;
    options.max_depth = 8;
    json::error_code error;
    json::value value = json::parse({text.data(), text.size()}, error, {}, options);
    if (error)
        refuse(what + " is not valid JSON: " + error.message());
    return value;
}

std::string describe(const json::value& value) {
    switch (value.kind()) {
    case json::kind::null:
        return "null";
    case json::kind::bool_:
        return value.get_bool() ? "true" : "false";
    case json::kind::int64:
    case json::kind::uint64:
    case json::kind::double_:
        return json::serialize(value);
    case json::kind::string:
        return in_quotes({value.get_string().data(), value.get_string().size()});
    case json::kind::array:
        return "an array";
    case json::kind::object:
        return "an object";
    }
    return "of an unknown kind";
}

/// The value of one member, with its path for messages: `renditions[0].width`.
class Member {
public:
    Member(std::string path, const json::value& value) : path_(std::move(path)), value_(value) {}

    [[noreturn]] void refuse_value(const std::string& accepted) const {
        refuse(path_ + " is " + describe(value_) + "; accepted: " + accepted);
    }

    std::string text() const {
        if (!value_.is_string())
            refuse_value("a string");
        const json::string& string = value_.get_string();
        return {string.data(), string.size()};
    }

    bool flag() const {
        if (!value_.is_bool())
            refuse_value("true or false");
        return value_.get_bool();
    }

    template <typename Integer>
    Integer whole_number(Integer lowest, Integer highest) const {
        if (!value_.is_int64() || value_.get_int64() < lowest || value_.get_int64() > highest)
            refuse_value("a whole number from " + std::to_string(lowest) + " to " +
                         std::to_string(highest));
        return static_cast<Integer>(value_.get_int64());
    }

    template <typename Parse>
    auto parsed(Parse parse, const std::string& accepted) const {
        const auto result = value_.is_string() ? parse(text()) : std::nullopt;
        if (!result)
            refuse_value(accepted);
        return *result;
    }

    bool is_null() const { return value_.is_null(); }

private:
    std::string path_;
    const json::value& value_;
};

/// One member that objects of type T may have.
template <typename T>
struct Field {
    std::string_view name;
    void (*read)(const Member& member, T& target);
};

template <typename T, std::size_t N>
std::string names_of(const std::array<Field<T>, N>& fields) {
    std::string names;
    for (const Field<T>& field : fields)
        names.append(names.empty() ? "" : ", ").append(field.name);
    return names;
}

template <typename T, std::size_t N>
T read_object(const json::value& value, const std::string& path,
              const std::array<Field<T>, N>& fields) {
    if (!value.is_object())
        refuse(path + " is " + describe(value) + "; accepted: an object");
    T target;
    for (const auto& [key, content] : value.get_object()) {
        const std::string_view name(key.data(), key.size());
        const auto known = std::find_if(fields.begin(), fields.end(),
                                        [&](const Field<T>& field) { return field.name == name; });
        if (known == fields.end())
            refuse(path + " has an unknown member " + in_quotes(name) + " (" + describe(content) +
                   "); accepted: " + names_of(fields));
        known->read(Member(path + '.' + std::string(name), content), target);
    }
    return target;
}

template <typename T, std::size_t N>
std::vector<T> read_array(std::string_view text, const std::string& what,
                          const std::array<Field<T>, N>& fields) {
    const json::value value = parse_bounded(text, what);
    if (!value.is_array())
        refuse(what + " is " + describe(value) + "; accepted: an array of objects");
    std::vector<T> elements;
    for (const json::value& element : value.get_array())
        elements.push_back(
            read_object(element, what + '[' + std::to_string(elements.size()) + ']', fields));
    return elements;
}

constexpr std::array<Field<RenditionSpec>, 11> spec_fields{{
    {"name", [](const Member& member, RenditionSpec& spec) { spec.name = member.text(); }},
    {"width",
     [](const Member& member, RenditionSpec& spec) {
         spec.width = member.whole_number(1, RenditionSpec::max_size);
     }},
    {"height",
     [](const Member& member, RenditionSpec& spec) {
         spec.height = member.whole_number(1, RenditionSpec::max_size);
     }},
    {"fit", [](const Member& member,
               RenditionSpec& spec) { spec.fit = member.parsed(parse_fit, accepted_fits()); }},
    {"gravity",
     [](const Member& member, RenditionSpec& spec) {
         spec.gravity = member.parsed(parse_gravity, accepted_gravities());
     }},
    {"format",
     [](const Member& member, RenditionSpec& spec) {
         spec.format = member.parsed(parse_output_format, accepted_formats());
     }},
    {"quality",
     [](const Member& member, RenditionSpec& spec) { spec.quality = member.whole_number(0, 100); }},
    {"background",
     [](const Member& member, RenditionSpec& spec) {
         if (member.is_null())
             spec.background.reset();
         else
             spec.background = member.parsed(
                 parse_colour, "#rgb, #rrggbb, #rrggbbaa, white, black, transparent, null");
     }},
    {"enlarge", [](const Member& member, RenditionSpec& spec) { spec.enlarge = member.flag(); }},
    {"keep_profile",
     [](const Member& member, RenditionSpec& spec) { spec.keep_profile = member.flag(); }},
    {"linear_light",
     [](const Member& member, RenditionSpec& spec) { spec.linear_light = member.flag(); }},
}};

constexpr int max_int = std::numeric_limits<int>::max();

constexpr std::array<Field<Rendition>, 6> rendition_fields{{
    {"name", [](const Member& member, Rendition& target) { target.name = member.text(); }},
    {"media_type",
     [](const Member& member, Rendition& target) { target.media_type = member.text(); }},
    {"width", [](const Member& member,
                 Rendition& target) { target.width = member.whole_number(0, max_int); }},
    {"height", [](const Member& member,
                  Rendition& target) { target.height = member.whole_number(0, max_int); }},
    {"bytes",
     [](const Member& member, Rendition& target) {
         target.bytes =
             member.whole_number<std::int64_t>(0, std::numeric_limits<std::int64_t>::max());
     }},
    {"checksum", [](const Member& member, Rendition& target) { target.checksum = member.text(); }},
}};

} // namespace

std::vector<RenditionSpec> parse_rendition_specs(std::string_view text) {
    auto specs = read_array(text, "renditions", spec_fields);
    validate(specs);
    return specs;
}

std::vector<Rendition> parse_renditions(std::string_view text) {
    return read_array(text, "renditions", rendition_fields);
}

std::map<std::string, std::string> parse_metadata(std::string_view text) {
    const json::value value = parse_bounded(text, "metadata");
    if (!value.is_object())
        refuse("metadata is " + describe(value) + "; accepted: an object of strings");
    std::map<std::string, std::string> metadata;
    for (const auto& [key, content] : value.get_object()) {
        const std::string name(key.data(), key.size());
        metadata[name] = Member("metadata[" + in_quotes(name) + ']', content).text();
    }
    validate_metadata(metadata);
    return metadata;
}

} // namespace thumbjobs
