#include "backends/fast/exif_orientation.h"

#include <cstddef>
#include <cstdint>

namespace thumbjobs::fast {
namespace {

/// Numbers in the block's byte order. Positions must be inside.
class Tiff {
public:
    Tiff(ByteView block, bool little) noexcept : block_(block), little_(little) {}

    std::uint32_t read_16(std::size_t at) const noexcept {
        const auto first = std::to_integer<std::uint32_t>(block_[at]);
        const auto second = std::to_integer<std::uint32_t>(block_[at + 1]);
        return little_ ? second << 8 | first : first << 8 | second;
    }

    std::uint32_t read_32(std::size_t at) const noexcept {
        return little_ ? read_16(at + 2) << 16 | read_16(at) : read_16(at) << 16 | read_16(at + 2);
    }

private:
    ByteView block_;
    bool little_;
};

} // namespace

std::optional<int> exif_orientation(ByteView block) noexcept {
    constexpr std::size_t header_size = 8;
    constexpr std::size_t entry_size = 12;
    constexpr std::uint32_t orientation_tag = 0x0112;
    constexpr std::uint32_t type_short = 3;
    if (block.size() < header_size || block[0] != block[1] ||
        (block[0] != std::byte{'I'} && block[0] != std::byte{'M'}))
        return std::nullopt;
    const Tiff tiff(block, block[0] == std::byte{'I'});
    const std::size_t directory = tiff.read_32(4);
    if (tiff.read_16(2) != 42 || directory < header_size || directory > block.size() - 2)
        return std::nullopt;
    const std::size_t entries = tiff.read_16(directory);
    if (entries > (block.size() - directory - 2) / entry_size)
        return std::nullopt;

    std::optional<int> found;
    for (std::size_t i = 0; i < entries; ++i) {
        const std::size_t entry = directory + 2 + i * entry_size;
        if (tiff.read_16(entry) != orientation_tag)
            continue;
        const auto value = static_cast<int>(tiff.read_16(entry + 8));
        if (found || tiff.read_16(entry + 2) != type_short || tiff.read_32(entry + 4) != 1 ||
            value < 1 || value > 8)
            return std::nullopt;
        found = value;
    }
    return found.value_or(1);
}

} // namespace thumbjobs::fast
