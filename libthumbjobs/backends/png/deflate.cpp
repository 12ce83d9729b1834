// What is left of a photograph behind the filters is noise: zlib looks for strings in it, finds
// short ones by chance, and would have a smaller file without them. Its run-length coding does
// well there, at a tenth of the time. Drawings do have strings, which ISA-L finds quickly. Where
// both say that there is much to find, or not much to look through, zlib may look thoroughly.
#include "backends/png/deflate.h"

#include <thumbjobs/error.h>

#include <zlib.h>

#include <cstddef>
#include <isa-l/igzip_lib.h>
#include <memory>
#include <new>
#include <optional>
#include <utility>

namespace thumbjobs::png {
namespace {

using Packed = std::vector<std::uint8_t>;
using Rows = std::span<const std::uint8_t>;

constexpr std::size_t few_bytes = std::size_t{16} * 1024;
constexpr std::size_t well_packed = 4; ///< To a quarter.

/// Room for a stream with nothing to pack.
std::size_t most(Rows rows) noexcept {
    return rows.size() + rows.size() / 8 + 1024;
}

/// ISA-L's level 1: hardly larger than its others. Nothing if it takes more than `room`.
std::optional<Packed> quick(Rows rows, std::size_t room) {
    const std::unique_ptr<isal_zstream> stream(new isal_zstream);
    const auto tables = std::make_unique_for_overwrite<std::uint8_t[]>(ISAL_DEF_LVL1_LARGE);
    ::isal_deflate_init(stream.get());
    stream->level = 1;
    stream->level_buf = tables.get();
    stream->level_buf_size = ISAL_DEF_LVL1_LARGE;
    stream->gzip_flag = IGZIP_ZLIB;
    stream->end_of_stream = 1;
    // It takes a non-const pointer and does not write through it.
    stream->next_in = const_cast<std::uint8_t*>(rows.data());
    stream->avail_in = static_cast<std::uint32_t>(rows.size());
    Packed packed(room);
    stream->next_out = packed.data();
    stream->avail_out = static_cast<std::uint32_t>(room);
    if (::isal_deflate(stream.get()) != COMP_OK || stream->internal_state.state != ZSTATE_END)
        return std::nullopt;
    packed.resize(stream->total_out);
    return packed;
}

/// zlib's level 6 by one of its strategies. Nothing if it takes more than `room`.
std::optional<Packed> thorough(Rows rows, int strategy, std::size_t room) {
    constexpr int level = 6;
    constexpr int window_bits = 15;
    constexpr int memory_level = 8;
    z_stream stream{};
    if (::deflateInit2(&stream, level, Z_DEFLATED, window_bits, memory_level, strategy) != Z_OK)
        throw Error(ErrorCode::internal, "The thumbnail could not be encoded.", "deflateInit2");
    const std::unique_ptr<z_stream, int (*)(z_stream*)> owner(&stream, ::deflateEnd);
    stream.next_in = const_cast<std::uint8_t*>(rows.data()); // As above.
    stream.avail_in = static_cast<uInt>(rows.size());
    Packed packed(room);
    stream.next_out = packed.data();
    stream.avail_out = static_cast<uInt>(room);
    if (::deflate(&stream, Z_FINISH) != Z_STREAM_END)
        return std::nullopt;
    packed.resize(stream.total_out);
    return packed;
}

} // namespace

std::vector<std::uint8_t> deflate(std::span<const std::uint8_t> rows) {
    std::optional<Packed> best = quick(rows, most(rows));
    const auto consider = [&](int strategy) {
        if (auto packed = thorough(rows, strategy, best ? best->size() : most(rows)))
            best = std::move(packed);
    };
    consider(Z_RLE);
    if (!best || best->size() < rows.size() / well_packed || rows.size() <= few_bytes)
        consider(Z_FILTERED);
    if (!best)
        throw Error(ErrorCode::internal, "The thumbnail could not be encoded.", "deflate");
    return *std::move(best);
}

} // namespace thumbjobs::png
