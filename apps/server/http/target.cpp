#include "target.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace thumbd::http {

namespace {

bool is_alnum(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// RFC 3986 `pchar` and the slash, percent signs included.
bool is_path_char(char c) noexcept {
    return is_alnum(c) || std::string_view("-._~!$&'()*+,;=:@%/").find(c) != std::string_view::npos;
}

/// Visible ASCII; wider than RFC 3986's `query`, since browsers send brackets and the like as they
/// are, but without what could end the target or a quotation.
bool is_query_char(char c) noexcept {
    return c > 0x20 && c < 0x7f && c != '#' && c != '"' && c != '<' && c != '>';
}

int hex_value(char c) noexcept {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

Refusal bad_target(const char* detail) {
    return {400, "bad_request", detail};
}

bool escapes_forbidden(std::string_view path) {
    for (std::size_t i = 0; i + 2 < path.size(); ++i) {
        if (path[i] != '%') {
            continue;
        }
        const int value = hex_value(path[i + 1]) * 16 + hex_value(path[i + 2]);
        if (value < 0x20 || value == 0x7f || value == '/' || value == '\\') {
            return true;
        }
    }
    return false;
}

bool has_dot_segment(std::string_view path) {
    while (!path.empty()) {
        const std::size_t end = std::min(path.find('/'), path.size());
        const std::string_view segment = path.substr(0, end);
        if (segment == "." || segment == "..") {
            return true;
        }
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    return false;
}

bool is_valid_port(std::string_view port) noexcept {
    std::uint16_t value = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), value);
    return error == std::errc() && end == port.data() + port.size();
}

} // namespace

std::optional<std::string> percent_decode(std::string_view text) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded.push_back(text[i]);
            continue;
        }
        if (i + 2 >= text.size() || hex_value(text[i + 1]) < 0 || hex_value(text[i + 2]) < 0) {
            return std::nullopt;
        }
        decoded.push_back(static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2])));
        i += 2;
    }
    return decoded;
}

bool is_valid_utf8(std::string_view text) noexcept {
    const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    for (std::size_t i = 0; i < text.size();) {
        const unsigned char lead = byte(i);
        if (lead < 0x80) {
            ++i;
            continue;
        }
        const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
        if (lead < 0xc2 || lead > 0xf4 || length > text.size() - i) {
            return false;
        }
        // The second byte's range excludes overlong forms, surrogates and values past U+10FFFF.
        const unsigned char second_min = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
        const unsigned char second_max = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
        if (byte(i + 1) < second_min || byte(i + 1) > second_max) {
            return false;
        }
        for (std::size_t k = 2; k < length; ++k) {
            if ((byte(i + k) & 0xc0) != 0x80) {
                return false;
            }
        }
        i += length;
    }
    return true;
}

std::optional<Refusal> parse_target(std::string_view target, RequestHead& head) {
    if (target.empty() || target.front() != '/') {
        return bad_target("The request target must be a path that begins with a slash.");
    }
    const std::size_t mark = std::min(target.find('?'), target.size());
    const std::string_view path = target.substr(0, mark);
    const std::string_view query = target.substr(std::min(mark + 1, target.size()));
    if (!std::all_of(path.begin(), path.end(), is_path_char) ||
        !std::all_of(query.begin(), query.end(), is_query_char)) {
        return bad_target("The request target holds a character that must be percent-encoded.");
    }
    std::optional<std::string> decoded_path = percent_decode(path);
    const std::optional<std::string> decoded_query = percent_decode(query);
    if (!decoded_path || !decoded_query) {
        return bad_target("The request target holds a malformed percent escape.");
    }
    if (escapes_forbidden(path) || decoded_query->find('\0') != std::string::npos) {
        return bad_target("The request target escapes a character that is not allowed in it.");
    }
    if (has_dot_segment(*decoded_path)) {
        return bad_target("The request path must not hold '.' or '..' segments.");
    }
    if (!is_valid_utf8(*decoded_path) || !is_valid_utf8(*decoded_query)) {
        return bad_target("The request target is not valid UTF-8.");
    }
    head.path = std::move(*decoded_path);
    head.query = query;
    return std::nullopt;
}

bool is_valid_host(std::string_view host) noexcept {
    std::string_view port;
    if (!host.empty() && host.front() == '[') {
        const std::size_t close = host.find(']');
        if (close == std::string_view::npos || close < 3) {
            return false;
        }
        const std::string_view address = host.substr(1, close - 1);
        if (!std::all_of(address.begin(), address.end(),
                         [](char c) { return hex_value(c) >= 0 || c == ':' || c == '.'; })) {
            return false;
        }
        port = host.substr(close + 1);
    } else {
        const std::size_t colon = std::min(host.find(':'), host.size());
        const std::string_view name = host.substr(0, colon);
        if (name.empty() || name.size() > 255 || !std::all_of(name.begin(), name.end(), [](char c) {
                return is_alnum(c) || c == '-' || c == '.' || c == '_';
            })) {
            return false;
        }
        port = host.substr(colon);
    }
    return port.empty() ||
           (port.front() == ':' && (port.size() == 1 || is_valid_port(port.substr(1))));
}

} // namespace thumbd::http
