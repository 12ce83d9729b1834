#pragma once

#include "backends/vips/byte_reader.h"

#include <optional>

namespace thumbjobs::vips {

/// The first directory of a TIFF file. Borrows the bytes, and reads nothing outside of them.
class TiffDirectory {
public:
    /// Where the values of a tag stand.
    struct Entry {
        Position tag = 0;
        Position count = 0;
        unsigned width = 4; ///< Bytes of one value: 2 or 4.
        Position at = 0;    ///< Of the first value.
    };

    explicit TiffDirectory(ByteView input) noexcept;

    /// Whether the file is of a kind that this reads, with its directory whole. BigTIFF is not.
    bool complete() const noexcept { return state_ == State::complete; }

    /// Whether the file ends before its directory does.
    bool cut_off() const noexcept { return state_ == State::cut_off; }

    std::optional<Entry> find(unsigned tag) const noexcept;

    /// One of an entry's values; nothing where it lies outside of the file.
    std::optional<Position> value(const Entry& entry, Position index) const noexcept;

private:
    enum class State { other, cut_off, complete };

    Position read(Position at, unsigned width) const noexcept;
    State read_header() noexcept;
    Entry entry_at(Position at) const noexcept;

    ByteView input_;
    bool little_;
    Position begin_ = 0; // of the entries
    Position entries_ = 0;
    State state_;
};

} // namespace thumbjobs::vips
