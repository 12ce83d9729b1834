#include "src/sniff_svg.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace thumbjobs {
namespace {

using namespace std::literals;

constexpr std::string_view gzip_magic = "\x1F\x8B\x08"sv;
constexpr std::size_t text_bytes = 4096;
using TextBuffer = std::array<char, text_bytes>;

void skip_space(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
}

/// Removes what stands up to and including `end`; false when `end` does not come.
bool skip_past(std::string_view& text, std::string_view end) {
    const std::size_t found = text.find(end);
    if (found == std::string_view::npos)
        return false;
    text.remove_prefix(found + end.size());
    return true;
}

/// A document type declaration may hold a subset in brackets, with declarations of its own.
bool skip_doctype(std::string_view& text) {
    const std::size_t stop = text.find_first_of("[>");
    if (stop == std::string_view::npos)
        return false;
    const bool subset = text[stop] == '[';
    text.remove_prefix(stop + 1);
    if (!subset)
        return true;
    return skip_past(text, "]") && skip_past(text, ">");
}

/// Whether the first element of an XML text is `svg`, with or without a namespace prefix.
bool begins_svg(std::string_view text) {
    for (;;) {
        skip_space(text);
        if (text.starts_with("<?")) {
            if (!skip_past(text, "?>"))
                return false;
        } else if (text.starts_with("<!--")) {
            text.remove_prefix(4);
            if (!skip_past(text, "-->"))
                return false;
        } else if (text.starts_with("<!DOCTYPE")) {
            if (!skip_doctype(text))
                return false;
        } else {
            break;
        }
    }
    if (!text.starts_with("<"))
        return false;
    text.remove_prefix(1);
    std::string_view name = text.substr(0, text.find_first_of(" \t\r\n/>"));
    if (name.size() == text.size()) // cut off: it may go on
        return false;
    if (const std::size_t colon = name.find(':'); colon != std::string_view::npos)
        name.remove_prefix(colon + 1);
    return name == "svg";
}

/// UTF-16 with its byte order mark, as far as it is ASCII; other characters become a `?`.
std::string_view narrow(std::string_view text, TextBuffer& buffer) {
    const bool little_endian = text.front() == '\xFF';
    std::size_t size = 0;
    for (std::size_t i = 2; i + 1 < text.size() && size < buffer.size(); i += 2) {
        const char low = little_endian ? text[i] : text[i + 1];
        const char high = little_endian ? text[i + 1] : text[i];
        buffer[size++] = high == '\0' ? low : '?';
    }
    return {buffer.data(), size};
}

bool text_is_svg(std::string_view text) {
    if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
        TextBuffer buffer;
        return begins_svg(narrow(text, buffer));
    }
    if (text.starts_with("\xEF\xBB\xBF"))
        text.remove_prefix(3);
    return begins_svg(text.substr(0, text_bytes));
}

/// The first text of a gzip file; empty when it is none, or broken from the start.
std::string_view decompress(std::string_view head, TextBuffer& buffer) {
    z_stream stream{};
    constexpr int gzip_only = 16;
    if (::inflateInit2(&stream, gzip_only + MAX_WBITS) != Z_OK)
        return {};
    // zlib reads through a pointer to non-const for historical reasons only.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(head.data()));
    stream.avail_in = static_cast<uInt>(std::min(head.size(), text_bytes));
    stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream.avail_out = static_cast<uInt>(buffer.size());
    // Whatever it answers, what it wrote so far is text of the file: the head is cut off.
    ::inflate(&stream, Z_SYNC_FLUSH);
    const std::size_t size = buffer.size() - stream.avail_out;
    ::inflateEnd(&stream);
    return {buffer.data(), size};
}

} // namespace

bool looks_like_svg(std::string_view head) noexcept {
    if (!head.starts_with(gzip_magic))
        return text_is_svg(head);
    TextBuffer buffer;
    return text_is_svg(decompress(head, buffer));
}

bool may_be_svgz(ByteView head) noexcept {
    return std::string_view(reinterpret_cast<const char*>(head.data()), head.size())
        .starts_with(gzip_magic);
}

} // namespace thumbjobs
