#pragma once

#include "backends/jpeg/huffman.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace thumbjobs::jpeg {

/// The lowest coefficients of a block, `side` along both of its sides, and where each goes.
class Corner {
public:
    /// `side`: 1 to 8; `step`: from one coefficient to the next, row by row.
    Corner(int side, std::size_t step);

    /// The last one of them, in zigzag order; 0: DC alone.
    int last() const noexcept { return last_; }

    /// Where the coefficient `index`, in zigzag order, goes, from where the DC coefficient does;
    /// for those that are not wanted (64, too) a place behind all others.
    std::size_t offset(std::size_t index) const noexcept { return offsets_[index]; }

private:
    int last_ = 0;
    std::array<std::uint32_t, 65> offsets_{};
};

/// Reads the lowest AC coefficients of blocks whose beginnings are known: of several at once, whose
/// look-ups then need not wait for each other.
class LowCoefficients {
public:
    /// A block that was read already, and found to be sound. All of it is borrowed until it is
    /// read.
    struct Block {
        const AcTable* table;
        const Corner* corner;
        std::uint64_t position; ///< Of its first AC symbol, in bits.
        std::int16_t* target;   ///< Of its DC coefficient.
    };

    /// Bytes behind a block that are read at the most: while another one's 63 coefficients are,
    /// 12 bits for each, and the window.
    static constexpr std::size_t beyond = 128;

    /// Reads `block`, now or later, from the same `bytes`. Throws HandOver if it is none.
    void add(const std::uint8_t* bytes, const Block& block) {
        blocks_[count_++] = block;
        if (count_ == together)
            read(bytes);
    }

    /// Reads all that were added. Throws as add() does.
    void finish(const std::uint8_t* bytes) {
        if (count_ > 0)
            read(bytes);
    }

private:
    static constexpr std::size_t together = 6;

    void read(const std::uint8_t* bytes);

    std::array<Block, together> blocks_;
    std::size_t count_ = 0;
};

} // namespace thumbjobs::jpeg
