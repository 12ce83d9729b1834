#include "src/text.h"

#include <thumbjobs/registry.h>

#include <algorithm>
#include <array>

namespace thumbjobs {
namespace {

[[noreturn]] void refuse(const std::string& what) {
    // The text itself is never repeated: it may hold a password in an unexpected place.
    throw Error(ErrorCode::invalid_argument,
                "A backend URL " + what +
                    "; accepted: scheme:target?option=value&..., as in sqlite:jobs.db");
}

char to_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string parse_scheme(std::string_view text) {
    std::string scheme(text);
    std::transform(scheme.begin(), scheme.end(), scheme.begin(), to_lower);
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
    };
    if (scheme.empty() || scheme.front() < 'a' || scheme.front() > 'z' ||
        !std::all_of(scheme.begin(), scheme.end(), allowed))
        refuse("does not begin with a scheme of letters and digits");
    return scheme;
}

/// A `+` stays a plus: this is no HTML form.
std::string percent_decode(std::string_view text) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '%') {
            const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
            const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
            if (high < 0 || low < 0)
                refuse("has a % that no two hexadecimal digits follow");
            c = static_cast<char>(high << 4 | low);
            i += 2;
        }
        if (c == '\0')
            refuse("holds a zero byte");
        decoded += c;
    }
    return decoded;
}

std::string percent_encode(std::string_view text, std::string_view reserved) {
    std::string encoded;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7F || c == '%' || reserved.find(c) != std::string_view::npos) {
            const auto raw = static_cast<std::byte>(byte);
            encoded += '%' + to_hex(ByteView(&raw, 1));
        } else {
            encoded += c;
        }
    }
    return encoded;
}

std::map<std::string, std::string> parse_options(std::string_view text) {
    std::map<std::string, std::string> options;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('&'), text.size());
        const std::string_view option = text.substr(0, end);
        const std::string number = "option " + std::to_string(options.size() + 1);
        const std::size_t equals = option.find('=');
        if (equals == std::string_view::npos || equals == 0)
            refuse("has no name and value as its " + number);
        std::string name = percent_decode(option.substr(0, equals));
        if (!options.emplace(std::move(name), percent_decode(option.substr(equals + 1))).second)
            refuse("repeats an earlier name as its " + number);
        if (end + 1 == text.size())
            refuse("ends with an &");
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return options;
}

bool is_secret(std::string_view name) {
    constexpr std::array<std::string_view, 6> marks{"pass", "secret",     "token",
                                                    "key",  "credential", "auth"};
    std::string lower(name);
    std::transform(lower.begin(), lower.end(), lower.begin(), to_lower);
    return std::any_of(marks.begin(), marks.end(), [&lower](std::string_view mark) {
        return lower.find(mark) != std::string::npos;
    });
}

} // namespace

BackendUrl BackendUrl::parse(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos)
        refuse("has no colon after its scheme");
    BackendUrl url;
    url.scheme = parse_scheme(text.substr(0, colon));
    text.remove_prefix(colon + 1);
    const std::size_t mark = text.find('?');
    url.target = percent_decode(text.substr(0, mark));
    if (mark != std::string_view::npos)
        url.options = parse_options(text.substr(mark + 1));
    return url;
}

std::string BackendUrl::redacted() const {
    std::string_view shown = target;
    std::string text = scheme + ':';
    if (shown.starts_with("//")) {
        // The last @ of all: a decoded password may hold any character.
        const std::size_t at = shown.rfind('@');
        shown.remove_prefix(at == std::string_view::npos ? 2 : at + 1);
        text += "//";
    }
    text += percent_encode(shown, "?");
    char separator = '?';
    for (const auto& [name, value] : options) {
        if (is_secret(name))
            continue;
        text += separator + percent_encode(name, "&=") + '=' + percent_encode(value, "&");
        separator = '&';
    }
    return text;
}

std::optional<std::string> BackendUrl::take(const std::string& name) {
    auto node = options.extract(name);
    if (node.empty())
        return std::nullopt;
    return std::move(node.mapped());
}

void BackendUrl::refuse_rest(std::string_view accepted) const {
    if (options.empty())
        return;
    throw Error(ErrorCode::invalid_argument,
                "The " + scheme + ": URL has an unknown option " +
                    in_quotes(options.begin()->first) +
                    "; accepted: " + (accepted.empty() ? "none" : std::string(accepted)));
}

} // namespace thumbjobs
