#include "backends/png/inflate.h"

#include "backends/fast/hand_over.h"

#include <isa-l/igzip_lib.h>

namespace thumbjobs::png {

struct Inflater::State {
    inflate_state stream;
};

namespace {

// ISA-L takes non-const pointers and does not write through them.
void set_input(inflate_state& stream, ByteView data) noexcept {
    stream.next_in = reinterpret_cast<std::uint8_t*>(const_cast<std::byte*>(data.data()));
    stream.avail_in = static_cast<std::uint32_t>(data.size());
}

void begin(inflate_state& stream, ByteView data) noexcept {
    ::isal_inflate_init(&stream);
    stream.crc_flag = ISAL_ZLIB;
    set_input(stream, data);
}

} // namespace

std::optional<std::size_t> unpack(ByteView packed, std::span<std::byte> target) {
    const std::unique_ptr<inflate_state> stream(new inflate_state);
    begin(*stream, packed);
    stream->next_out = reinterpret_cast<std::uint8_t*>(target.data());
    stream->avail_out = static_cast<std::uint32_t>(target.size());
    if (::isal_inflate(stream.get()) != ISAL_DECOMP_OK || stream->block_state != ISAL_BLOCK_FINISH)
        return std::nullopt;
    return target.size() - stream->avail_out;
}

Inflater::Inflater(ChunkReader& reader, ByteView first_data)
    : reader_(reader), state_(new State) { // some 100 KiB, of which begin() clears what must be
    begin(state_->stream, first_data);
}

Inflater::~Inflater() = default;

bool Inflater::ended() const noexcept {
    return state_->stream.block_state == ISAL_BLOCK_FINISH;
}

void Inflater::feed() {
    const Chunk chunk = reader_.next();
    if (chunk.type != type_of("IDAT"))
        throw fast::HandOver{};
    set_input(state_->stream, chunk.data);
}

void Inflater::step() {
    if (::isal_inflate(&state_->stream) != ISAL_DECOMP_OK)
        throw fast::HandOver{};
}

void Inflater::read(std::span<std::uint8_t> target) {
    inflate_state& stream = state_->stream;
    stream.next_out = target.data();
    stream.avail_out = static_cast<std::uint32_t>(target.size());
    while (stream.avail_out > 0) {
        const auto wanted = stream.avail_out;
        step();
        if (stream.avail_out > 0 &&
            (ended() || (stream.avail_out == wanted && stream.avail_in > 0)))
            throw fast::HandOver{};
        if (stream.avail_out > 0 && stream.avail_in == 0)
            feed();
    }
}

void Inflater::finish() {
    inflate_state& stream = state_->stream;
    std::uint8_t beyond = 0;
    stream.next_out = &beyond;
    stream.avail_out = 1;
    for (step(); !ended(); step()) {
        if (stream.avail_out == 0 || stream.avail_in > 0)
            throw fast::HandOver{};
        feed();
    }
    if (stream.avail_out == 0 || stream.avail_in > 0)
        throw fast::HandOver{};
    for (;;) {
        const Chunk chunk = reader_.next();
        if (chunk.type == type_of("IEND"))
            return;
        if (is_critical(chunk.type) || chunk.type == type_of("eXIf"))
            throw fast::HandOver{};
    }
}

} // namespace thumbjobs::png
