#include "backends/jpeg/scan_bytes.h"

#include "backends/fast/hand_over.h"
#include "backends/jpeg/segments.h"

#include <algorithm>
#include <cstring>

namespace thumbjobs::jpeg {

ScanBytes::ScanBytes(ByteView input, std::size_t at)
    : input_(input), at_(at), buffer_(std::min(piece, input.size() - at) + slack) {
    refill(0);
}

void ScanBytes::refill(std::size_t used) {
    size_ -= used;
    std::memmove(buffer_.data(), buffer_.data() + used, size_);
    const std::size_t capacity = buffer_.size() - slack;
    while (!complete_ && size_ < capacity)
        append_piece();
    std::memset(buffer_.data() + size_, 0, slack);
}

/// Appends what stands before the next 0xff, or the byte that this 0xff is part of.
void ScanBytes::append_piece() {
    const std::byte* const begin = input_.data() + at_;
    const std::size_t room = std::min(buffer_.size() - slack - size_, input_.size() - at_);
    const void* const found = room > 0 ? std::memchr(begin, 0xff, room) : nullptr;
    const std::size_t count =
        found ? static_cast<std::size_t>(static_cast<const std::byte*>(found) - begin) : room;
    std::memcpy(buffer_.data() + size_, begin, count);
    size_ += count;
    at_ += count;
    if (!found) {
        if (at_ == input_.size())
            throw fast::HandOver{};
        return;
    }
    std::size_t code = at_ + 1;
    while (code < input_.size() && input_[code] == std::byte{0xff})
        ++code;
    if (code == input_.size())
        throw fast::HandOver{};
    if (input_[code] != std::byte{0}) {
        complete_ = true;
        return;
    }
    // Fill bytes before data, where none may be: libjpeg-turbo mixes up the MCU's coefficients.
    if (code != at_ + 1)
        throw fast::HandOver{};
    buffer_[size_++] = 0xff;
    at_ = code + 1;
}

void ScanBytes::next_interval(unsigned number) {
    SegmentReader segments(input_, at_);
    const auto marker = complete_ ? segments.next() : std::nullopt;
    if (!marker || marker->marker != rst_first + number)
        throw fast::HandOver{};
    at_ = segments.position();
    size_ = 0;
    complete_ = false;
    refill(0);
}

} // namespace thumbjobs::jpeg
