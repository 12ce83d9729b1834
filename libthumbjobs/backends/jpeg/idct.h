#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace thumbjobs::jpeg {

/// Makes samples of coefficients: of each block's side x side lowest ones as many samples, which is
/// the picture at side / 8 of its size. Compiled once for each instruction set and chosen at run
/// time; all of it is integer arithmetic, and each version gives the same samples.
struct InverseDct {
    static constexpr int max_side = 4;

    /// Blocks that are read and written together: so many more than asked for, less one.
    static constexpr std::size_t together = 8;

    /// Bytes behind the last of these blocks that are written without meaning.
    static constexpr std::size_t beyond = 16;

    /// One row of blocks. The coefficient in row v and column u of block i stands at
    /// coefficients[(v x side + u) x step + i], what it is multiplied by at quanta[v x side + u].
    /// Sample (x, y) of block i goes to out[y x stride + i x side + x]. Products are limited to
    /// 12 bits, which those of pictures have.
    using Row = void (*)(const std::int16_t* coefficients, std::size_t step,
                         const std::uint16_t* quanta, std::size_t blocks, std::uint8_t* out,
                         std::size_t stride);

    std::array<Row, max_side> rows; ///< For sides of 1, 2, 3 and 4.
    const char* name;
};

/// What every machine can run.
const InverseDct& plain_inverse_dct() noexcept;

/// The fastest that this machine can run.
const InverseDct& best_inverse_dct() noexcept;

#if defined(__x86_64__)
/// For machines that have AVX2.
const InverseDct& avx2_inverse_dct() noexcept;
#endif

} // namespace thumbjobs::jpeg
