#include "backends/jpeg/low_coefficients.h"

#include "backends/fast/hand_over.h"
#include "backends/jpeg/zigzag.h"

#include <algorithm>

namespace thumbjobs::jpeg {
namespace {

/// A reader of one block. Once it has the last coefficient that is wanted it reads on, into
/// nothing, until the others have theirs.
struct Reader {
    const AcTable* table;
    const Corner* corner;
    std::uint64_t position;
    std::int16_t* target;
    int index = 0; // Of the last coefficient, in zigzag order; 64: the block has ended.

    bool reads() const noexcept { return index < corner->last(); }

    void take(const AcTable::Symbol& symbol) noexcept {
        position += symbol.bits;
        index = std::min(index + static_cast<int>(symbol.steps), 64);
        target[corner->offset(static_cast<std::size_t>(index))] = symbol.value;
    }
};

[[gnu::noinline]] void step_long(Reader& reader, std::uint64_t window) {
    const AcTable::Symbol symbol = reader.table->find_long(window);
    if (symbol.bits == 0)
        throw fast::HandOver{};
    reader.take(symbol);
}

} // namespace

Corner::Corner(int side, std::size_t step) {
    offsets_.fill(static_cast<std::uint32_t>(static_cast<std::size_t>(side * side) * step));
    for (std::size_t i = 0; i < zigzag.size(); ++i) {
        const int row = zigzag[i] / 8;
        const int column = zigzag[i] % 8;
        if (row < side && column < side) {
            last_ = static_cast<int>(i);
            offsets_[i] =
                static_cast<std::uint32_t>(static_cast<std::size_t>(row * side + column) * step);
        }
    }
}

void LowCoefficients::read(const std::uint8_t* bytes) {
    std::array<Reader, together> readers;
    for (std::size_t i = 0; i < together; ++i) {
        // The first one again where there are not enough: it gives the same again.
        const Block& block = blocks_[i < count_ ? i : 0];
        readers[i] = {block.table, block.corner, block.position, block.target};
    }
    count_ = 0;
    bool more = true;
    while (more) {
        std::array<std::uint64_t, together> windows;
#pragma GCC unroll 6
        for (std::size_t i = 0; i < together; ++i)
            windows[i] = window_at(bytes, readers[i].position);
        // Two symbols take 24 bits at the most where the table has them.
        for (int twice = 0; twice < 2; ++twice) {
#pragma GCC unroll 6
            for (std::size_t i = 0; i < together; ++i) {
                Reader& reader = readers[i];
                const AcTable::Symbol symbol = reader.table->find(windows[i]);
                if (symbol.bits == 0 && reader.reads()) [[unlikely]] {
                    step_long(reader, windows[i]);
                    windows[i] = window_at(bytes, reader.position);
                    continue;
                }
                windows[i] <<= symbol.bits;
                reader.take(symbol);
            }
        }
        more = false;
        for (const Reader& reader : readers)
            more |= reader.reads();
    }
}

} // namespace thumbjobs::jpeg
