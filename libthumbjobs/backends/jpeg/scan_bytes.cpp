#include "backends/jpeg/scan_bytes.h"

#include "backends/fast/hand_over.h"
#include "backends/jpeg/segments.h"

#include <algorithm>
#include <cstring>

namespace thumbjobs::jpeg {

ScanBytes::ScanBytes(ByteView input, std::size_t at, std::size_t piece)
    : input_(input),
      piece_(piece),
      buffer_(std::make_unique_for_overwrite<std::uint8_t[]>(
          std::min(piece + 1, input.size() - at) + 2 * beyond)) {}

std::size_t ScanBytes::end_of(std::size_t begin) const noexcept {
    if (input_.size() - begin <= piece_)
        return input_.size();
    // Not between the two bytes that stand for one.
    const std::size_t end = begin + piece_;
    return input_[end - 1] == std::byte{0xff} ? end + 1 : end;
}

void ScanBytes::read(std::size_t begin) {
    at_ = begin;
    end_ = end_of(begin);
    size_ = 0;
    complete_ = false;
    while (!complete_ && at_ < end_)
        append(end_ - at_);
    const std::size_t own = size_;
    while (!complete_ && size_ < own + beyond)
        append(own + beyond - size_);
    if (complete_)
        std::memset(buffer_.get() + size_, 0, beyond);
    else
        size_ = own;
}

/// Appends what stands before the next 0xff, `most` bytes of it, or the byte that this 0xff is part
/// of.
void ScanBytes::append(std::size_t most) {
    const std::byte* const begin = input_.data() + at_;
    const std::size_t room = std::min(most, input_.size() - at_);
    const void* const found = room > 0 ? std::memchr(begin, 0xff, room) : nullptr;
    const std::size_t count =
        found ? static_cast<std::size_t>(static_cast<const std::byte*>(found) - begin) : room;
    std::memcpy(buffer_.get() + size_, begin, count);
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
    read(segments.position());
}

} // namespace thumbjobs::jpeg
