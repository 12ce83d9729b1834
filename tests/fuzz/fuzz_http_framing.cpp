#include "framing.h"
#include "target.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

// The input's first byte seeds the cuts; the rest are the bytes of a connection. Whatever they are
// and however they are cut, the same requests come out of them, and these keep the promises that
// the server relies on.

using namespace thumbd::http;

namespace {

constexpr std::uint64_t max_body = 300;

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

void check_head(const RequestHead& head) {
    require(head.path.starts_with('/') && is_valid_utf8(head.path));
    require((head.path + '/').find("/../") == std::string::npos);
    require(head.path.find('\0') == std::string::npos);
    require(!(head.chunked && head.content_length));
    require(head.http_1_0 || head.headers.count("Host") == 1);
    require(head.headers.count("Content-Length") + head.headers.count("Transfer-Encoding") <= 1);
    require(head.headers.size() <= FramingLimits().max_fields);
    for (const Header& field : head.headers) {
        require(!field.name.empty());
        require(field.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
    }
}

/// All that came of the bytes, as one text. `piece` gives the next piece's size.
template <typename Piece>
std::string frame(std::string_view bytes, Piece piece) {
    RequestFramer framer;
    std::string log;
    while (!bytes.empty()) {
        std::string_view input = bytes.substr(0, piece());
        bytes.remove_prefix(input.size());
        for (;;) {
            const RequestFramer::Event event = framer.next(input);
            if (event == RequestFramer::Event::need_more) {
                require(input.empty());
                break;
            }
            if (event == RequestFramer::Event::refused) {
                require(framer.next(input) == RequestFramer::Event::refused);
                return log + " refused " + std::to_string(framer.refusal().status);
            }
            if (event == RequestFramer::Event::head) {
                check_head(framer.head());
                framer.limit_body(max_body);
                log += " head " + framer.head().method + ' ' + framer.head().target + ' ';
            } else if (event == RequestFramer::Event::body) {
                require(!framer.body().empty() && framer.body_bytes() <= max_body);
                log += framer.body();
            } else {
                require(framer.body_bytes() ==
                        framer.head().content_length.value_or(framer.body_bytes()));
                log += " end";
                framer.restart();
            }
        }
    }
    return log;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    std::uint32_t cuts = 1u + data[0];
    const std::string at_once = frame(bytes, [&] { return bytes.size(); });
    const std::string in_pieces = frame(bytes, [&] {
        cuts = cuts * 1664525u + 1013904223u;
        return 1 + (cuts >> 24) % std::size_t(40);
    });
    require(at_once == in_pieces);
    return 0;
}
