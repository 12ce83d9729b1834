#include "backends/png/decode.h"

#include "backends/fast/box.h"
#include "backends/fast/hand_over.h"
#include "backends/png/inflate.h"
#include "backends/png/rows.h"
#include "backends/png/unfilter.h"

#include <algorithm>

namespace thumbjobs::png {
namespace {

// Planes are held in whole. Within these bounds they and the rows take no more than a decoder that
// works in strips, as which the sandbox counts a PNG file.
constexpr std::int64_t max_rows_held = 1'024;
constexpr std::int64_t max_bytes_held = 64LL << 20;

// Unpacked at a time: what stays in the processor's cache.
constexpr std::size_t piece = std::size_t{64} * 1024;

void check_memory(const Header& header, int across, int down) {
    const std::int64_t bytes =
        fast::BoxShrinker::bytes(header.width, header.height, across, down) * header.bands();
    const std::int64_t row = std::int64_t{std::max(header.width, header.height)} *
                             (header.indexed ? 4 : header.channels);
    if (bytes > max_bytes_held || bytes > row * max_rows_held)
        throw fast::HandOver{};
}

/// Gives the rows of a picture one after the other.
class RowReader {
public:
    RowReader(const Header& header, ChunkReader& reader)
        : inflater_(reader, header.first_data),
          height_(header.height),
          pixel_(std::max(1, header.channels * header.depth / 8)),
          row_bytes_(header.row_bytes()),
          held_(std::clamp<std::size_t>(piece / (row_bytes_ + 1), 1,
                                        static_cast<std::size_t>(header.height))),
          bytes_((held_ + 1) * (row_bytes_ + 1) + unfilter_padding) {}

    /// Unpacks some more rows and calls `use` with each.
    template <class Use>
    void next(const Use& use) {
        const std::size_t stride = row_bytes_ + 1;
        const std::size_t count = std::min(held_, static_cast<std::size_t>(height_ - done_));
        std::uint8_t* const begin = bytes_.data() + stride;
        inflater_.read({begin, count * stride});
        for (std::size_t i = 0; i < count; ++i) {
            std::uint8_t* const row = begin + i * stride;
            if (!unfilter(row[0], row + 1, row + 1 - stride, row_bytes_, pixel_))
                throw fast::HandOver{};
            use(row + 1);
        }
        // The next piece's first row stands below this one's last.
        std::copy_n(begin + (count - 1) * stride, stride, bytes_.data());
        done_ += static_cast<int>(count);
    }

    bool at_end() const noexcept { return done_ == height_; }
    double done() const noexcept { return static_cast<double>(done_) / height_; }
    void finish() { inflater_.finish(); }

private:
    Inflater inflater_;
    int height_;
    int pixel_;
    std::size_t row_bytes_;
    std::size_t held_;                ///< Rows that are unpacked at a time.
    std::vector<std::uint8_t> bytes_; ///< The row above, and those.
    int done_ = 0;
};

} // namespace

std::vector<fast::Plane> decode(const Header& header, ChunkReader& reader, Size target,
                                fast::Pace& pace) {
    const int across = fast::box_factor(header.width, target.width);
    const int down = fast::box_factor(header.height, target.height);
    check_memory(header, across, down);
    std::vector<fast::BoxShrinker> bands(
        static_cast<std::size_t>(header.bands()),
        fast::BoxShrinker(header.width, header.height, across, down));
    BandRows split(header);
    RowReader rows(header, reader);
    while (!rows.at_end()) {
        rows.next([&](const std::uint8_t* row) {
            split.split(row);
            for (std::size_t i = 0; i < bands.size(); ++i)
                bands[i].add(split.band(static_cast<int>(i)));
        });
        if (!pace.reached(rows.done()))
            pace.check();
    }
    rows.finish();
    std::vector<fast::Plane> planes;
    for (fast::BoxShrinker& band : bands)
        planes.push_back(band.take());
    return planes;
}

} // namespace thumbjobs::png
