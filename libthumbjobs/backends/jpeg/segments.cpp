#include "backends/jpeg/segments.h"

#include <cstring>

namespace thumbjobs::jpeg {
namespace {

unsigned byte_at(ByteView input, std::size_t at) noexcept {
    return std::to_integer<unsigned>(input[at]);
}

bool stands_alone(unsigned marker) noexcept {
    return marker == 1 || (marker >= rst_first && marker <= eoi);
}

} // namespace

std::optional<Segment> SegmentReader::next() noexcept {
    if (at_ >= input_.size() || byte_at(input_, at_) != 0xff)
        return std::nullopt;
    std::size_t at = at_;
    while (at < input_.size() && byte_at(input_, at) == 0xff)
        ++at;
    if (at == input_.size() || byte_at(input_, at) == 0)
        return std::nullopt;
    Segment segment{byte_at(input_, at++)};
    if (!stands_alone(segment.marker)) {
        if (input_.size() - at < 2)
            return std::nullopt;
        const std::size_t length = byte_at(input_, at) << 8 | byte_at(input_, at + 1);
        if (length < 2 || length > input_.size() - at)
            return std::nullopt;
        segment.payload = input_.subspan(at + 2, length - 2);
        at += length;
    }
    at_ = at;
    return segment;
}

std::size_t end_of_scan(ByteView input, std::size_t at) noexcept {
    while (at < input.size()) {
        const void* found = std::memchr(input.data() + at, 0xff, input.size() - at);
        if (!found)
            return input.size();
        at = static_cast<std::size_t>(static_cast<const std::byte*>(found) - input.data());
        std::size_t code = at + 1;
        while (code < input.size() && byte_at(input, code) == 0xff)
            ++code;
        if (code >= input.size())
            return input.size();
        const unsigned marker = byte_at(input, code);
        if (marker != 0 && (marker < rst_first || marker > rst_last))
            return at;
        at = code + 1;
    }
    return input.size();
}

} // namespace thumbjobs::jpeg
