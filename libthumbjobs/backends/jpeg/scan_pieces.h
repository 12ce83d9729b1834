#pragma once

#include "backends/jpeg/lanes.h"
#include "backends/jpeg/read_ahead.h"
#include "backends/jpeg/scan_bytes.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace thumbjobs::jpeg {

/// How a baseline scan is read. What comes of it is the same.
struct Reading {
    /// That read a huge scan, the calling one included: 1 to ReadAhead::most_threads. The others
    /// are started for it, and have ended when it is read.
    int threads = 1;

    /// From how many bytes on a scan is huge, if it has no restart markers.
    std::size_t huge = std::size_t{6} << 20;

    /// Bytes that are read at once, of a huge scan by each thread; at least 4 KiB.
    std::size_t piece = ScanBytes::usual_piece;
};

/// The pieces of a baseline scan in their order, read in one thread or, if it is huge, in several.
class ScanPieces {
public:
    /// For the scan whose data begins at the byte `at` of `input`, of MCUs of these blocks. Throws
    /// HandOver as ScanBytes::read().
    ScanPieces(ByteView input, std::size_t at, bool has_restarts,
               std::vector<LaneTables::Block> blocks, const Reading& reading);

    const ScanBytes& current() const noexcept { return *current_; }

    /// Goes to the next piece: the current one must not be complete. Throws as the constructor.
    void next();

    /// Goes to the next restart interval. Throws HandOver as ScanBytes::next_interval().
    void next_interval(unsigned number);

    /// Where blocks may begin in the current piece, from bit `from` on if it was not read ahead.
    /// Null if so little follows that it does not pay.
    const Lanes* look(std::uint64_t from);

private:
    const LaneTables& tables();

    const std::vector<LaneTables::Block> blocks_;
    std::unique_ptr<const LaneTables> tables_; // Made when wanted: small scans go without.
    std::unique_ptr<ScanBytes> bytes_;         // In one thread,
    std::unique_ptr<Lanes> lanes_;
    std::unique_ptr<ReadAhead> ahead_; // or in several.
    const ScanPiece* piece_ = nullptr;
    const ScanBytes* current_ = nullptr;
};

} // namespace thumbjobs::jpeg
