#pragma once

#include "backends/png/chunks.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace thumbjobs::png {

/// Takes a finished row apart into one of each band, its colours multiplied by alpha, so that what
/// is transparent does not show at the edges of what is not.
class BandRows {
public:
    /// Borrows the header.
    explicit BandRows(const Header& header);

    /// Throws HandOver if the palette has no such colour.
    void split(const std::uint8_t* row);

    const std::uint8_t* band(int index) const noexcept {
        return bands_.data() + static_cast<std::size_t>(index) * width_;
    }

private:
    void look_up(const std::uint8_t* row);

    const Header& header_;
    std::size_t width_;
    std::vector<std::uint8_t> bands_;
};

} // namespace thumbjobs::png
