#include "backends/vips/declared_size.h"

#include "backends/vips/byte_reader.h"

#include <algorithm>
#include <climits>
#include <string_view>

namespace thumbjobs::vips {
namespace {

int clamp_side(std::uint32_t side) noexcept {
    return static_cast<int>(std::min<std::uint32_t>(side, INT_MAX));
}

std::optional<Size> size_at(ByteView input, Position at) noexcept {
    if (!holds(input, at, 8))
        return std::nullopt;
    const Size size{clamp_side(big_32(input, at)), clamp_side(big_32(input, at + 4))};
    return size.width > 0 && size.height > 0 ? std::optional(size) : std::nullopt;
}

/// The contents of the first box `type` that follows `skip` bytes of `box`, one level down.
std::optional<ByteView> child(ByteView box, Position skip, std::string_view type) noexcept {
    Position at = skip;
    while (holds(box, at, 8)) {
        const Position length = big_32(box, at);
        const Position end = length == 0 ? box.size() : at + length;
        if (end < at + 8)
            break;
        if (std::string_view(reinterpret_cast<const char*>(box.data()) + at + 4, 4) == type) {
            const Position begin = at + 8;
            return box.subspan(begin, std::min<Position>(end, box.size()) - begin);
        }
        at = end;
    }
    return std::nullopt;
}

// A tiled image has a size property for its tiles and one for the whole: the largest counts.
std::optional<Size> heif_size(ByteView input) noexcept {
    constexpr Position version_and_flags = 4;
    const auto meta = child(input, 0, "meta");
    const auto properties = meta ? child(*meta, version_and_flags, "iprp") : std::nullopt;
    auto container = properties ? child(*properties, 0, "ipco") : std::nullopt;
    std::optional<Size> largest;
    while (container) {
        const auto extent = child(*container, 0, "ispe");
        if (!extent)
            break;
        const auto size = size_at(*extent, version_and_flags);
        if (size && (!largest || size->width > largest->width || size->height > largest->height))
            largest = size;
        const auto used = static_cast<std::size_t>(extent->data() - container->data());
        container = container->subspan(used + extent->size());
    }
    return largest;
}

} // namespace

std::optional<Size> declared_size(ByteView input, Loader loader) noexcept {
    switch (loader) {
    case Loader::heif:
        return heif_size(input);
    case Loader::png:
        return size_at(input, 16); // The first chunk is IHDR.
    default:
        return std::nullopt;
    }
}

} // namespace thumbjobs::vips
