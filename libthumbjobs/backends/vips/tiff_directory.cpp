#include "backends/vips/tiff_directory.h"

namespace thumbjobs::vips {
namespace {

constexpr Position entry_bytes = 12;
constexpr Position short_type = 3;

} // namespace

TiffDirectory::TiffDirectory(ByteView input) noexcept
    : input_(input), little_(!input.empty() && byte_at(input, 0) == 'I'), state_(read_header()) {}

TiffDirectory::State TiffDirectory::read_header() noexcept {
    if (!holds(input_, 0, 8))
        return State::cut_off;
    if (read(2, 2) != 42)
        return State::other;
    const Position directory = read(4, 4);
    if (!holds(input_, directory, 2))
        return State::cut_off;
    entries_ = read(directory, 2);
    begin_ = directory + 2;
    return holds(input_, begin_, entries_ * entry_bytes) ? State::complete : State::cut_off;
}

std::optional<TiffDirectory::Entry> TiffDirectory::find(unsigned tag) const noexcept {
    if (!complete())
        return std::nullopt;
    for (Position i = 0; i < entries_; ++i)
        if (const Entry entry = entry_at(begin_ + i * entry_bytes); entry.tag == tag)
            return entry;
    return std::nullopt;
}

std::optional<Position> TiffDirectory::value(const Entry& entry, Position index) const noexcept {
    const Position at = entry.at + index * entry.width;
    if (index >= entry.count || !holds(input_, at, entry.width))
        return std::nullopt;
    return read(at, entry.width);
}

// 2 or 4 bytes, which must be inside.
Position TiffDirectory::read(Position at, unsigned width) const noexcept {
    if (width == 4)
        return little_ ? little_32(input_, at) : big_32(input_, at);
    return little_ ? little_16(input_, at) : big_16(input_, at);
}

TiffDirectory::Entry TiffDirectory::entry_at(Position at) const noexcept {
    Entry entry;
    entry.tag = read(at, 2);
    entry.width = read(at + 2, 2) == short_type ? 2 : 4;
    entry.count = read(at + 4, 4);
    entry.at = entry.count * entry.width <= 4 ? at + 8 : read(at + 8, 4);
    return entry;
}

} // namespace thumbjobs::vips
