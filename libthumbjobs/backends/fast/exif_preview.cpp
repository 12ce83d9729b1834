#include "backends/fast/exif_preview.h"

#include "backends/fast/tiff.h"

namespace thumbjobs::fast {
namespace {

/// The value of an entry; nothing if it is no number of that type.
std::optional<std::uint32_t> number(const Tiff& tiff, const Tiff::Entry& entry) noexcept {
    if (entry.count != 1)
        return std::nullopt;
    if (entry.type == Tiff::type_long)
        return tiff.read_32(entry.value_at);
    if (entry.type == Tiff::type_short)
        return tiff.read_16(entry.value_at);
    return std::nullopt;
}

/// What stands behind the entries of the first directory: the second one tells of the thumbnail.
std::optional<Tiff::Directory> second_directory(const Tiff& tiff, std::size_t size) noexcept {
    const auto first = tiff.first_directory();
    if (!first || size - first->end() < 4)
        return std::nullopt;
    return tiff.directory(tiff.read_32(first->end()));
}

} // namespace

// EXIF 2.32, 4.5.5 and 4.6.5: the thumbnail is a JPEG stream that IFD1 points to.
std::optional<ByteView> exif_preview(ByteView block) noexcept {
    constexpr std::uint32_t compression_tag = 0x0103;
    constexpr std::uint32_t offset_tag = 0x0201;
    constexpr std::uint32_t length_tag = 0x0202;
    constexpr std::uint32_t compression_jpeg = 6;
    const auto tiff = Tiff::open(block);
    const auto directory = tiff ? second_directory(*tiff, block.size()) : std::nullopt;
    if (!directory)
        return std::nullopt;
    std::optional<std::uint32_t> offset;
    std::optional<std::uint32_t> length;
    for (std::size_t i = 0; i < directory->entries; ++i) {
        const Tiff::Entry entry = tiff->entry(*directory, i);
        if (entry.tag != compression_tag && entry.tag != offset_tag && entry.tag != length_tag)
            continue;
        const auto value = number(*tiff, entry);
        if (!value || (entry.tag == compression_tag && *value != compression_jpeg) ||
            (entry.tag == offset_tag && offset) || (entry.tag == length_tag && length))
            return std::nullopt;
        if (entry.tag == offset_tag)
            offset = value;
        if (entry.tag == length_tag)
            length = value;
    }
    if (!offset || !length || *length == 0 || *offset > block.size() ||
        *length > block.size() - *offset)
        return std::nullopt;
    return block.subspan(*offset, *length);
}

} // namespace thumbjobs::fast
