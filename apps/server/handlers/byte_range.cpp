#include "handlers/byte_range.h"

#include "config/values.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace thumbd {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> extensions{
    {{"image/jpeg", ".jpg"},
     {"image/png", ".png"},
     {"image/webp", ".webp"},
     {"image/avif", ".avif"}}};

/// RFC 8187's attr-char.
bool is_attribute_character(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0
               ? static_cast<unsigned char>(c) < 0x80
               : c != '\0' && std::string_view("!#$&+-.^_`|~").find(c) != std::string_view::npos;
}

} // namespace

ByteRange parse_byte_range(std::string_view field, std::int64_t size) noexcept {
    constexpr std::string_view unit = "bytes=";
    ByteRange range{ByteRange::Kind::whole, 0, size};
    if (!field.starts_with(unit))
        return range;
    const auto spec = trimmed(field.substr(unit.size()));
    const auto dash = spec.find('-');
    if (dash == std::string_view::npos || spec.find(',') != std::string_view::npos)
        return range;
    const auto first = parse_integer(spec.substr(0, dash));
    const auto last = parse_integer(spec.substr(dash + 1));
    const bool suffix = dash == 0;
    const bool open_end = dash + 1 == spec.size();
    if ((!suffix && !first) || (!open_end && !last) || (suffix && open_end) ||
        (first && last && *last < *first))
        return range;
    range.offset = suffix ? std::max<std::int64_t>(0, size - *last) : *first;
    const auto end = suffix || open_end ? size : std::min(*last, size - 1) + 1;
    range.length = end - range.offset;
    range.kind = range.length > 0 ? ByteRange::Kind::part : ByteRange::Kind::unsatisfiable;
    return range;
}

std::string content_disposition(bool attachment, std::string_view filename) {
    constexpr std::string_view hex = "0123456789ABCDEF";
    std::string plain;
    std::string encoded;
    for (const char c : filename) {
        const auto byte = static_cast<unsigned char>(c);
        const bool quotable =
            byte >= 0x20 && byte < 0x7f && c != '"' && c != '\\' && c != '%' && c != '/';
        plain += quotable ? c : '_';
        if (is_attribute_character(c))
            encoded += c;
        else
            encoded.append({'%', hex[byte >> 4], hex[byte & 15]});
    }
    std::string field = attachment ? "attachment" : "inline";
    if (filename.empty())
        return field;
    field += "; filename=\"" + plain + '"';
    if (plain != filename)
        field += "; filename*=UTF-8''" + encoded;
    return field;
}

std::string rendition_filename(std::string_view original, std::string_view rendition,
                               std::string_view media_type) {
    const auto dot = original.rfind('.');
    std::string name(original.substr(0, dot == 0 ? std::string_view::npos : dot));
    name += (name.empty() ? "" : "-") + std::string(rendition);
    for (const auto& [type, extension] : extensions)
        if (type == media_type)
            name += extension;
    return name;
}

} // namespace thumbd
