#pragma once

#include <thumbjobs/blob.h>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace thumbjobs::fast {

/// The first directory of an EXIF block and numbers in the block's byte order.
class Tiff {
public:
    static constexpr std::uint32_t type_short = 3;
    static constexpr std::uint32_t type_long = 4;

    /// One entry of a directory.
    struct Entry {
        std::uint32_t tag = 0;
        std::uint32_t type = 0;
        std::uint32_t count = 0;
        std::size_t value_at = 0; ///< Where its value stands, or a reference to it; four bytes.
    };

    struct Directory {
        std::size_t first = 0; ///< Where its entries begin; all of them are inside the block.
        std::size_t entries = 0;

        /// Behind the last one, where the reference to the next directory stands, if it does.
        std::size_t end() const noexcept { return first + entries * entry_size; }
    };

    /// `block`: from the TIFF header on. Nothing without a proper one. Borrowed.
    static std::optional<Tiff> open(ByteView block) noexcept {
        if (block.size() < header_size || block[0] != block[1] ||
            (block[0] != std::byte{'I'} && block[0] != std::byte{'M'}))
            return std::nullopt;
        const Tiff tiff(block, block[0] == std::byte{'I'});
        if (tiff.read_16(2) != 42)
            return std::nullopt;
        return tiff;
    }

    /// The directory at a position, which may be any number. Nothing if it is not in the block in
    /// whole.
    std::optional<Directory> directory(std::size_t at) const noexcept {
        if (at < header_size || at > block_.size() - 2)
            return std::nullopt;
        const Directory found{at + 2, read_16(at)};
        if (found.entries > (block_.size() - found.first) / entry_size)
            return std::nullopt;
        return found;
    }

    std::optional<Directory> first_directory() const noexcept { return directory(read_32(4)); }

    Entry entry(const Directory& directory, std::size_t index) const noexcept {
        const std::size_t at = directory.first + index * entry_size;
        return {read_16(at), read_16(at + 2), read_32(at + 4), at + 8};
    }

    /// Positions must be inside.
    std::uint32_t read_16(std::size_t at) const noexcept {
        const auto first = std::to_integer<std::uint32_t>(block_[at]);
        const auto second = std::to_integer<std::uint32_t>(block_[at + 1]);
        return little_ ? second << 8 | first : first << 8 | second;
    }

    std::uint32_t read_32(std::size_t at) const noexcept {
        return little_ ? read_16(at + 2) << 16 | read_16(at) : read_16(at) << 16 | read_16(at + 2);
    }

private:
    static constexpr std::size_t header_size = 8;
    static constexpr std::size_t entry_size = 12;

    Tiff(ByteView block, bool little) noexcept : block_(block), little_(little) {}

    ByteView block_;
    bool little_;
};

} // namespace thumbjobs::fast
