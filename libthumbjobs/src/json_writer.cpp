#include "src/json_writer.h"

#include "src/text.h"

#include <array>
#include <charconv>
#include <cmath>

namespace thumbjobs {

void JsonWriter::key(std::string_view name) {
    separate();
    append_string(name);
    text_ += ':';
    first_ = true;
}

void JsonWriter::value(std::string_view text) {
    separate();
    append_string(text);
}

void JsonWriter::value(double number) {
    std::array<char, 32> text{};
    const auto end =
        std::to_chars(text.data(), text.data() + text.size(), std::isfinite(number) ? number : 0.0);
    raw({text.data(), static_cast<std::size_t>(end.ptr - text.data())});
}

void JsonWriter::value(std::nullptr_t) {
    raw("null");
}

void JsonWriter::open(char bracket) {
    separate();
    text_ += bracket;
    first_ = true;
}

void JsonWriter::close(char bracket) {
    text_ += bracket;
    first_ = false;
}

void JsonWriter::raw(std::string_view text) {
    separate();
    text_ += text;
}

void JsonWriter::separate() {
    if (!first_)
        text_ += ',';
    first_ = false;
}

void JsonWriter::append_string(std::string_view text) {
    if (!is_utf8(text)) {
        append_string(to_valid_utf8(text));
        return;
    }
    text_ += '"';
    for (const char c : text) {
        switch (c) {
        case '"':
            text_ += "\\\"";
            break;
        case '\\':
            text_ += "\\\\";
            break;
        case '\n':
            text_ += "\\n";
            break;
        default:
            if (static_cast<unsigned char>(c) < 0x20) {
                const auto byte = static_cast<std::byte>(c);
                text_ += "\\u00" + to_hex(ByteView(&byte, 1));
            } else {
                text_ += c;
            }
        }
    }
    text_ += '"';
}

} // namespace thumbjobs
