#include "backends/jpeg/progressive_dc.h"

#include "backends/fast/hand_over.h"
#include "backends/jpeg/huffman.h"
#include "backends/jpeg/scan_bytes.h"
#include "backends/jpeg/segments.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <vector>

namespace thumbjobs::jpeg {
namespace {

constexpr int max_shift = 13; // of a coefficient's bits that later scans bring

/// Bits of one block: a code and its difference. A refinement has one.
constexpr std::uint64_t max_block_bits = 32;
static_assert((D_MAX_BLOCKS_IN_MCU * max_block_bits) / 8 + sizeof(std::uint64_t) <=
              ScanBytes::beyond);

void require(bool condition) {
    if (!condition)
        throw fast::HandOver{};
}

/// Reads a segment's payload byte by byte.
class Cursor {
public:
    explicit Cursor(ByteView bytes) noexcept : bytes_(bytes) {}

    bool done() const noexcept { return at_ == bytes_.size(); }

    unsigned byte() {
        require(at_ < bytes_.size());
        return std::to_integer<unsigned>(bytes_[at_++]);
    }

    std::span<const std::uint8_t> take(std::size_t count) {
        require(count <= bytes_.size() - at_);
        const auto* begin = reinterpret_cast<const std::uint8_t*>(bytes_.data()) + at_;
        at_ += count;
        return {begin, count};
    }

private:
    ByteView bytes_;
    std::size_t at_ = 0;
};

/// What a start-of-scan segment says.
struct ScanHeader {
    std::vector<std::size_t> components{};
    std::vector<unsigned> dc_tables{};
    unsigned first = 0; ///< Coefficient; 0: a DC scan.
    unsigned last = 0;
    int bits_before = 0; ///< The shift of the scan that this one refines; 0: it is the first.
    int shift = 0;

    ScanHeader(const Source& source, ByteView payload) {
        const jpeg_decompress_struct& header = source.reader().header();
        Cursor cursor(payload);
        const unsigned count = cursor.byte();
        require(count >= 1 && count <= static_cast<unsigned>(header.num_components));
        for (unsigned i = 0; i < count; ++i) {
            components.push_back(component_of(header, cursor.byte()));
            dc_tables.push_back(cursor.byte() >> 4);
            require(dc_tables.back() < NUM_HUFF_TBLS);
            // In the order of the frame, as ITU-T T.81, B.2.3 wants it, and each once.
            require(i == 0 || components[i - 1] < components[i]);
        }
        first = cursor.byte();
        last = cursor.byte();
        const unsigned approximation = cursor.byte();
        bits_before = static_cast<int>(approximation >> 4);
        shift = static_cast<int>(approximation & 15);
        require(cursor.done() && first <= last && last < DCTSIZE2);
        require(first == 0 ? last == 0 : count == 1);
        require(shift <= max_shift && (bits_before == 0 || bits_before == shift + 1));
    }

private:
    static std::size_t component_of(const jpeg_decompress_struct& header, unsigned id) {
        std::optional<std::size_t> found;
        for (int i = 0; i < header.num_components; ++i)
            if (header.comp_info[i].component_id == static_cast<int>(id)) {
                require(!found);
                found = static_cast<std::size_t>(i);
            }
        require(found.has_value());
        return *found;
    }
};

/// Goes through the file, scan by scan.
class Scans {
public:
    explicit Scans(const Source& source)
        : source_(source), planes_(make_dc_planes(source)), shifts_(planes_.size(), unseen) {}

    DcPlanes run(fast::Pace& pace) {
        const ByteView input = source_.reader().input();
        SegmentReader segments(input);
        for (;;) {
            const auto segment = segments.next();
            require(segment.has_value());
            if (segment->marker == eoi)
                break;
            if (segment->marker == sos) {
                const std::size_t end =
                    read_scan(ScanHeader(source_, segment->payload), segments.position(), pace);
                segments = SegmentReader(input, end);
                seen_scan_ = true;
                if (!pace.reached(0.95 * static_cast<double>(end) /
                                  static_cast<double>(input.size())))
                    pace.check();
            } else {
                read_tables(*segment);
            }
        }
        for (const int shift : shifts_)
            require(shift == 0);
        return std::move(planes_);
    }

private:
    static constexpr int unseen = -1;

    void read_tables(const Segment& segment) {
        switch (segment.marker) {
        case dht:
            read_codes(segment.payload);
            break;
        case dri: {
            Cursor cursor(segment.payload);
            interval_ = cursor.byte() << 8;
            interval_ |= cursor.byte();
            break;
        }
        case dqt: // libjpeg keeps the quantum of each component's first scan.
        case dnl:
            require(!seen_scan_);
            break;
        case soi:
        case sof_progressive: // libjpeg has read the first of each, and takes no second.
            require(!seen_scan_);
            break;
        default:
            // Application data and comments; anything else is none of a progressive file's.
            require(segment.marker >= 0xe0 && segment.marker <= 0xfe && segment.marker != 0xf7);
        }
    }

    void read_codes(ByteView payload) {
        constexpr std::size_t lengths_size = HuffmanCode::max_length;
        Cursor cursor(payload);
        while (!cursor.done()) {
            const unsigned kind = cursor.byte();
            std::array<std::uint8_t, lengths_size + 1> lengths{};
            const auto given = cursor.take(lengths_size);
            std::copy(given.begin(), given.end(), lengths.begin() + 1);
            std::size_t count = 0;
            for (const std::uint8_t length : lengths)
                count += length;
            const auto symbols = cursor.take(count);
            require((kind & 15) < NUM_HUFF_TBLS && kind >> 4 < 2);
            if (kind >> 4 == 0)
                codes_[kind & 15].emplace(lengths, symbols);
        }
    }

    /// Returns where the scan's data ends.
    std::size_t read_scan(const ScanHeader& scan, std::size_t at, fast::Pace& pace) {
        if (scan.first != 0) {
            require(shifts_[scan.components[0]] != unseen);
            return end_of_scan(source_.reader().input(), at);
        }
        for (const std::size_t component : scan.components) {
            const int expected = scan.bits_before == 0 ? unseen : scan.bits_before;
            require(shifts_[component] == expected);
            shifts_[component] = scan.shift;
        }
        return scan.bits_before == 0 ? read_first(scan, at, pace) : refine(scan, at, pace);
    }

    std::size_t read_first(const ScanHeader& scan, std::size_t at, fast::Pace& pace) {
        std::vector<std::optional<DcTable>> tables(planes_.size());
        for (std::size_t i = 0; i < scan.components.size(); ++i) {
            require(codes_[scan.dc_tables[i]].has_value());
            tables[scan.components[i]].emplace(*codes_[scan.dc_tables[i]]);
        }
        std::array<int, MAX_COMPS_IN_SCAN> last{};
        return read_blocks(
            scan, at, pace, [&] { last.fill(0); },
            [&](std::size_t component, const std::uint8_t* data, std::uint64_t& position,
                std::int16_t& value) {
                int difference = 0;
                require(tables[component]->read(data, position, difference));
                last[component] += difference;
                const int whole = last[component] * (1 << scan.shift);
                require(whole >= std::numeric_limits<std::int16_t>::min() &&
                        whole <= std::numeric_limits<std::int16_t>::max());
                value = static_cast<std::int16_t>(whole);
            });
    }

    std::size_t refine(const ScanHeader& scan, std::size_t at, fast::Pace& pace) {
        return read_blocks(
            scan, at, pace, [] {},
            [&](std::size_t, const std::uint8_t* data, std::uint64_t& position,
                std::int16_t& value) {
                const unsigned bit = data[position >> 3] >> (7 - (position & 7)) & 1U;
                ++position;
                value = static_cast<std::int16_t>(value | static_cast<int>(bit) << scan.shift);
            });
    }

    /// Calls `read` for each block of the scan and `restart` between its intervals.
    template <typename Restart, typename Read>
    std::size_t read_blocks(const ScanHeader& scan, std::size_t at, fast::Pace& pace,
                            Restart&& restart, Read&& read) {
        const ScanLayout layout(source_, scan.components);
        ScanBytes bytes(source_.reader().input(), at);
        bytes.read(at);
        std::uint64_t position = 0;
        unsigned in_interval = 0;
        unsigned restarts = 0;
        for (int row = 0; row < layout.mcus_high; ++row) {
            if (!pace.reached(0))
                pace.check();
            for (int column = 0; column < layout.mcus_wide; ++column) {
                if (interval_ != 0 && in_interval == interval_) {
                    end_interval(bytes, position);
                    bytes.next_interval(restarts++ & 7);
                    in_interval = 0;
                    position = 0;
                    restart();
                }
                ++in_interval;
                reach(bytes, position);
                for (const ScanLayout::Block& block : layout.blocks) {
                    const auto step = layout.steps[block.component];
                    DcPlane& plane = planes_[block.component];
                    read(block.component, bytes.data(), position,
                         plane.values[plane.index(column * step.x + block.x,
                                                  row * step.y + block.y)]);
                }
                require(!bytes.complete() || position <= bytes.size() * 8);
            }
        }
        end_interval(bytes, position);
        return bytes.marker_position();
    }

    /// Goes on to the piece that has `position`.
    static void reach(ScanBytes& bytes, std::uint64_t& position) {
        while (!bytes.complete() && position >= bytes.size() * 8) {
            position -= bytes.size() * 8;
            bytes.next();
        }
    }

    /// The interval must end in the byte that was read last.
    static void end_interval(ScanBytes& bytes, std::uint64_t& position) {
        reach(bytes, position);
        require(bytes.complete() && (position + 7) >> 3 == bytes.size());
    }

    const Source& source_;
    DcPlanes planes_;
    std::vector<int> shifts_; // Of each component: how many low bits are missing.
    std::array<std::optional<HuffmanCode>, NUM_HUFF_TBLS> codes_;
    unsigned interval_ = 0; // MCUs from restart to restart; 0: none.
    bool seen_scan_ = false;
};

} // namespace

DcPlanes read_progressive_dc(const Source& source, fast::Pace& pace) {
    return Scans(source).run(pace);
}

} // namespace thumbjobs::jpeg
