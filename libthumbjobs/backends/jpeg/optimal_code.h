#pragma once

#include "backends/jpeg/huffman.h"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace thumbjobs::jpeg {

/// A Huffman code as a JPEG file defines it, to be written.
struct OptimalCode {
    struct Word {
        std::uint16_t bits = 0;  ///< The lowest `length` ones.
        std::uint8_t length = 0; ///< 0: the symbol has none.
    };

    /// How many codes have n bits, at n.
    std::array<std::uint8_t, HuffmanCode::max_length + 1> lengths{};
    std::vector<std::uint8_t> symbols; ///< In the order of their codes.
    std::array<Word, 256> words{};     ///< Of each symbol.
};

/// The code that takes the fewest bits for symbols that occur so often (256 numbers), among those
/// of up to 16 bits without a code of ones alone, as nearly as ITU-T T.81, K.2, tells to shorten
/// longer ones.
OptimalCode make_code(std::span<const std::uint64_t, 256> frequencies);

} // namespace thumbjobs::jpeg
