#pragma once

#include <thumbjobs/blob.h>

#include <cstddef>
#include <optional>

namespace thumbjobs::jpeg {

/// Markers: the byte behind 0xff.
enum Marker : unsigned {
    sof_baseline = 0xc0,
    sof_extended = 0xc1,
    sof_progressive = 0xc2,
    dht = 0xc4,
    rst_first = 0xd0,
    rst_last = 0xd7,
    soi = 0xd8,
    eoi = 0xd9,
    sos = 0xda,
    dqt = 0xdb,
    dnl = 0xdc,
    dri = 0xdd,
    app_0 = 0xe0,
    app_1 = 0xe1,
    app_2 = 0xe2,
};

struct Segment {
    unsigned marker = 0;
    ByteView payload{}; ///< Without marker and length; empty for those that have none.
};

/// Steps from marker segment to marker segment. Never reads outside the input.
class SegmentReader {
public:
    /// Begins at the byte `at`.
    explicit SegmentReader(ByteView input, std::size_t at = 0) noexcept : input_(input), at_(at) {}

    /// The next segment; nothing where no marker stands or the input ends inside a segment. Fill
    /// bytes (0xff) before a marker are skipped.
    std::optional<Segment> next() noexcept;

    /// Behind the last segment.
    std::size_t position() const noexcept { return at_; }

private:
    ByteView input_;
    std::size_t at_;
};

/// Where the entropy-coded data that begins at `at` ends: at the first 0xff byte of a marker that
/// is no restart. The input's size if there is none.
std::size_t end_of_scan(ByteView input, std::size_t at) noexcept;

} // namespace thumbjobs::jpeg
