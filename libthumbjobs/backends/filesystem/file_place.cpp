#include "backends/filesystem/file_place.h"

#include "src/text.h"

#include <thumbjobs/storage.h>

#include <algorithm>
#include <cstdint>

namespace thumbjobs {
namespace {

/// FNV-1a of 32 bits, folded.
int hash(std::string_view text) {
    std::uint32_t value = 2'166'136'261;
    for (const char c : text)
        value = (value ^ static_cast<unsigned char>(c)) * 16'777'619;
    return static_cast<int>((value ^ value >> 8 ^ value >> 16 ^ value >> 24) % FilePlace::shards);
}

} // namespace

FilePlace FilePlace::of_key(std::string_view key) {
    FilePlace place{hash(key.substr(0, key.find('/'))), std::string(key)};
    std::replace(place.name.begin(), place.name.end(), '/', '.');
    return place;
}

std::string shard_name(int shard) {
    const auto byte = static_cast<std::byte>(shard);
    return to_hex(ByteView(&byte, 1));
}

std::optional<std::string> key_of_name(std::string_view name) {
    std::string key(name);
    std::replace(key.begin(), key.end(), '.', '/');
    return is_storage_key(key) ? std::optional(std::move(key)) : std::nullopt;
}

} // namespace thumbjobs
