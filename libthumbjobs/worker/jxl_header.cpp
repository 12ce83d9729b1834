#include "worker/jxl_header.h"

#include "backends/vips/byte_reader.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace thumbjobs::worker {
namespace {

using vips::big_32;
using vips::holds;
using vips::Position;

constexpr JxlTraits most_expensive{.deep = true, .extra_channels = 1};

/// Bits from the lowest of each byte on. Behind the end all are zero, and `failed` says so.
class BitReader {
public:
    explicit BitReader(ByteView bytes) noexcept : bytes_(bytes) {}

    unsigned bits(unsigned count) noexcept {
        unsigned value = 0;
        for (unsigned i = 0; i < count; ++i, ++at_) {
            if (at_ / 8 >= bytes_.size()) {
                failed_ = true;
                return 0;
            }
            const unsigned byte = std::to_integer<unsigned>(bytes_[at_ / 8]);
            value |= (byte >> at_ % 8 & 1U) << i;
        }
        return value;
    }

    bool flag() noexcept { return bits(1) != 0; }

    /// One of four ways to write a number, chosen by two bits: an offset, and bits to add.
    struct Way {
        unsigned offset;
        unsigned bits;
    };
    unsigned number(const std::array<Way, 4>& ways) noexcept {
        const Way& way = ways[bits(2)];
        return way.offset + bits(way.bits);
    }

    bool failed() const noexcept { return failed_; }

private:
    const ByteView bytes_;
    std::size_t at_ = 0;
    bool failed_ = false;
};

void skip_size(BitReader& in) noexcept {
    constexpr std::array<BitReader::Way, 4> sides{{{1, 9}, {1, 13}, {1, 18}, {1, 30}}};
    const bool by_eights = in.flag();
    const auto skip_side = [&] { by_eights ? in.bits(5) : in.number(sides); };
    skip_side();
    const bool has_ratio = in.bits(3) != 0;
    if (!has_ratio)
        skip_side();
}

void skip_animation(BitReader& in) noexcept {
    in.number({{{100, 0}, {1000, 0}, {1, 10}, {1, 30}}}); // ticks a second
    in.number({{{1, 0}, {1001, 0}, {1, 8}, {1, 10}}});    // divided by
    in.number({{{0, 0}, {0, 3}, {0, 16}, {0, 32}}});      // loops
    in.flag();                                            // time codes
}

/// Whether more than eight bits are used for a sample.
bool read_depth(BitReader& in) noexcept {
    const bool floating = in.flag();
    if (!floating)
        return in.number({{{8, 0}, {10, 0}, {12, 0}, {1, 6}}}) > 8;
    in.number({{{32, 0}, {16, 0}, {24, 0}, {1, 6}}});
    in.bits(4); // of the exponent
    return true;
}

JxlTraits read_codestream(ByteView codestream) noexcept {
    BitReader in(codestream);
    in.bits(16); // the signature
    skip_size(in);
    const bool all_default = in.flag();
    if (all_default)
        return in.failed() ? most_expensive : JxlTraits{};
    const bool further_fields = in.flag();
    if (further_fields) {
        in.bits(3); // orientation
        const bool intrinsic_size = in.flag();
        if (intrinsic_size)
            skip_size(in);
        const bool preview = in.flag();
        if (preview) // rare, and its header is long
            return most_expensive;
        const bool animation = in.flag();
        if (animation)
            skip_animation(in);
    }
    JxlTraits traits;
    traits.deep = read_depth(in);
    in.flag(); // whether 16 bits are enough inside
    traits.extra_channels = static_cast<int>(in.number({{{0, 0}, {1, 0}, {2, 4}, {1, 12}}}));
    return in.failed() ? most_expensive : traits;
}

/// Where the codestream, or its first part, begins in a container.
std::optional<ByteView> find_codestream(ByteView input) noexcept {
    constexpr Position box_header = 8;
    constexpr Position part_number = 4;
    Position at = 0;
    while (holds(input, at, box_header)) {
        const Position length = big_32(input, at);
        const std::string_view type(reinterpret_cast<const char*>(input.data()) + at + 4, 4);
        const Position skip = box_header + (type == "jxlp" ? part_number : 0);
        if (type == "jxlc" || type == "jxlp")
            return holds(input, at, skip) ? std::optional(input.subspan(at + skip)) : std::nullopt;
        if (length < box_header)
            return std::nullopt;
        at += length;
    }
    return std::nullopt;
}

} // namespace

JxlTraits read_jxl_header(ByteView input) noexcept {
    const bool bare = holds(input, 0, 2) && vips::big_16(input, 0) == 0xff0a;
    const auto codestream = bare ? std::optional(input) : find_codestream(input);
    return codestream ? read_codestream(*codestream) : most_expensive;
}

} // namespace thumbjobs::worker
