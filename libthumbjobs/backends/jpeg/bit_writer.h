#pragma once

#include <thumbjobs/blob.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace thumbjobs::jpeg {

/// Appends the entropy-coded data of a scan to a file, with the zeros that must follow its bytes of
/// ones.
class BitWriter {
public:
    /// `bits`: how many will be put in all.
    BitWriter(Bytes& out, std::uint64_t bits) : out_(out), at_(out.size()) {
        // Each byte may get a zero; the rest is for finish().
        out.resize(out.size() + static_cast<std::size_t>(bits / 8) * 2 + 16);
    }

    /// Puts the lowest `count` bits (0 to 32) of `bits`; those above must be zero.
    void put(std::uint32_t bits, unsigned count) noexcept {
        pending_ = pending_ << count | bits;
        pending_count_ += count;
        if (pending_count_ >= 32) {
            pending_count_ -= 32;
            write(static_cast<std::uint32_t>(pending_ >> pending_count_));
        }
    }

    /// Fills the last byte with ones. Nothing may be put after it.
    void finish() {
        const unsigned fill = (8 - pending_count_ % 8) % 8;
        put((1U << fill) - 1, fill);
        while (pending_count_ > 0) {
            pending_count_ -= 8;
            write_byte(static_cast<std::uint8_t>(pending_ >> pending_count_));
        }
        out_.resize(at_);
    }

private:
    void write(std::uint32_t word) noexcept {
        constexpr std::uint32_t low_bits = 0x01010101;
        constexpr std::uint32_t high_bits = 0x80808080;
        if (((~word - low_bits) & word & high_bits) != 0) { // Perhaps a byte of ones.
            for (int shift = 24; shift >= 0; shift -= 8)
                write_byte(static_cast<std::uint8_t>(word >> shift));
            return;
        }
        if constexpr (std::endian::native == std::endian::little)
            word = __builtin_bswap32(word);
        std::memcpy(out_.data() + at_, &word, sizeof word);
        at_ += sizeof word;
    }

    void write_byte(std::uint8_t byte) noexcept {
        out_[at_++] = std::byte{byte};
        if (byte == 0xff)
            out_[at_++] = std::byte{0};
    }

    Bytes& out_;
    std::size_t at_;
    std::uint64_t pending_ = 0;  // What is not written yet, lowest.
    unsigned pending_count_ = 0; // Of its bits; below 32.
};

} // namespace thumbjobs::jpeg
