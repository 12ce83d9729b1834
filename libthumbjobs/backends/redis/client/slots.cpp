#include "backends/redis/client/slots.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace thumbjobs::redis {
namespace {

constexpr std::array<std::uint16_t, 256> make_crc_table() {
    std::array<std::uint16_t, 256> table{};
    for (unsigned byte = 0; byte < 256; ++byte) {
        unsigned crc = byte << 8;
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc & 0x8000) != 0 ? crc << 1 ^ 0x1021 : crc << 1;
        table[byte] = static_cast<std::uint16_t>(crc);
    }
    return table;
}

constexpr auto crc_table = make_crc_table();

bool same_word(std::string_view word, std::string_view upper) noexcept {
    return std::equal(word.begin(), word.end(), upper.begin(), upper.end(), [](char a, char b) {
        return (a >= 'a' && a <= 'z' ? static_cast<char>(a - 'a' + 'A') : a) == b;
    });
}

template <std::size_t Size>
bool is_one_of(std::string_view word, const std::array<std::string_view, Size>& list) noexcept {
    return std::any_of(list.begin(), list.end(),
                       [word](std::string_view upper) { return same_word(word, upper); });
}

} // namespace

std::uint16_t crc16(std::string_view bytes) noexcept {
    unsigned crc = 0;
    for (const char c : bytes)
        crc = (crc << 8 & 0xFFFF) ^ crc_table[(crc >> 8 ^ static_cast<unsigned char>(c)) & 0xFF];
    return static_cast<std::uint16_t>(crc);
}

unsigned slot_of(std::string_view key) noexcept {
    const std::size_t open = key.find('{');
    if (open != std::string_view::npos) {
        const std::size_t close = key.find('}', open + 1);
        if (close != std::string_view::npos && close > open + 1)
            key = key.substr(open + 1, close - open - 1);
    }
    return crc16(key) % slot_count;
}

std::string_view first_key(Words words) noexcept {
    constexpr std::array<std::string_view, 4> scripts{"EVAL", "EVALSHA", "EVAL_RO", "EVALSHA_RO"};
    constexpr std::array<std::string_view, 2> streams{"XREAD", "XREADGROUP"};
    constexpr std::array<std::string_view, 20> keyless{
        "ACL",     "CLIENT",   "CLUSTER", "COMMAND", "CONFIG",  "DBSIZE",  "ECHO",
        "FLUSHDB", "FLUSHALL", "INFO",    "LATENCY", "PING",    "PUBLISH", "ROLE",
        "SCRIPT",  "SLOWLOG",  "TIME",    "WAIT",    "WAITAOF", "DEBUG"};
    if (words.size() < 2 || is_one_of(words[0], keyless))
        return {};
    if (is_one_of(words[0], scripts))
        return words.size() > 3 && words[2] != "0" ? words[3] : std::string_view();
    if (is_one_of(words[0], streams)) {
        for (std::size_t i = 1; i + 1 < words.size(); ++i)
            if (same_word(words[i], "STREAMS"))
                return words[i + 1];
        return {};
    }
    if (same_word(words[0], "MEMORY") || same_word(words[0], "OBJECT"))
        return words.size() > 2 ? words[2] : std::string_view();
    return words[1];
}

} // namespace thumbjobs::redis
