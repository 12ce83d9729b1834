#include "backends/jpeg/lanes.h"

#include "backends/fast/hand_over.h"

#include <algorithm>

namespace thumbjobs::jpeg {
namespace {

constexpr std::size_t least_bytes = std::size_t{32} << 10;
constexpr std::size_t most_blocks = 32 << 10; // that one reader notes

/// Bytes of the piece, but for those before the end of an interval where readers may take padding
/// for blocks.
std::size_t sure_end(const ScanBytes& bytes) noexcept {
    constexpr std::size_t unsure = 512;
    return bytes.complete() ? std::max(bytes.size(), unsure) - unsure : bytes.size();
}
constexpr std::int64_t least_rounds = 8;

/// One of two, without a branch: which of them is as random as the picture. Compilers choose a
/// branch or not by rules that change with the code around it.
template <typename Type>
[[gnu::always_inline]] inline Type* either(bool first, Type* one, Type* other) noexcept {
#if defined(__x86_64__)
    asm("test %1, %1\n\t"
        "cmovne %2, %0"
        : "+r"(other)
        : "r"(first), "r"(one)
        : "cc");
    return other;
#else
    const auto mask = std::uintptr_t{0} - static_cast<std::uintptr_t>(first);
    const auto a = reinterpret_cast<std::uintptr_t>(one);
    const auto b = reinterpret_cast<std::uintptr_t>(other);
    return reinterpret_cast<Type*>(b ^ ((a ^ b) & mask));
#endif
}

} // namespace

LaneTables::LaneTables(const std::vector<Block>& blocks) {
    for (const Block& block : blocks)
        phases_.push_back({table_for(block.dc_code, *block.ac_code),
                           table_for(nullptr, *block.ac_code), nullptr, block});
    for (std::size_t i = 0; i < phases_.size(); ++i)
        phases_[i].next = &phases_[(i + 1) % phases_.size()];
}

const std::uint16_t* LaneTables::table_for(const HuffmanCode* dc, const HuffmanCode& ac) {
    for (const Known& known : known_)
        if (known.dc == dc && known.ac == &ac)
            return known.table->data();
    known_.push_back({dc, &ac, std::make_unique<Table>()});
    Table& table = *known_.back().table;
    if (dc)
        fill_block_table(*dc, ac, index_bits, table.data());
    else
        fill_skip_table(ac, index_bits, table.data());
    return table.data();
}

Lanes::Lanes(const LaneTables& tables) : phases_(tables.phases_) {
    for (auto& found : found_)
        found = std::make_unique_for_overwrite<std::uint32_t[]>(most_blocks);
}

void Lanes::start(std::uint64_t from, std::size_t end) {
    const std::uint64_t begin = from >> 3;
    for (std::size_t i = 0; i < count; ++i) {
        Lane& lane = lanes_[i];
        lane = {};
        lane.position = i == 0 ? from : (begin + (end - begin) * i / count) * 8;
        lane.end = (begin + (end - begin) * (i + 1) / count) * 8;
        lane.phase = &phases_[0];
        lane.table = lane.phase->whole;
        lane.out = found_[i].get();
        lane.limit = lane.out + most_blocks;
        lane.sound = lane.out;
    }
}

/// One symbol, the long way. Leaves the lane as step() does.
[[gnu::noinline]] void Lanes::step_long(Lane& lane, std::uint64_t window) {
    const bool begins = lane.index < 0;
    const LaneTables::Block& tables = lane.phase->tables;
    const auto [length, symbol] = (begins ? tables.dc_code : tables.ac_code)->find(window);
    const int size = symbol & 15;
    const int run = symbol >> 4;
    bool ends = false;
    if (length == 0) {
        lane.position += 1;
        lane.sound = lane.out;
        lane.index = std::max(lane.index, 0);
    } else {
        lane.position += static_cast<unsigned>(length + size);
        if (begins) {
            lane.index = 0;
        } else if (size == 0 && run != 15) {
            ends = true;
        } else {
            lane.index += run + 1;
            ends = lane.index >= 63;
            if (lane.index > 63)
                lane.sound = lane.out;
        }
    }
    if (ends) {
        lane.index = -1;
        lane.phase = lane.phase->next;
    }
    lane.table = ends ? lane.phase->whole : lane.phase->ac;
}

[[gnu::always_inline]] inline void Lanes::step(const std::uint8_t* bytes, Lane& lane,
                                               std::uint64_t& window) {
    // Written at each step, kept at the first of a block.
    *lane.out = static_cast<std::uint32_t>(lane.position);
    lane.out += static_cast<std::uint32_t>(lane.index) >> 31;
    const unsigned entry = lane.table[window >> (64 - LaneTables::index_bits)];
    const std::int32_t index = lane.index + static_cast<std::int32_t>(entry >> skip_shift);
    if (index & 64) [[unlikely]] {
        // A long code, or more symbols than the block has room for.
        step_long(lane, window);
        window = window_at(bytes, lane.position);
        return;
    }
    const unsigned bits = entry & skip_bits_mask;
    window <<= bits;
    lane.position += bits;
    const bool ends = index >= 63;
    const Phase* const next = lane.phase->next;
    lane.table = either(ends, next->whole, lane.phase->ac);
    lane.phase = either(ends, next, lane.phase);
    lane.index = index | -static_cast<std::int32_t>(ends);
}

/// `Together` readers side by side, until one of them is near its end.
template <std::size_t Together>
void Lanes::run(const std::uint8_t* bytes, std::size_t first) {
    constexpr std::int64_t round_bits = 64; // that two steps take at the most
    std::array<Lane, Together> lanes;
    std::copy_n(lanes_.begin() + static_cast<std::ptrdiff_t>(first), Together, lanes.begin());
    for (;;) {
        std::int64_t rounds = std::int64_t{1} << 40;
        for (const Lane& lane : lanes) {
            const auto bits = static_cast<std::int64_t>(lane.end - lane.position);
            rounds = std::min({rounds, bits / round_bits, (lane.limit - lane.out) / 2 - 1});
        }
        if (rounds < least_rounds)
            break;
        for (; rounds > 0; --rounds) {
            std::array<std::uint64_t, Together> windows;
#pragma GCC unroll 3
            for (std::size_t i = 0; i < Together; ++i)
                windows[i] = window_at(bytes, lanes[i].position);
#pragma GCC unroll 3
            for (std::size_t i = 0; i < Together; ++i)
                step(bytes, lanes[i], windows[i]);
#pragma GCC unroll 3
            for (std::size_t i = 0; i < Together; ++i)
                step(bytes, lanes[i], windows[i]);
        }
    }
    std::copy_n(lanes.begin(), Together, lanes_.begin() + static_cast<std::ptrdiff_t>(first));
}

/// Reads one block in full; returns where it ends.
std::uint64_t Lanes::walk(const std::uint8_t* bytes, std::uint64_t position,
                          std::size_t phase) const {
    const LaneTables::Block& tables = phases_[phase].tables;
    int difference = 0;
    if (!tables.dc->read(bytes, position, difference) || !tables.ac->skip(bytes, position))
        throw fast::HandOver{};
    return position;
}

/// Walks from `cursor`, where block starts.size() of them begins, until the starts of `lane` can be
/// appended, or past all of them. Returns the new cursor.
std::uint64_t Lanes::join(const std::uint8_t* bytes, std::size_t lane, std::uint64_t cursor,
                          std::vector<std::uint32_t>& starts) const {
    const std::size_t phases = phases_.size();
    const std::uint32_t* const begin = found_[lane].get();
    const std::uint32_t* const end = lanes_[lane].out;
    for (const std::uint32_t* next = lanes_[lane].sound;;) {
        while (next < end && *next < cursor)
            ++next;
        if (next == end)
            return cursor;
        if (*next == cursor &&
            static_cast<std::size_t>(next - begin) % phases == starts.size() % phases) {
            // The last one's end is not known yet.
            starts.insert(starts.end(), next, end - 1);
            return end[-1];
        }
        const std::size_t phase = starts.size() % phases;
        starts.push_back(static_cast<std::uint32_t>(cursor));
        cursor = walk(bytes, cursor, phase);
    }
}

bool Lanes::pays(const ScanBytes& bytes, std::uint64_t from) noexcept {
    return sure_end(bytes) >= (from >> 3) + least_bytes;
}

void Lanes::look(const ScanBytes& bytes, std::uint64_t from) {
    start(from, pays(bytes, from) ? sure_end(bytes) : from >> 3);
    run<count>(bytes.data(), 0);
    for (std::size_t i = 0; i < count; ++i)
        run<1>(bytes.data(), i);
}

std::uint64_t Lanes::join(const ScanBytes& bytes, std::uint64_t from,
                          std::vector<std::uint32_t>& starts) const {
    starts.clear();
    std::uint64_t cursor = from;
    for (std::size_t i = 0; i < count; ++i)
        cursor = join(bytes.data(), i, cursor, starts);
    if (const std::size_t extra = starts.size() % phases_.size()) {
        cursor = starts[starts.size() - extra];
        starts.resize(starts.size() - extra);
    }
    return cursor;
}

} // namespace thumbjobs::jpeg
