// Packets from the other side of the sandbox, either way: what is taken is what was sent.
#include "backends/sandbox/protocol.h"
#include "fuzz/require.h"
#include "worker/cost.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

using namespace thumbjobs;
using namespace thumbjobs::sandbox;

namespace {

/// Encoding what was decoded gives something that decodes to the same again.
template <typename Message, typename Decode>
void check_round_trip(const std::optional<Message>& message, Decode decode) {
    if (!message)
        return;
    const Bytes once = encode(*message);
    require(once.size() <= max_packet);
    const auto again = decode(once);
    require(again.has_value() && again->index() == message->index());
    require(encode(*again) == once);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView packet(reinterpret_cast<const std::byte*>(data), size);
    const auto order = decode_order(packet);
    const auto answer = decode_answer(packet);
    require(!order || !answer);
    check_round_trip(order, decode_order);
    check_round_trip(answer, decode_answer);

    const std::vector<RenditionSpec> specs{{}};
    for (const char* type : {"image/jpeg", "image/png", "image/jxl"})
        require(worker::predict_memory(packet, {.media_type = type, .width = 3000, .height = 2000},
                                       specs) > 0);
    return 0;
}
