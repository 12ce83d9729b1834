#pragma once

#include <thumbjobs/blob.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace thumbjobs::jpeg {

/// The entropy-coded data of a scan without its stuffed zeros: one restart interval after another,
/// a piece of bounded size at a time.
class ScanBytes {
public:
    /// Zeros that stand behind the last byte of an interval, so that what a damaged file makes the
    /// reader take for one more MCU lies inside the buffer.
    static constexpr std::size_t slack = 4'096;

    /// The first interval begins at the byte `at` of `input`. Throws HandOver as refill().
    ScanBytes(ByteView input, std::size_t at);

    const std::uint8_t* data() const noexcept { return buffer_.data(); }
    std::size_t size() const noexcept { return size_; }

    /// Whether the interval's last byte is among them.
    bool complete() const noexcept { return complete_; }

    /// Drops the first `used` bytes and reads more behind the others. Throws HandOver if the input
    /// ends within the data.
    void refill(std::size_t used);

    /// Goes to the next interval: this one must be complete, and a restart marker of this number
    /// (0 to 7) must follow, else throws HandOver.
    void next_interval(unsigned number);

    /// Where the marker stands that ends the complete interval.
    std::size_t marker_position() const noexcept { return at_; }

private:
    static constexpr std::size_t piece = std::size_t{256} << 10;

    void append_piece();

    ByteView input_;
    std::size_t at_; // What is read next.
    std::vector<std::uint8_t> buffer_;
    std::size_t size_ = 0;
    bool complete_ = false;
};

} // namespace thumbjobs::jpeg
