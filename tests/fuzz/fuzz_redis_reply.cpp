// Hostile replies: in whatever pieces they come, the same replies come out, within the limits.
#include "backends/redis/client/reply_reader.h"
#include "backends/redis/client/transport.h"
#include "fuzz/require.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

using namespace thumbjobs::redis;

namespace {

constexpr std::size_t max_bytes = 4096;
constexpr std::size_t max_elements = 64;

std::size_t elements_of(const Reply& reply) {
    if (reply.kind() != Reply::Kind::array)
        return 0;
    std::size_t count = reply.array().size();
    for (const Reply& element : reply.array())
        count += elements_of(element);
    return count;
}

/// The kinds and sizes of all replies up to the first error.
std::vector<std::size_t> read(std::string_view bytes, std::size_t piece) {
    std::vector<std::size_t> seen;
    ReplyReader reader(max_bytes, max_elements);
    try {
        while (!bytes.empty()) {
            const std::size_t count = std::min(piece, bytes.size());
            reader.feed(bytes.substr(0, count));
            bytes.remove_prefix(count);
            while (const auto reply = reader.next()) {
                const std::size_t elements = elements_of(*reply);
                require(elements <= max_elements);
                require(reply->error_line().size() <= max_bytes);
                seen.push_back(static_cast<std::size_t>(reply->kind()));
                seen.push_back(elements);
            }
        }
    } catch (const TransportError&) {
        // Refused: what came before it was whole.
    }
    return seen;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data),
                                 std::min<std::size_t>(size, max_bytes));
    require(read(bytes, 1) == read(bytes, 7));
    require(read(bytes, 7) == read(bytes, max_bytes));
    return 0;
}
