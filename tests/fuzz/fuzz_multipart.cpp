#include "multipart.h"
#include "target.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

// The input's first byte seeds the cuts; the second chooses between a Content-Type and a form with
// the boundary `B`. However a form is cut, the same parts come out of it, and their ranges lie in
// it.

using namespace thumbd::http;

namespace {

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

/// All that came of the form, as one text. `piece` gives the next piece's size.
template <typename Piece>
std::string parse(std::string_view bytes, Piece piece) {
    const std::string_view whole = bytes;
    constexpr MultipartLimits limits{.max_parts = 4, .max_part_head = 200, .max_preamble = 50};
    std::string log;
    std::string data;
    std::size_t parts = 0;
    bool in_part = false;
    MultipartParser parser(
        "B",
        {.part =
             [&](const PartHead& head) {
                 require(!in_part && ++parts <= limits.max_parts);
                 require(is_valid_utf8(head.name) && is_valid_utf8(head.filename.value_or("")));
                 in_part = true;
                 data.clear();
                 log += " part " + head.name + '|' + head.filename.value_or("") + '|' +
                        head.content_type;
             },
         .data =
             [&](std::uint64_t offset, std::string_view bytes_of_part) {
                 require(in_part && whole.substr(offset, bytes_of_part.size()) == bytes_of_part);
                 data += bytes_of_part;
             },
         .end =
             [&](std::uint64_t offset, std::uint64_t size) {
                 require(in_part && whole.substr(offset, size) == data);
                 require(data.find("\r\n--B") == std::string::npos);
                 in_part = false;
                 log += ' ' + data;
             }},
        limits);
    while (!bytes.empty() && parser.status() == MultipartParser::Status::more) {
        const std::size_t size = std::min(bytes.size(), piece());
        parser.feed(bytes.substr(0, size));
        bytes.remove_prefix(size);
    }
    require((parser.status() == MultipartParser::Status::failed) == !parser.error().empty());
    // Data of a part that never ends comes in other pieces, or not at all yet.
    return log + (parser.status() == MultipartParser::Status::done     ? " done"
                  : parser.status() == MultipartParser::Status::failed ? " failed"
                                                                       : " more");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
    if (data[1] == 'C') {
        const std::optional<std::string> boundary = multipart_boundary(bytes);
        require(!boundary || (!boundary->empty() && boundary->size() <= 70));
        return 0;
    }
    std::uint32_t cuts = 1u + data[0];
    const std::string at_once = parse(bytes, [&] { return bytes.size(); });
    const std::string in_pieces = parse(bytes, [&] {
        cuts = cuts * 1664525u + 1013904223u;
        return 1 + (cuts >> 24) % std::size_t(40);
    });
    require(at_once == in_pieces);
    return 0;
}
