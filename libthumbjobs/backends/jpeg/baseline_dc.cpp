#include "backends/jpeg/baseline_dc.h"

#include "backends/fast/hand_over.h"
#include "backends/jpeg/huffman.h"
#include "backends/jpeg/lanes.h"
#include "backends/jpeg/scan_bytes.h"
#include "backends/jpeg/segments.h"

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

namespace thumbjobs::jpeg {
namespace {

/// Bits of the longest block: 64 codes of 16 bits with 15 more.
constexpr std::uint64_t max_block_bits = 64 * (16 + 15);
static_assert((D_MAX_BLOCKS_IN_MCU * max_block_bits) / 8 + sizeof(std::uint64_t) <=
              ScanBytes::slack);

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

    explicit Tables(const jpeg_decompress_struct& header) {
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
        }
    }
};

/// A block of the MCU with all that reading it takes.
struct Place {
    const Decoder<DcTable>* dc;
    const Decoder<AcSkipTable>* ac;
    std::size_t component;
    std::size_t step;    // From MCU to MCU, in blocks.
    std::int16_t* plane; // The component's coefficients.
    std::size_t next;    // Of this row, among them.
};

class Walk {
public:
    explicit Walk(const Source& source)
        : source_(source),
          header_(source.reader().header()),
          layout_(source, components_of(header_)),
          tables_(header_),
          bytes_(source.reader().input(), source.reader().position()),
          planes_(make_dc_planes(source)) {}

    DcPlanes run(fast::Pace& pace) {
        make_places();
        for (int y = 0; y < layout_.mcus_high; ++y) {
            if (!pace.reached(0.95 * y / layout_.mcus_high))
                pace.check();
            begin_row(y);
            for (int x = 0; x < layout_.mcus_wide; ++x)
                read_mcu();
        }
        end_interval();
        SegmentReader rest(source_.reader().input(), bytes_.marker_position());
        const auto end = rest.next();
        if (!end || end->marker != eoi)
            throw fast::HandOver{};
        return std::move(planes_);
    }

private:
    void make_places() {
        for (const ScanLayout::Block& block : layout_.blocks) {
            const jpeg_component_info& component = header_.comp_info[block.component];
            places_.push_back({tables_.dc[static_cast<std::size_t>(component.dc_tbl_no)].get(),
                               tables_.ac[static_cast<std::size_t>(component.ac_tbl_no)].get(),
                               block.component,
                               static_cast<std::size_t>(layout_.steps[block.component].x),
                               planes_[block.component].values.data(), 0});
        }
    }

    void begin_row(int row) {
        for (std::size_t i = 0; i < places_.size(); ++i) {
            const ScanLayout::Block& block = layout_.blocks[i];
            places_[i].next = planes_[block.component].index(
                block.x, row * layout_.steps[block.component].y + block.y);
        }
    }

    void read_mcu() {
        if (header_.restart_interval != 0) {
            if (in_interval_ == header_.restart_interval)
                restart();
            ++in_interval_;
        }
        ++mcus_;
        if (next_start_ == starts_.size() && !bytes_.complete() &&
            bytes_.size() * 8 - position_ < D_MAX_BLOCKS_IN_MCU * max_block_bits + 64) {
            bytes_.refill(position_ >> 3);
            position_ &= 7;
            tried_lanes_ = false;
        }
        if (next_start_ < starts_.size() || find_starts()) {
            for (Place& place : places_)
                read_found(place);
            return;
        }
        for (Place& place : places_)
            read_block(place);
        if (position_ > bytes_.size() * 8)
            throw fast::HandOver{};
    }

    /// Finds the blocks of the next MCUs ahead, if it is worth while.
    bool find_starts() {
        const std::size_t begin = position_ >> 3;
        if (tried_lanes_ || bytes_.size() < begin + Lanes::least + Lanes::beyond)
            return false;
        tried_lanes_ = true;
        if (!lanes_)
            lanes_ = std::make_unique<Lanes>(lane_blocks());
        position_ = lanes_->find(bytes_.data(), position_, bytes_.size() - Lanes::beyond, starts_);
        next_start_ = 0;
        // This MCU is counted already.
        if (starts_.size() / places_.size() > mcus_left() + 1)
            throw fast::HandOver{};
        return !starts_.empty();
    }

    std::vector<Lanes::Block> lane_blocks() const {
        std::vector<Lanes::Block> blocks;
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
        int difference = 0;
        if (!place.dc->table.read(bytes_.data(), position, difference))
            throw fast::HandOver{};
        store(place, difference);
    }

    void read_block(Place& place) {
        int difference = 0;
        if (!place.dc->table.read(bytes_.data(), position_, difference) ||
            !place.ac->table.skip(bytes_.data(), position_))
            throw fast::HandOver{};
        store(place, difference);
    }

    void store(Place& place, int difference) {
        int& last = last_[place.component];
        last += difference;
        if (last < std::numeric_limits<std::int16_t>::min() ||
            last > std::numeric_limits<std::int16_t>::max())
            throw fast::HandOver{};
        place.plane[place.next] = static_cast<std::int16_t>(last);
        place.next += place.step;
    }

    /// The interval must end in the byte that was read last.
    void end_interval() {
        if (!bytes_.complete()) {
            bytes_.refill(position_ >> 3);
            position_ &= 7;
        }
        if (!bytes_.complete() || (position_ + 7) >> 3 != bytes_.size())
            throw fast::HandOver{};
    }

    void restart() {
        end_interval();
        bytes_.next_interval(restarts_++ & 7);
        position_ = 0;
        in_interval_ = 0;
        tried_lanes_ = false;
        last_.fill(0);
    }

    const Source& source_;
    const jpeg_decompress_struct& header_;
    const ScanLayout layout_;
    const Tables tables_;
    ScanBytes bytes_;
    DcPlanes planes_;
    std::vector<Place> places_;
    std::unique_ptr<Lanes> lanes_;
    std::vector<std::uint32_t> starts_; // Blocks ahead, as bits into bytes_.
    std::size_t next_start_ = 0;
    bool tried_lanes_ = false;   // Since bytes_ was filled.
    std::uint64_t mcus_ = 0;     // Begun, of the scan.
    std::uint64_t position_ = 0; // Bits into bytes_.
    unsigned in_interval_ = 0;   // MCUs.
    unsigned restarts_ = 0;
    std::array<int, MAX_COMPS_IN_SCAN> last_{};
};

} // namespace

DcPlanes read_baseline_dc(const Source& source, fast::Pace& pace) {
    return Walk(source).run(pace);
}

} // namespace thumbjobs::jpeg
