#include "backends/jpeg/baseline_scan.h"

#include "backends/fast/hand_over.h"
#include "backends/jpeg/dc_scan.h"
#include "backends/jpeg/huffman.h"
#include "backends/jpeg/lanes.h"
#include "backends/jpeg/low_coefficients.h"
#include "backends/jpeg/scan_pieces.h"
#include "backends/jpeg/segments.h"

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace thumbjobs::jpeg {
namespace {

/// Bits of the longest block: 64 codes of 16 bits with 15 more.
constexpr std::uint64_t max_block_bits = 64 * (16 + 15);
static_assert((D_MAX_BLOCKS_IN_MCU * max_block_bits) / 8 + LowCoefficients::beyond <=
              ScanBytes::beyond);

std::vector<std::size_t> components_of(const jpeg_decompress_struct& header) {
    std::vector<std::size_t> components;
    for (int i = 0; i < header.comps_in_scan; ++i)
        components.push_back(static_cast<std::size_t>(header.cur_comp_info[i]->component_index));
    return components;
}

HuffmanCode code_of(const JHUFF_TBL* const* tables, int number) {
    if (number < 0 || number >= NUM_HUFF_TBLS || !tables[number])
        throw fast::HandOver{};
    return HuffmanCode(tables[number]->bits, tables[number]->huffval);
}

/// A code with the table that it is read by.
template <typename Table>
struct Decoder {
    HuffmanCode code;
    Table table;

    explicit Decoder(const HuffmanCode& made) : code(made), table(made) {}
};

/// What the scan names, each made once.
struct Tables {
    std::array<std::unique_ptr<const Decoder<DcTable>>, NUM_HUFF_TBLS> dc;
    std::array<std::unique_ptr<const Decoder<AcSkipTable>>, NUM_HUFF_TBLS> ac;
    std::array<std::unique_ptr<const AcTable>, NUM_HUFF_TBLS> ac_values; // Where they are read.

    Tables(const jpeg_decompress_struct& header, std::span<const Corner> corners) {
        for (int i = 0; i < header.comps_in_scan; ++i) {
            const jpeg_component_info& component = *header.cur_comp_info[i];
            const HuffmanCode dc_code = code_of(header.dc_huff_tbl_ptrs, component.dc_tbl_no);
            const HuffmanCode ac_code = code_of(header.ac_huff_tbl_ptrs, component.ac_tbl_no);
            auto& dc_table = dc[static_cast<std::size_t>(component.dc_tbl_no)];
            auto& ac_table = ac[static_cast<std::size_t>(component.ac_tbl_no)];
            if (!dc_table)
                dc_table = std::make_unique<Decoder<DcTable>>(dc_code);
            if (!ac_table)
                ac_table = std::make_unique<Decoder<AcSkipTable>>(ac_code);
            auto& values = ac_values[static_cast<std::size_t>(component.ac_tbl_no)];
            if (!values && corners[static_cast<std::size_t>(component.component_index)].last() > 0)
                values = std::make_unique<AcTable>(ac_code);
        }
    }
};

/// A block of the MCU with all that reading it takes.
struct Place {
    const Decoder<DcTable>* dc;
    const Decoder<AcSkipTable>* ac;
    const AcTable* ac_values; // Null: its AC coefficients are passed over.
    const Corner* corner;
    std::size_t component;
    std::size_t step;               // From MCU to MCU, in blocks.
    std::int16_t* target = nullptr; // Of the next block's DC coefficient.
};

class Walk {
public:
    Walk(const Source& source, BlockRows& rows, const Reading& reading)
        : source_(source),
          rows_(rows),
          header_(source.reader().header()),
          layout_(source, components_of(header_)),
          corners_(corners_of(header_, rows)),
          tables_(header_, corners_),
          places_(make_places()),
          pieces_(source.reader().input(), source.reader().position(),
                  header_.restart_interval != 0, lane_blocks(), reading) {}

    void run(fast::Pace& pace) {
        for (int y = 0; y < layout_.mcus_high; ++y) {
            if (!pace.reached(0.95 * y / layout_.mcus_high))
                pace.check();
            begin_row(y);
            for (int x = 0; x < layout_.mcus_wide; ++x)
                read_mcu();
            end_row(y);
        }
        end_interval();
        SegmentReader rest(source_.reader().input(), bytes().marker_position());
        const auto end = rest.next();
        if (!end || end->marker != eoi)
            throw fast::HandOver{};
    }

private:
    static std::vector<Corner> corners_of(const jpeg_decompress_struct& header,
                                          const BlockRows& rows) {
        std::vector<Corner> corners;
        for (int c = 0; c < header.num_components; ++c) {
            const auto component = static_cast<std::size_t>(c);
            corners.emplace_back(rows.side(component), rows.coefficient_step(component));
        }
        return corners;
    }

    std::vector<Place> make_places() const {
        std::vector<Place> places;
        for (const ScanLayout::Block& block : layout_.blocks) {
            const jpeg_component_info& component = header_.comp_info[block.component];
            const auto ac = static_cast<std::size_t>(component.ac_tbl_no);
            const Corner& corner = corners_[block.component];
            places.push_back({tables_.dc[static_cast<std::size_t>(component.dc_tbl_no)].get(),
                              tables_.ac[ac].get(),
                              corner.last() > 0 ? tables_.ac_values[ac].get() : nullptr, &corner,
                              block.component,
                              static_cast<std::size_t>(layout_.steps[block.component].x)});
        }
        return places;
    }

    void begin_row(int row) {
        for (std::size_t i = 0; i < places_.size(); ++i) {
            const ScanLayout::Block& block = layout_.blocks[i];
            places_[i].target =
                rows_.row(block.component, row * layout_.steps[block.component].y + block.y) +
                block.x;
        }
    }

    void end_row(int row) {
        low_.finish(bytes().data());
        for (std::size_t c = 0; c < corners_.size(); ++c) {
            const int count = layout_.steps[c].y;
            rows_.end(c, row * count, count);
        }
    }

    void read_mcu() {
        if (header_.restart_interval != 0) {
            if (in_interval_ == header_.restart_interval)
                restart();
            ++in_interval_;
        }
        ++mcus_;
        if (next_start_ == starts_.size())
            reach_position();
        if (next_start_ < starts_.size() || find_starts()) {
            for (Place& place : places_)
                read_found(place);
            return;
        }
        for (Place& place : places_)
            read_block(place);
        if (bytes().complete() && position_ > bytes().size() * 8)
            throw fast::HandOver{};
    }

    /// Finds the blocks of the next MCUs ahead, if it is worth while.
    bool find_starts() {
        if (tried_lanes_)
            return false;
        tried_lanes_ = true;
        const Lanes* const lanes = pieces_.look(position_);
        if (!lanes)
            return false;
        position_ = lanes->join(bytes(), position_, starts_);
        next_start_ = 0;
        // This MCU is counted already.
        if (starts_.size() / places_.size() > mcus_left() + 1)
            throw fast::HandOver{};
        return !starts_.empty();
    }

    std::vector<LaneTables::Block> lane_blocks() const {
        std::vector<LaneTables::Block> blocks;
        for (const Place& place : places_)
            blocks.push_back(
                {&place.dc->code, &place.ac->code, &place.dc->table, &place.ac->table});
        return blocks;
    }

    /// Of the interval, after the current one.
    std::uint64_t mcus_left() const noexcept {
        const std::uint64_t all = static_cast<std::uint64_t>(layout_.mcus_wide) *
                                  static_cast<std::uint64_t>(layout_.mcus_high);
        const std::uint64_t rest = all - mcus_;
        return header_.restart_interval == 0
                   ? rest
                   : std::min<std::uint64_t>(rest, header_.restart_interval - in_interval_);
    }

    void read_found(Place& place) {
        std::uint64_t position = starts_[next_start_++];
        store(place, read_dc(place, position));
        read_low(place, position);
    }

    void read_block(Place& place) {
        store(place, read_dc(place, position_));
        const std::uint64_t ac = position_;
        if (!place.ac->table.skip(bytes().data(), position_))
            throw fast::HandOver{};
        read_low(place, ac);
    }

    int read_dc(const Place& place, std::uint64_t& position) {
        int difference = 0;
        if (!place.dc->table.read(bytes().data(), position, difference))
            throw fast::HandOver{};
        return last_[place.component] += difference;
    }

    static void store(Place& place, int value) {
        if (value < std::numeric_limits<std::int16_t>::min() ||
            value > std::numeric_limits<std::int16_t>::max())
            throw fast::HandOver{};
        *place.target = static_cast<std::int16_t>(value);
    }

    /// Of the block whose AC symbols begin at `position`, the ones that are wanted.
    void read_low(Place& place, std::uint64_t position) {
        if (place.ac_values)
            low_.add(bytes().data(), {place.ac_values, place.corner, position, place.target});
        place.target += place.step;
    }

    const ScanBytes& bytes() const noexcept { return pieces_.current(); }

    /// Goes on to the piece that has the position.
    void reach_position() {
        while (!bytes().complete() && position_ >= bytes().size() * 8) {
            low_.finish(bytes().data());
            position_ -= bytes().size() * 8;
            pieces_.next();
            tried_lanes_ = false;
        }
    }

    /// The interval must end in the byte that was read last.
    void end_interval() {
        reach_position();
        if (!bytes().complete() || (position_ + 7) >> 3 != bytes().size())
            throw fast::HandOver{};
    }

    void restart() {
        end_interval();
        low_.finish(bytes().data());
        pieces_.next_interval(restarts_++ & 7);
        position_ = 0;
        in_interval_ = 0;
        tried_lanes_ = false;
        last_.fill(0);
    }

    const Source& source_;
    BlockRows& rows_;
    const jpeg_decompress_struct& header_;
    const ScanLayout layout_;
    const std::vector<Corner> corners_; // Of each component.
    const Tables tables_;
    std::vector<Place> places_; // Of an MCU.
    ScanPieces pieces_;
    LowCoefficients low_;
    std::vector<std::uint32_t> starts_; // Blocks ahead, as bits into the current piece.
    std::size_t next_start_ = 0;
    bool tried_lanes_ = false;   // In the current piece.
    std::uint64_t mcus_ = 0;     // Begun, of the scan.
    std::uint64_t position_ = 0; // Bits into the current piece.
    unsigned in_interval_ = 0;   // MCUs.
    unsigned restarts_ = 0;
    std::array<int, MAX_COMPS_IN_SCAN> last_{};
};

} // namespace

void read_baseline(const Source& source, BlockRows& rows, const Reading& reading,
                   fast::Pace& pace) {
    Walk(source, rows, reading).run(pace);
}

} // namespace thumbjobs::jpeg
