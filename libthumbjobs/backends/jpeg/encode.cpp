// ITU-T T.81: the order of blocks in A.2, markers in annex B, how coefficients become symbols in
// F.1. JFIF 1.02: APP0.
#include "backends/jpeg/encode.h"

#include "backends/jpeg/bit_writer.h"
#include "backends/jpeg/forward_dct.h"
#include "backends/jpeg/optimal_code.h"
#include "backends/jpeg/segments.h"
#include "backends/jpeg/zigzag.h"

#include <thumbjobs/error.h>

#include <algorithm>
#include <array>
#include <bit>
#include <memory>
#include <string_view>

namespace thumbjobs::jpeg {
namespace {

using Quanta = std::array<std::uint8_t, 64>; // In natural order.

// ITU-T T.81, tables K.1 and K.2.
constexpr Quanta luma_quanta = {16, 11, 10, 16, 24,  40,  51,  61,  //
                                12, 12, 14, 19, 26,  58,  60,  55,  //
                                14, 13, 16, 24, 40,  57,  69,  56,  //
                                14, 17, 22, 29, 51,  87,  80,  62,  //
                                18, 22, 37, 56, 68,  109, 103, 77,  //
                                24, 35, 55, 64, 81,  104, 113, 92,  //
                                49, 64, 78, 87, 103, 121, 120, 101, //
                                72, 92, 95, 98, 112, 100, 103, 99};
constexpr Quanta colour_quanta = {17, 18, 24, 47, 99, 99, 99, 99, //
                                  18, 21, 26, 66, 99, 99, 99, 99, //
                                  24, 26, 56, 99, 99, 99, 99, 99, //
                                  47, 66, 99, 99, 99, 99, 99, 99, //
                                  99, 99, 99, 99, 99, 99, 99, 99, //
                                  99, 99, 99, 99, 99, 99, 99, 99, //
                                  99, 99, 99, 99, 99, 99, 99, 99, //
                                  99, 99, 99, 99, 99, 99, 99, 99};

/// For a quality of 1 to 100, as libjpeg understands it.
Quanta scaled(const Quanta& quanta, int quality) noexcept {
    const int percent = quality < 50 ? 5'000 / quality : 200 - 2 * quality;
    Quanta result{};
    for (std::size_t i = 0; i < quanta.size(); ++i)
        result[i] = static_cast<std::uint8_t>(std::clamp((quanta[i] * percent + 50) / 100, 1, 255));
    return result;
}

/// Quantised coefficients in zigzag order, and which of them are not zero.
struct CodedBlock {
    std::uint64_t present;
    std::array<std::int16_t, 64> values;
};

/// One plane as blocks.
struct Component {
    int across = 1; ///< Blocks of the MCU.
    int down = 1;
    int wide = 0; ///< Blocks that hold picture.
    int high = 0;
    bool colour = false;
    std::unique_ptr<CodedBlock[]> blocks{}; ///< wide x high.

    const CodedBlock* block(int x, int y) const noexcept {
        return x < wide && y < high
                   ? &blocks[static_cast<std::size_t>(y) * static_cast<std::size_t>(wide) +
                             static_cast<std::size_t>(x)]
                   : nullptr;
    }
};

/// A DC difference or an AC symbol: the code's number (see Encoder::codes_), the symbol, and the
/// bits that follow its code, as many as the symbol's lower half says.
struct Symbol {
    std::size_t code;
    unsigned symbol;
    std::uint32_t bits;
};

Symbol coded(std::size_t code, unsigned run, int value) noexcept {
    const auto magnitude = static_cast<unsigned>(value < 0 ? -value : value);
    const auto size = static_cast<unsigned>(std::bit_width(magnitude));
    const auto bits = static_cast<std::uint32_t>(value + (value >> 31)) & ((1U << size) - 1);
    return {code, run << 4 | size, bits};
}

/// Tells `sink` the AC symbols of a block.
template <typename Sink>
void read_ac(const CodedBlock& block, std::size_t code, Sink&& sink) {
    constexpr unsigned end_of_block = 0x00;
    constexpr unsigned sixteen_zeros = 0xf0;
    int last = 0;
    for (std::uint64_t left = block.present & ~std::uint64_t{1}; left != 0; left &= left - 1) {
        const int index = std::countr_zero(left);
        auto run = static_cast<unsigned>(index - last - 1);
        for (; run > 15; run -= 16)
            sink(Symbol{code, sixteen_zeros, 0});
        sink(coded(code, run, block.values[static_cast<std::size_t>(index)]));
        last = index;
    }
    if (last < 63)
        sink(Symbol{code, end_of_block, 0});
}

class Encoder {
public:
    Encoder(const fast::SmallPlanes& planes, int quality)
        : planes_(planes), quanta_{scaled(luma_quanta, quality), scaled(colour_quanta, quality)} {
        const bool halved = planes.size() > 1 && (planes[1].width != planes[0].width ||
                                                  planes[1].height != planes[0].height);
        for (const fast::SmallPlane& plane : planes) {
            Component component;
            component.colour = !components_.empty();
            component.across = component.down = halved && !component.colour ? 2 : 1;
            component.wide = (plane.width + 7) / 8;
            component.high = (plane.height + 7) / 8;
            components_.push_back(std::move(component));
        }
        for (std::size_t i = 0; i < components_.size(); ++i)
            transform(planes[i], components_[i]);
    }

    Bytes write() {
        std::array<std::array<std::uint64_t, 256>, 4> counts{};
        read_symbols([&](const Symbol& symbol) { ++counts[symbol.code][symbol.symbol]; });
        std::uint64_t bits = 0;
        for (std::size_t i = 0; i < codes_.size(); ++i) {
            codes_[i] = make_code(counts[i]);
            for (std::size_t symbol = 0; symbol < 256; ++symbol)
                bits += counts[i][symbol] * (codes_[i].words[symbol].length + (symbol & 15));
        }
        write_headers();
        BitWriter writer(out_, bits);
        read_symbols([&](const Symbol& symbol) {
            const OptimalCode::Word& word = codes_[symbol.code].words[symbol.symbol];
            const unsigned size = symbol.symbol & 15;
            writer.put(std::uint32_t{word.bits} << size | symbol.bits, word.length + size);
        });
        writer.finish();
        put_marker(eoi);
        return std::move(out_);
    }

private:
    /// Makes the blocks of a plane. Below the picture, its last row is repeated.
    void transform(const fast::SmallPlane& plane, Component& component) {
        const ForwardDct::Quantiser quantiser(quanta_[component.colour]);
        const auto wide = static_cast<std::size_t>(component.wide);
        component.blocks = std::make_unique_for_overwrite<CodedBlock[]>(
            wide * static_cast<std::size_t>(component.high));
        std::vector<std::int16_t> natural(wide * 64);
        CodedBlock* block = component.blocks.get();
        for (int y = 0; y < component.high; ++y) {
            std::array<const std::uint8_t*, 8> rows{};
            for (int i = 0; i < 8; ++i)
                rows[static_cast<std::size_t>(i)] =
                    plane.row(std::min(y * 8 + i, plane.height - 1));
            dct_.row(rows, wide, quantiser, natural.data());
            for (std::size_t x = 0; x < wide; ++x)
                arrange(natural.data() + x * 64, *block++);
        }
    }

    static void arrange(const std::int16_t* natural, CodedBlock& block) noexcept {
        std::uint64_t present = 0;
        for (std::size_t i = 0; i < 64; ++i) {
            const std::int16_t value = natural[zigzag[i]];
            block.values[i] = value;
            present |= std::uint64_t{value != 0} << i;
        }
        block.present = present;
    }

    /// Tells `sink` all symbols of the scan in order. Blocks outside the picture repeat the DC
    /// coefficient of the one before and have no others.
    template <typename Sink>
    void read_symbols(Sink&& sink) const {
        static constexpr CodedBlock empty{};
        const Component& luma = components_.front();
        const int mcus_wide = (luma.wide + luma.across - 1) / luma.across;
        const int mcus_high = (luma.high + luma.down - 1) / luma.down;
        std::array<int, 3> last{};
        for (int y = 0; y < mcus_high; ++y)
            for (int x = 0; x < mcus_wide; ++x)
                for (std::size_t c = 0; c < components_.size(); ++c) {
                    const Component& component = components_[c];
                    const std::size_t dc_code = component.colour ? 1 : 0;
                    for (int i = 0; i < component.across * component.down; ++i) {
                        const CodedBlock* const block =
                            component.block(x * component.across + i % component.across,
                                            y * component.down + i / component.across);
                        const int value = block ? block->values[0] : last[c];
                        sink(coded(dc_code, 0, value - last[c]));
                        last[c] = value;
                        read_ac(block ? *block : empty, dc_code + 2, sink);
                    }
                }
    }

    void put(unsigned byte) { out_.push_back(static_cast<std::byte>(byte)); }

    void put_16(std::size_t number) {
        put(static_cast<unsigned>(number >> 8));
        put(static_cast<unsigned>(number & 0xff));
    }

    void put_marker(unsigned marker) {
        put(0xff);
        put(marker);
    }

    /// `length`: bytes that follow.
    void begin_segment(unsigned marker, std::size_t length) {
        put_marker(marker);
        put_16(length + 2);
    }

    void write_headers() {
        using namespace std::string_view_literals;
        constexpr auto jfif = "JFIF\0\1\1\0\0\1\0\1\0\0"sv; // 1.1; square pixels; no preview
        const std::size_t classes = components_.size() > 1 ? 2 : 1;
        put_marker(soi);
        begin_segment(app_0, jfif.size());
        for (const char byte : jfif)
            put(static_cast<unsigned char>(byte));
        for (std::size_t i = 0; i < classes; ++i) {
            begin_segment(dqt, 1 + 64);
            put(static_cast<unsigned>(i));
            for (const std::uint8_t at : zigzag)
                put(quanta_[i][at]);
        }
        begin_segment(sof_baseline, 6 + 3 * components_.size());
        put(8);
        put_16(static_cast<std::size_t>(planes_[0].height));
        put_16(static_cast<std::size_t>(planes_[0].width));
        put(static_cast<unsigned>(components_.size()));
        for (std::size_t c = 0; c < components_.size(); ++c) {
            put(static_cast<unsigned>(c + 1));
            put(static_cast<unsigned>(components_[c].across << 4 | components_[c].down));
            put(components_[c].colour);
        }
        for (std::size_t i = 0; i < classes; ++i) {
            write_code(static_cast<unsigned>(i), codes_[i]);
            write_code(static_cast<unsigned>(0x10 | i), codes_[i + 2]);
        }
        begin_segment(sos, 4 + 2 * components_.size());
        put(static_cast<unsigned>(components_.size()));
        for (std::size_t c = 0; c < components_.size(); ++c) {
            put(static_cast<unsigned>(c + 1));
            put(components_[c].colour ? 0x11 : 0);
        }
        put(0);
        put(63);
        put(0);
    }

    void write_code(unsigned destination, const OptimalCode& code) {
        begin_segment(dht, 1 + 16 + code.symbols.size());
        put(destination);
        for (std::size_t length = 1; length < code.lengths.size(); ++length)
            put(code.lengths[length]);
        for (const std::uint8_t symbol : code.symbols)
            put(symbol);
    }

    const ForwardDct& dct_ = best_forward_dct();
    const fast::SmallPlanes& planes_;
    const std::array<Quanta, 2> quanta_; // Of luma, of colour.
    std::vector<Component> components_;
    std::array<OptimalCode, 4> codes_; // DC of luma, of colour; AC of luma, of colour.
    Bytes out_;
};

} // namespace

Bytes encode(const fast::SmallPlanes& planes, int quality) {
    constexpr int longest = 65'535; // that the frame header has room for
    if (planes[0].width > longest || planes[0].height > longest)
        throw Error(ErrorCode::internal, "The thumbnail could not be encoded.",
                    "too large for JPEG");
    return Encoder(planes, quality).write();
}

} // namespace thumbjobs::jpeg
