#pragma once

#include "backends/jpeg/huffman.h"
#include "backends/jpeg/scan_bytes.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace thumbjobs::jpeg {

/// What finding the blocks of a scan takes to know of its codes. Any number of threads may read it.
class LaneTables {
public:
    /// The tables that read one block of the MCU. Borrowed.
    struct Block {
        const HuffmanCode* dc_code;
        const HuffmanCode* ac_code;
        const DcTable* dc;
        const AcSkipTable* ac;
    };

    /// `blocks`: those of an MCU, in order; at least one.
    explicit LaneTables(const std::vector<Block>& blocks);
    LaneTables(const LaneTables&) = delete;
    LaneTables& operator=(const LaneTables&) = delete;

private:
    friend class Lanes;

    static constexpr int index_bits = 12;
    using Table = std::array<std::uint16_t, 1 << index_bits>;

    /// One block of the MCU, as the readers' loop wants it.
    struct Phase {
        const std::uint16_t* whole; // Of the block, its DC symbol first.
        const std::uint16_t* ac;
        const Phase* next;
        Block tables;
    };

    /// Tables are made once for each pair of codes.
    struct Known {
        const HuffmanCode* dc; // Null: for AC symbols alone.
        const HuffmanCode* ac;
        std::unique_ptr<Table> table;
    };

    const std::uint16_t* table_for(const HuffmanCode* dc, const HuffmanCode& ac);

    std::vector<Known> known_;
    std::vector<Phase> phases_; // Never grows once they point to each other.
};

/// Finds where the blocks of a scan begin with several readers at once, in one thread: a processor
/// can do the look-ups of three at the price of little more than one.
///
/// The readers start anywhere, and misread at first; but Huffman codes fall into step by
/// themselves. What a reader found counts from where the scan, walked from the left, stands at the
/// same bit at the start of the same block of the MCU: from there on both read the same. If they
/// never meet, the walk goes on alone.
class Lanes {
public:
    /// The tables must outlive it.
    explicit Lanes(const LaneTables& tables);

    /// Whether so much follows bit `from` of the piece that it is worth while.
    static bool pays(const ScanBytes& bytes, std::uint64_t from) noexcept;

    /// Notes where blocks may begin from bit `from` of the piece on, best where an MCU does, in
    /// place of what was noted before; nothing where it does not pay.
    void look(const ScanBytes& bytes, std::uint64_t from);

    /// Finds the blocks from bit `from`, where an MCU begins, on to where look() came in the same
    /// piece. Fills `starts` with the bits at which they begin, for whole MCUs, and returns where
    /// the next one begins. Throws HandOver where bits are no block.
    std::uint64_t join(const ScanBytes& bytes, std::uint64_t from,
                       std::vector<std::uint32_t>& starts) const;

private:
    static constexpr std::size_t count = 3;
    using Phase = LaneTables::Phase;

    /// A reader. `index` is that of the last coefficient; -1: a block begins.
    struct Lane {
        std::uint64_t position = 0;
        std::int32_t index = -1;
        const std::uint16_t* table = nullptr;
        const Phase* phase = nullptr;
        std::uint32_t* out = nullptr; // Where the start of the next block goes.

        std::uint64_t end = 0;          // The bit where the next reader began.
        std::uint32_t* limit = nullptr; // Of `out`.
        std::uint32_t* sound = nullptr; // Starts before it may be of blocks that are none.
    };

    void start(std::uint64_t from, std::size_t end);
    template <std::size_t Together>
    void run(const std::uint8_t* bytes, std::size_t first);
    static void step(const std::uint8_t* bytes, Lane& lane, std::uint64_t& window);
    static void step_long(Lane& lane, std::uint64_t window);
    std::uint64_t join(const std::uint8_t* bytes, std::size_t lane, std::uint64_t cursor,
                       std::vector<std::uint32_t>& starts) const;
    std::uint64_t walk(const std::uint8_t* bytes, std::uint64_t position, std::size_t phase) const;

    const std::vector<Phase>& phases_;
    std::array<Lane, count> lanes_{};
    std::array<std::unique_ptr<std::uint32_t[]>, count> found_; // Most is never written.
};

} // namespace thumbjobs::jpeg
