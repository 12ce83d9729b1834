#include "src/random.h"
#include "src/text.h"

#include <thumbjobs/job.h>

#include <algorithm>
#include <mutex>

namespace thumbjobs {
namespace {

constexpr std::array<std::size_t, 4> dashes{8, 13, 18, 23};

/// RFC 9562's version 7 without its fixed bits: 48 bits of Unix milliseconds, then 74 random ones.
struct Parts {
    std::uint64_t milliseconds = 0;
    std::uint64_t high = 0; ///< rand_a, 12 bits.
    std::uint64_t low = 0;  ///< rand_b, 62 bits.
};

constexpr std::uint64_t high_mask = (1ULL << 12) - 1;
constexpr std::uint64_t low_mask = (1ULL << 62) - 1;
constexpr std::uint64_t time_mask = (1ULL << 48) - 1;

Parts fresh(std::uint64_t milliseconds) {
    return {milliseconds, random_u64() & high_mask, random_u64() & low_mask};
}

/// The id after `last` within one millisecond: RFC 9562 section 6.2, method 2. The step is random,
/// so that an id does not tell its neighbour, and the trailing bits stay evenly spread.
Parts after(const Parts& last) {
    Parts next = last;
    next.low += 1 + (random_u64() >> 32);
    if (next.low > low_mask) {
        next.low &= low_mask;
        ++next.high;
    }
    return next.high > high_mask ? fresh(last.milliseconds + 1) : next;
}

JobId::Bytes to_bytes(const Parts& parts) {
    const std::uint64_t first = (parts.milliseconds & time_mask) << 16 | 0x7000 | parts.high;
    const std::uint64_t second = 1ULL << 63 | parts.low;
    JobId::Bytes bytes{};
    for (std::size_t i = 0; i < 8; ++i) {
        bytes[i] = static_cast<std::uint8_t>(first >> (56 - 8 * i));
        bytes[i + 8] = static_cast<std::uint8_t>(second >> (56 - 8 * i));
    }
    return bytes;
}

} // namespace

JobId JobId::generate(WallTime now) {
    static std::mutex mutex;
    static Parts last;
    const auto milliseconds = static_cast<std::uint64_t>(
        std::clamp<std::int64_t>(now.time_since_epoch().count(), 0, time_mask));
    const std::scoped_lock lock(mutex);
    last = milliseconds > last.milliseconds ? fresh(milliseconds) : after(last);
    return JobId(to_bytes(last));
}

std::optional<JobId> JobId::parse(std::string_view text) noexcept {
    if (text.size() != 36)
        return std::nullopt;
    Bytes bytes{};
    std::size_t digits = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (std::find(dashes.begin(), dashes.end(), i) != dashes.end()) {
            if (text[i] != '-')
                return std::nullopt;
            continue;
        }
        const int digit = hex_digit(text[i]);
        if (digit < 0 || (text[i] >= 'A' && text[i] <= 'F'))
            return std::nullopt;
        std::uint8_t& byte = bytes[digits / 2];
        byte = static_cast<std::uint8_t>(byte << 4 | digit);
        ++digits;
    }
    return JobId(bytes);
}

std::string JobId::to_string() const {
    std::string text = to_hex(std::as_bytes(std::span(bytes_)));
    for (const std::size_t dash : dashes)
        text.insert(dash, 1, '-');
    return text;
}

} // namespace thumbjobs
