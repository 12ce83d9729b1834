#include "backends/jpeg/huffman.h"

#include "backends/jpeg/refusal.h"

#include <algorithm>

namespace thumbjobs::jpeg {

HuffmanCode::HuffmanCode(std::span<const std::uint8_t, max_length + 1> lengths,
                         std::span<const std::uint8_t> symbols) {
    std::int32_t code = 0;
    for (std::size_t length = 1; length <= max_length; ++length) {
        lengths_[length] = lengths[length];
        offset_[length] = count_ - code;
        code += lengths[length];
        count_ += lengths[length];
        if (code > 1 << length)
            throw HandOver{};
        end_[length] = code;
        code <<= 1;
    }
    if (count_ > static_cast<int>(symbols_.size()) ||
        symbols.size() < static_cast<std::size_t>(count_))
        throw HandOver{};
    std::copy_n(symbols.begin(), count_, symbols_.begin());
}

HuffmanCode::Found HuffmanCode::find(std::uint64_t window) const noexcept {
    for (std::size_t length = 1; length <= max_length; ++length) {
        const auto code = static_cast<std::int32_t>(window >> (64 - length));
        if (code < end_[length]) {
            // Codes of this length begin where those one bit shorter ended.
            const std::int32_t index = code + offset_[length];
            return {static_cast<int>(length), symbol(std::clamp(index, 0, 255))};
        }
    }
    return {};
}

DcTable::DcTable(const HuffmanCode& code) : code_(code) {
    for (int i = 0; i < code.count(); ++i)
        if (code.symbol(i) > 15) // As libjpeg, which refuses the table.
            throw HandOver{};
    std::uint32_t at = 0;
    int index = 0;
    for (int length = 1; length <= index_bits; ++length) {
        for (int i = 0; i < code.codes_of(length); ++i, ++index) {
            const int size = code.symbol(index);
            const int rest = index_bits - length;
            if (size <= max_size && size <= rest)
                for (std::uint32_t bits = 0; bits < 1U << size; ++bits) {
                    const auto value = static_cast<std::uint16_t>(extended(bits, size));
                    const std::uint32_t entry = static_cast<std::uint32_t>(length + size) |
                                                static_cast<std::uint32_t>(value) << 16;
                    std::fill_n(entries_.begin() + (at + (bits << (rest - size))),
                                std::size_t{1} << (rest - size), entry);
                }
            at += 1U << rest;
        }
    }
}

bool DcTable::read_long(std::uint64_t window, std::uint64_t& position,
                        int& difference) const noexcept {
    const auto [length, size] = code_.find(window);
    if (length == 0 || size > max_size)
        return false;
    window <<= length;
    const auto bits = size > 0 ? static_cast<std::uint32_t>(window >> (64 - size)) : 0U;
    difference = extended(bits, size);
    position += static_cast<unsigned>(length + size);
    return true;
}

/// Goes through all sequences of symbols that fit in a window: a store or so for each entry.
class AcSkipBuilder {
public:
    explicit AcSkipBuilder(AcSkipTable& table) noexcept : table_(table) {}

    /// Fills the entries whose top bits are those of `at`, with `left` bits unknown. The symbols
    /// before take `used` bits and move the index by `steps`.
    void fill(std::uint32_t at, int left, int used, int steps) {
        const std::uint32_t end = at + (1U << left);
        int index = 0;
        for (int length = 1; length <= left; ++length) {
            for (int i = 0; i < table_.code_.codes_of(length); ++i, ++index) {
                const int rest = left - length;
                symbol(at, rest, table_.code_.symbol(index), used, steps, length);
                at += 1U << rest;
            }
        }
        // Codes that the window cuts off, and bits that are none.
        if (at < end)
            store(at, end - at, used, steps);
    }

private:
    void symbol(std::uint32_t at, int rest, int symbol, int used, int steps, int length) {
        const int size = symbol & 15;
        const int run = symbol >> 4;
        const std::uint32_t count = 1U << rest;
        if (size == 0 && run != 15) {
            store(at, count, used + length, steps + 1 + AcSkipTable::ends);
        } else if (steps + run + 1 > 63) {
            store(at, count, used, steps);
        } else if (rest <= size) {
            store(at, count, used + length + size, steps + run + 1);
        } else {
            // Whatever the coefficient's own bits are, what follows is the same.
            const int below = rest - size;
            fill(at, below, used + length + size, steps + run + 1);
            const auto first = table_.entries_.begin() + at;
            for (std::uint32_t bits = 1; bits < 1U << size; ++bits)
                std::copy_n(first, std::size_t{1} << below, first + (bits << below));
        }
    }

    void store(std::uint32_t at, std::uint32_t count, int used, int steps) {
        const int move = used > 0 ? steps : AcSkipTable::escape;
        std::fill_n(table_.entries_.begin() + at, count,
                    static_cast<std::uint16_t>(used | move << 8));
    }

    AcSkipTable& table_;
};

AcSkipTable::AcSkipTable(const HuffmanCode& code) : code_(code) {
    AcSkipBuilder(*this).fill(0, index_bits, 0, 0);
}

bool AcSkipTable::step(const std::uint8_t* bytes, std::uint64_t& position,
                       int& index) const noexcept {
    const auto [length, symbol] = code_.find(window_at(bytes, position));
    if (length == 0)
        return false;
    const int size = symbol & 15;
    const int run = symbol >> 4;
    position += static_cast<unsigned>(length + size);
    index = size == 0 && run != 15 ? 64 : index + run + 1;
    return index <= 64;
}

bool AcSkipTable::skip(const std::uint8_t* bytes, std::uint64_t& position) const noexcept {
    constexpr int shift = 64 - index_bits;
    std::uint64_t at = position;
    int index = 1;
    for (;;) {
        std::uint64_t window = window_at(bytes, at);
        unsigned entry = entries_[window >> shift];
        at += entry & 63;
        index += static_cast<int>(entry >> 8);
        if (index < 64) {
            // An entry takes 28 bits at the most: the next window is still within these 57.
            window <<= entry & 63;
            entry = entries_[window >> shift];
            at += entry & 63;
            index += static_cast<int>(entry >> 8);
            if (index < 64)
                continue;
        }
        if (index == 64 || (index > ends && index <= ends + 64))
            break;
        // A long code, or more symbols than the block has room for: one at a time.
        at -= entry & 63;
        index -= static_cast<int>(entry >> 8);
        if (!step(bytes, at, index))
            return false;
        if (index == 64)
            break;
    }
    position = at;
    return true;
}

} // namespace thumbjobs::jpeg
