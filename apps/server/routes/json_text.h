#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace thumbd {

/// `text` in quotes, escaped for JSON. Invalid UTF-8 becomes U+FFFD.
std::string json_quoted(std::string_view text);

/// Writes one JSON object, member by member.
class JsonObject {
public:
    JsonObject& add(std::string_view name, std::string_view value);
    JsonObject& add(std::string_view name, const char* value);
    JsonObject& add(std::string_view name, std::int64_t value);
    JsonObject& add(std::string_view name, int value);
    JsonObject& add(std::string_view name, bool value);
    JsonObject& add(std::string_view name, double value);

    /// `json` is put in as it stands.
    JsonObject& add_raw(std::string_view name, std::string_view json);

    std::string text() const { return text_ + '}'; }

private:
    std::string text_ = "{";
};

} // namespace thumbd
