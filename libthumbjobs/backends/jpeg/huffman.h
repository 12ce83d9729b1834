#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace thumbjobs::jpeg {

/// The 64 bits of `bytes` from bit `position` on, the first one on top; the last seven may be
/// missing. Reads eight bytes from position / 8 on: they must be there.
inline std::uint64_t window_at(const std::uint8_t* bytes, std::uint64_t position) noexcept {
    std::uint64_t value = 0;
    std::memcpy(&value, bytes + (position >> 3), sizeof value);
    if constexpr (std::endian::native == std::endian::little)
        value = __builtin_bswap64(value);
    return value << (position & 7);
}

/// A Huffman code as a JPEG file defines it.
class HuffmanCode {
public:
    static constexpr int max_length = 16;

    /// No code at all: everything is unknown to it.
    HuffmanCode() = default;

    /// `lengths[n]`: how many codes have n bits (1 to 16); `symbols`: theirs, in order. Throws
    /// HandOver if there are more codes than such lengths can have, or more than symbols.
    HuffmanCode(std::span<const std::uint8_t, max_length + 1> lengths,
                std::span<const std::uint8_t> symbols);

    struct Found {
        int length = 0; ///< Bits; 0: no code begins like this.
        int symbol = 0;
    };

    /// The code that the top 16 bits of a window begin with.
    Found find(std::uint64_t window) const noexcept;

    int count() const noexcept { return count_; }
    int codes_of(int length) const noexcept { return lengths_[static_cast<std::size_t>(length)]; }

    /// In the order of the codes; `index` is below the sum of codes_of().
    std::uint8_t symbol(int index) const noexcept {
        return symbols_[static_cast<std::size_t>(index)];
    }

private:
    std::array<std::uint8_t, max_length + 1> lengths_{};
    std::array<std::int32_t, max_length + 1> end_{};    // Behind the last code of that length.
    std::array<std::int32_t, max_length + 1> offset_{}; // From a code to its symbol's index.
    std::array<std::uint8_t, 256> symbols_{};
    int count_ = 0;
};

/// The difference that `size` bits (0 to 15) stand for (ITU-T T.81, F.2.2.1).
constexpr int extended(std::uint32_t bits, int size) noexcept {
    return size > 0 && bits < 1U << (size - 1) ? static_cast<int>(bits) - (1 << size) + 1
                                               : static_cast<int>(bits);
}

/// Reads differences of DC coefficients.
class DcTable {
public:
    static constexpr int max_size = 11; ///< Bits of a difference at 8 bits a sample.

    /// Throws HandOver if a symbol is no size at all.
    explicit DcTable(const HuffmanCode& code);

    /// The difference at `position`, which moves behind it. False if there is none.
    bool read(const std::uint8_t* bytes, std::uint64_t& position, int& difference) const noexcept {
        const std::uint64_t window = window_at(bytes, position);
        const std::uint32_t entry = entries_[window >> (64 - index_bits)];
        if (entry == 0)
            return read_long(window, position, difference);
        position += entry & 63;
        difference = static_cast<std::int16_t>(entry >> 16);
        return true;
    }

private:
    static constexpr int index_bits = 12;

    bool read_long(std::uint64_t window, std::uint64_t& position, int& difference) const noexcept;

    HuffmanCode code_;
    std::array<std::uint32_t, 1 << index_bits> entries_{}; // Bits | value << 16; 0: a longer one.
};

/// Reads AC coefficients one at a time.
class AcTable {
public:
    /// What one symbol says.
    struct Symbol {
        std::uint8_t bits = 0;  ///< That it takes with those of its value; 0: there is none.
        std::uint8_t steps = 0; ///< From the coefficient before; 64: the block ends.
        std::int16_t value = 0; ///< Zero for a run of zeros, of which it is the last.
    };

    explicit AcTable(const HuffmanCode& code);

    /// The symbol at the window's top, if it takes no more than index_bits; else one of no bits
    /// that goes a step on, so that it leaves the coefficient before alone.
    const Symbol& find(std::uint64_t window) const noexcept {
        return entries_[window >> (64 - index_bits)];
    }

    /// The same for any symbol; looks at 31 bits.
    Symbol find_long(std::uint64_t window) const noexcept;

    static constexpr int index_bits = 12;

private:
    HuffmanCode code_;
    std::array<Symbol, 1 << index_bits> entries_{};
};

/// How the entries of tables that pass over several symbols at each look are made up: the bits that
/// the symbols take, and shifted by skip_shift, by how much they move the index of the coefficient.
constexpr int skip_shift = 8;
constexpr int skip_bits_mask = 63;
constexpr int skip_ends = 128;   ///< Added to the move of an entry that ends the block.
constexpr int skip_escape = 193; ///< The move of an entry that stands for no symbol in whole.

/// Fills 2^index_bits entries for windows that begin with AC symbols.
void fill_skip_table(const HuffmanCode& ac, int index_bits, std::uint16_t* entries);

/// Fills 2^index_bits entries for windows that begin with a block: a DC symbol, then AC symbols.
void fill_block_table(const HuffmanCode& dc, const HuffmanCode& ac, int index_bits,
                      std::uint16_t* entries);

/// Passes over the AC coefficients of a block, several at each look.
class AcSkipTable {
public:
    explicit AcSkipTable(const HuffmanCode& code);

    /// Moves `position` from behind a block's DC coefficient to the block's end. False if the bits
    /// are no block.
    bool skip(const std::uint8_t* bytes, std::uint64_t& position) const noexcept;

private:
    static constexpr int index_bits = 13;

    bool step(const std::uint8_t* bytes, std::uint64_t& position, int& index) const noexcept;

    HuffmanCode code_;
    std::array<std::uint16_t, 1 << index_bits> entries_{};
};

} // namespace thumbjobs::jpeg
