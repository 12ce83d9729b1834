#include "backends/fast/exif_orientation.h"

#include "backends/fast/tiff.h"

namespace thumbjobs::fast {

std::optional<int> exif_orientation(ByteView block) noexcept {
    constexpr std::uint32_t orientation_tag = 0x0112;
    const auto tiff = Tiff::open(block);
    const auto directory = tiff ? tiff->first_directory() : std::nullopt;
    if (!directory)
        return std::nullopt;
    std::optional<int> found;
    for (std::size_t i = 0; i < directory->entries; ++i) {
        const Tiff::Entry entry = tiff->entry(*directory, i);
        if (entry.tag != orientation_tag)
            continue;
        const auto value = static_cast<int>(tiff->read_16(entry.value_at));
        if (found || entry.type != Tiff::type_short || entry.count != 1 || value < 1 || value > 8)
            return std::nullopt;
        found = value;
    }
    return found.value_or(1);
}

} // namespace thumbjobs::fast
