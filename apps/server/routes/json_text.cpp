#include "routes/json_text.h"

#include "http/target.h"

#include <array>
#include <charconv>
#include <cmath>

namespace thumbd {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::string_view replacement_character = "\xEF\xBF\xBD";

void append_escaped(std::string& out, std::string_view text) {
    for (const char c : text) {
        switch (c) {
        case '"':
            out += "\\\"";
            break;
        case '\\':
            out += "\\\\";
            break;
        case '\n':
            out += "\\n";
            break;
        case '\r':
            out += "\\r";
            break;
        case '\t':
            out += "\\t";
            break;
        default:
            if (const auto byte = static_cast<unsigned char>(c); byte < 0x20 || byte == 0x7f) {
                out += "\\u00";
                out += hex_digits[byte >> 4];
                out += hex_digits[byte & 15];
            } else {
                out += c;
            }
        }
    }
}

/// Keeps what is valid, replaces each other byte.
std::string repaired(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        std::size_t length = 1;
        while (length <= 4 && length <= text.size() && !http::is_valid_utf8(text.substr(0, length)))
            ++length;
        if (length <= 4 && length <= text.size()) {
            out += text.substr(0, length);
        } else {
            out += replacement_character;
            length = 1;
        }
        text.remove_prefix(length);
    }
    return out;
}

} // namespace

std::string json_quoted(std::string_view text) {
    std::string out;
    out.reserve(text.size() + 2);
    out += '"';
    if (http::is_valid_utf8(text))
        append_escaped(out, text);
    else
        append_escaped(out, repaired(text));
    return out += '"';
}

JsonObject& JsonObject::add_raw(std::string_view name, std::string_view json) {
    if (text_.size() > 1)
        text_ += ',';
    text_ += json_quoted(name);
    text_ += ':';
    text_ += json;
    return *this;
}

JsonObject& JsonObject::add(std::string_view name, std::string_view value) {
    return add_raw(name, json_quoted(value));
}

JsonObject& JsonObject::add(std::string_view name, const char* value) {
    return add(name, std::string_view(value));
}

JsonObject& JsonObject::add(std::string_view name, std::int64_t value) {
    return add_raw(name, std::to_string(value));
}

JsonObject& JsonObject::add(std::string_view name, int value) {
    return add_raw(name, std::to_string(value));
}

JsonObject& JsonObject::add(std::string_view name, bool value) {
    return add_raw(name, value ? "true" : "false");
}

JsonObject& JsonObject::add(std::string_view name, double value) {
    if (!std::isfinite(value))
        return add_raw(name, "null");
    std::array<char, 32> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
    return add_raw(name, std::string_view(buffer.data(), end));
}

} // namespace thumbd
