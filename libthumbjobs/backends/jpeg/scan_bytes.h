#pragma once

#include <thumbjobs/blob.h>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace thumbjobs::jpeg {

/// A piece of a scan's entropy-coded data, of bounded size, without its stuffed zeros.
///
/// Each restart interval is cut into pieces, at bytes of the file that can be told without reading
/// the pieces before. What follows a piece can be read as well, so that an MCU which begins in it
/// can be read to its end; the next one is then in another piece.
class ScanBytes {
public:
    /// Bytes behind a piece that are there, too: those of the next pieces, and zeros where the
    /// interval ends, so that what a damaged file makes the reader take for one more MCU lies
    /// inside the buffer.
    static constexpr std::size_t beyond = 4'096;

    /// Of the file, that a piece is made of.
    static constexpr std::size_t usual_piece = std::size_t{256} << 10;

    /// For pieces of about `piece` bytes of `input` from the byte `at` on, where a scan's data
    /// begins. None is read yet.
    ScanBytes(ByteView input, std::size_t at, std::size_t piece = usual_piece);

    /// Where in the file the piece ends that begins at the byte `begin`, unless the interval ends
    /// before.
    std::size_t end_of(std::size_t begin) const noexcept;

    /// Reads the piece that begins at the byte `begin` of the input. Throws HandOver if the input
    /// ends within the data, or a stuffed zero is missing.
    void read(std::size_t begin);

    const std::uint8_t* data() const noexcept { return buffer_.get(); }

    /// Bytes of the piece, without those beyond.
    std::size_t size() const noexcept { return size_; }

    /// Whether the interval's last byte is among them.
    bool complete() const noexcept { return complete_; }

    /// Reads the next piece of the interval: this one must not be complete. Throws as read().
    void next() { read(end_); }

    /// Goes to the next interval: this one must be complete, and a restart marker of this number
    /// (0 to 7) must follow, else throws HandOver.
    void next_interval(unsigned number);

    /// Where the marker stands that ends the complete interval.
    std::size_t marker_position() const noexcept { return at_; }

private:
    void append(std::size_t most);

    ByteView input_;
    std::size_t piece_;
    std::unique_ptr<std::uint8_t[]> buffer_;
    std::size_t size_ = 0; // While it is read, of all there is.
    std::size_t at_ = 0;   // What is read next.
    std::size_t end_ = 0;  // Of the piece, in the input.
    bool complete_ = false;
};

} // namespace thumbjobs::jpeg
