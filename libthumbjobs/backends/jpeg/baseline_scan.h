#pragma once

#include "backends/fast/pace.h"
#include "backends/jpeg/scan_pieces.h"
#include "backends/jpeg/source.h"

#include <cstddef>
#include <cstdint>

namespace thumbjobs::jpeg {

/// Takes the coefficients of a baseline scan, a few rows of blocks at a time.
class BlockRows {
public:
    virtual ~BlockRows() = default;

    /// How many coefficients are wanted of each block of a component along both sides, from the
    /// lowest on: 1 (DC alone) to 8.
    virtual int side(std::size_t component) const = 0;

    /// How far apart a block's coefficients go, row by row of its corner. Behind the last one,
    /// one more is written that means nothing. Of no meaning for a side of 1.
    virtual std::size_t coefficient_step(std::size_t component) const = 0;

    /// Where the DC coefficients of this row of blocks go, side by side: as many as whole MCUs
    /// have. What is written there for other coefficients are those that are not zero.
    virtual std::int16_t* row(std::size_t component, int y) = 0;

    /// The component's rows from `first` on are complete.
    virtual void end(std::size_t component, int first, int count) = 0;
};

/// Reads the lowest coefficients of a baseline file and only passes over the others. Throws
/// HandOver at anything that libjpeg would warn of, and what Pace::check() throws.
void read_baseline(const Source& source, BlockRows& rows, const Reading& reading, fast::Pace& pace);

} // namespace thumbjobs::jpeg
