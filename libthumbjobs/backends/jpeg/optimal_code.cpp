#include "backends/jpeg/optimal_code.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace thumbjobs::jpeg {
namespace {

constexpr std::size_t max_leaves = 257;
using Counts = std::array<int, max_leaves + 1>; // Of codes, by their length.

/// Lengths of the codes of a Huffman tree. `weights`: those of its leaves, ascending, at least two.
Counts count_lengths(const std::vector<std::uint64_t>& weights) {
    const std::size_t leaves = weights.size();
    const std::size_t nodes = 2 * leaves - 1;
    std::array<std::uint64_t, 2 * max_leaves> weight{};
    std::array<std::uint16_t, 2 * max_leaves> parent{};
    std::copy(weights.begin(), weights.end(), weight.begin());
    std::size_t next_leaf = 0;
    std::size_t next_inner = leaves;
    for (std::size_t node = leaves; node < nodes; ++node) {
        const auto take_lightest = [&] {
            const bool leaf = next_inner == node ||
                              (next_leaf < leaves && weight[next_leaf] <= weight[next_inner]);
            const std::size_t taken = leaf ? next_leaf++ : next_inner++;
            parent[taken] = static_cast<std::uint16_t>(node);
            return weight[taken];
        };
        // Inner nodes are made in ascending order.
        weight[node] = take_lightest();
        weight[node] += take_lightest();
    }
    std::array<std::uint16_t, 2 * max_leaves> depth{};
    Counts counts{};
    for (std::size_t node = nodes - 1; node-- > 0;) {
        depth[node] = static_cast<std::uint16_t>(depth[parent[node]] + 1);
        if (node < leaves)
            ++counts[depth[node]];
    }
    return counts;
}

/// ITU-T T.81, figure K.3: of two codes that are too long, the bits before the last become one
/// code, and a shorter code two.
void shorten(Counts& counts) {
    for (std::size_t length = counts.size() - 1; length > HuffmanCode::max_length; --length)
        while (counts[length] > 0) {
            std::size_t shorter = length - 2;
            while (counts[shorter] == 0)
                --shorter;
            counts[length] -= 2;
            ++counts[length - 1];
            counts[shorter + 1] += 2;
            --counts[shorter];
        }
}

} // namespace

OptimalCode make_code(std::span<const std::uint64_t, 256> frequencies) {
    // The lightest leaf of all gets the code of ones alone, which no symbol may have.
    std::vector<std::pair<std::uint64_t, std::uint8_t>> used;
    used.reserve(frequencies.size());
    for (std::size_t symbol = 0; symbol < frequencies.size(); ++symbol)
        if (frequencies[symbol] > 0)
            used.emplace_back(frequencies[symbol], static_cast<std::uint8_t>(symbol));
    OptimalCode code;
    if (used.empty())
        return code;
    std::sort(used.begin(), used.end());
    std::vector<std::uint64_t> weights{1};
    weights.reserve(used.size() + 1);
    for (const auto& [frequency, symbol] : used)
        weights.push_back(frequency);
    Counts counts = count_lengths(weights);
    shorten(counts);
    std::size_t longest = HuffmanCode::max_length;
    while (counts[longest] == 0)
        --longest;
    --counts[longest];

    auto next = used.rbegin();
    unsigned bits = 0;
    for (std::size_t length = 1; length <= longest; ++length, bits <<= 1) {
        code.lengths[length] = static_cast<std::uint8_t>(counts[length]);
        for (int i = 0; i < counts[length]; ++i, ++next, ++bits) {
            code.symbols.push_back(next->second);
            code.words[next->second] = {static_cast<std::uint16_t>(bits),
                                        static_cast<std::uint8_t>(length)};
        }
    }
    return code;
}

} // namespace thumbjobs::jpeg
