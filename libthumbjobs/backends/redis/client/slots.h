#pragma once

#include "backends/redis/client/wire.h"

#include <cstdint>
#include <string_view>

namespace thumbjobs::redis {

/// How many slots a cluster has.
constexpr unsigned slot_count = 16'384;

/// CRC-16 with the polynomial 0x1021, most significant bit first, from 0 (XMODEM), as in the Redis
/// Cluster specification, "Key distribution model".
std::uint16_t crc16(std::string_view bytes) noexcept;

/// The slot of a key: of its hash tag, if it has one (between the first `{` and the next `}`, if
/// there is something), else of all of it.
unsigned slot_of(std::string_view key) noexcept;

/// The first key among a command's words; empty for a command without keys. Knows commands whose
/// first key is their first argument, as it is of nearly all, EVAL and XREAD with their kin, and
/// those about the server.
std::string_view first_key(Words words) noexcept;

} // namespace thumbjobs::redis
