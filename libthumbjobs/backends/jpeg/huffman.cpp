#include "backends/jpeg/huffman.h"

#include "backends/fast/hand_over.h"

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
            throw fast::HandOver{};
        end_[length] = code;
        code <<= 1;
    }
    if (count_ > static_cast<int>(symbols_.size()) ||
        symbols.size() < static_cast<std::size_t>(count_))
        throw fast::HandOver{};
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
            throw fast::HandOver{};
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

AcTable::AcTable(const HuffmanCode& code) : code_(code) {
    entries_.fill({0, 1, 0});
    std::uint32_t at = 0;
    for (int length = 1, index = 0; length <= index_bits; ++length) {
        const int rest = index_bits - length;
        for (int i = 0; i < code.codes_of(length); ++i, ++index) {
            const int size = code.symbol(index) & 15;
            // Of values that the window cuts off the entries stay empty.
            if (size <= rest)
                for (std::uint32_t bits = 0; bits < 1U << size; ++bits) {
                    const std::uint32_t first = at + (bits << (rest - size));
                    std::fill_n(entries_.begin() + first, std::size_t{1} << (rest - size),
                                find_long(std::uint64_t{first} << (64 - index_bits)));
                }
            at += 1U << rest;
        }
    }
}

AcTable::Symbol AcTable::find_long(std::uint64_t window) const noexcept {
    const auto [length, symbol] = code_.find(window);
    if (length == 0)
        return {};
    const int size = symbol & 15;
    const int run = symbol >> 4;
    window <<= length;
    const auto bits = size > 0 ? static_cast<std::uint32_t>(window >> (64 - size)) : 0U;
    return {static_cast<std::uint8_t>(length + size),
            static_cast<std::uint8_t>(size == 0 && run != 15 ? 64 : run + 1),
            static_cast<std::int16_t>(extended(bits, size))};
}

namespace {

/// Goes through all sequences of symbols that fit in a window: a store or so for each entry.
class SkipBuilder {
public:
    SkipBuilder(const HuffmanCode& ac, std::uint16_t* entries) noexcept
        : ac_(ac), entries_(entries) {}

    /// Fills the entries whose top bits are those of `at`, with `left` bits unknown. The symbols
    /// before take `used` bits and move the index by `steps`.
    void fill(std::uint32_t at, int left, int used, int steps) {
        const std::uint32_t end = at + (1U << left);
        int index = 0;
        for (int length = 1; length <= left; ++length) {
            for (int i = 0; i < ac_.codes_of(length); ++i, ++index) {
                const int rest = left - length;
                const int symbol = ac_.symbol(index);
                const int size = symbol & 15;
                const int run = symbol >> 4;
                if (size == 0 && run != 15)
                    store(at, 1U << rest, used + length, steps + 1 + skip_ends);
                else if (steps + run + 1 > 63)
                    store(at, 1U << rest, used, steps);
                else
                    fill_behind(at, rest, size, used + length + size, steps + run + 1);
                at += 1U << rest;
            }
        }
        // Codes that the window cuts off, and bits that are none.
        if (at < end)
            store(at, end - at, used, steps);
    }

    /// The same for what begins with a symbol of `dc`.
    void fill_from_dc(const HuffmanCode& dc, int left) {
        std::uint32_t at = 0;
        int index = 0;
        for (int length = 1; length <= left; ++length) {
            for (int i = 0; i < dc.codes_of(length); ++i, ++index) {
                const int rest = left - length;
                const int size = dc.symbol(index) & 15;
                fill_behind(at, rest, size, length + size, 1);
                at += 1U << rest;
            }
        }
        if (at < 1U << left)
            store(at, (1U << left) - at, 0, 0);
    }

private:
    /// Behind a code stand `size` bits of its own. Whatever these are, what follows is the same.
    void fill_behind(std::uint32_t at, int rest, int size, int used, int steps) {
        if (rest <= size) {
            store(at, 1U << rest, used, steps);
            return;
        }
        const int below = rest - size;
        fill(at, below, used, steps);
        for (std::uint32_t bits = 1; bits < 1U << size; ++bits)
            std::copy_n(entries_ + at, std::size_t{1} << below, entries_ + at + (bits << below));
    }

    void store(std::uint32_t at, std::uint32_t count, int used, int steps) {
        const int move = used > 0 ? steps : skip_escape;
        std::fill_n(entries_ + at, count, static_cast<std::uint16_t>(used | move << skip_shift));
    }

    const HuffmanCode& ac_;
    std::uint16_t* const entries_;
};

} // namespace

void fill_skip_table(const HuffmanCode& ac, int index_bits, std::uint16_t* entries) {
    SkipBuilder(ac, entries).fill(0, index_bits, 0, 0);
}

void fill_block_table(const HuffmanCode& dc, const HuffmanCode& ac, int index_bits,
                      std::uint16_t* entries) {
    SkipBuilder(ac, entries).fill_from_dc(dc, index_bits);
}

AcSkipTable::AcSkipTable(const HuffmanCode& code) : code_(code) {
    fill_skip_table(code, index_bits, entries_.data());
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
        at += entry & skip_bits_mask;
        index += static_cast<int>(entry >> skip_shift);
        if (index < 64) {
            // An entry takes 28 bits at the most: the next window is still within these 57.
            window <<= entry & skip_bits_mask;
            entry = entries_[window >> shift];
            at += entry & skip_bits_mask;
            index += static_cast<int>(entry >> skip_shift);
            if (index < 64)
                continue;
        }
        if (index == 64 || (index > skip_ends && index <= skip_ends + 64))
            break;
        // A long code, or more symbols than the block has room for: one at a time.
        at -= entry & skip_bits_mask;
        index -= static_cast<int>(entry >> skip_shift);
        if (!step(bytes, at, index))
            return false;
        if (index == 64)
            break;
    }
    position = at;
    return true;
}

} // namespace thumbjobs::jpeg
