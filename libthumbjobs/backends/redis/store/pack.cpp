#include "backends/redis/store/pack.h"

#include <thumbjobs/error.h>

#include <bit>
#include <limits>

namespace thumbjobs::redis {
namespace {

[[noreturn]] void refuse() {
    throw Error(ErrorCode::store_unavailable, "The job store holds something unreadable.",
                "A field of a job in Redis is not as this version writes it.");
}

} // namespace

Packer::Packer(std::size_t elements) {
    add_length(elements, 16, 0x90, 0xdc, 0xdd);
}

void Packer::add_big_endian(std::uint64_t value, int bytes) {
    for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8)
        bytes_ += static_cast<char>(value >> shift & 0xff);
}

void Packer::add_length(std::size_t length, std::size_t small, unsigned char small_mark,
                        unsigned char mark16, unsigned char mark32) {
    if (length < small) {
        bytes_ += static_cast<char>(small_mark | length);
    } else if (length <= 0xffff) {
        bytes_ += static_cast<char>(mark16);
        add_big_endian(length, 2);
    } else {
        bytes_ += static_cast<char>(mark32);
        add_big_endian(length, 4);
    }
}

Packer& Packer::add(std::int64_t value) {
    if (value >= 0 && value < 128) {
        bytes_ += static_cast<char>(value);
    } else if (value >= std::numeric_limits<std::int32_t>::min() &&
               value <= std::numeric_limits<std::int32_t>::max()) {
        bytes_ += '\xd2';
        add_big_endian(static_cast<std::uint64_t>(value), 4);
    } else {
        bytes_ += '\xd3';
        add_big_endian(static_cast<std::uint64_t>(value), 8);
    }
    return *this;
}

Packer& Packer::add(std::string_view text) {
    add_length(text.size(), 32, 0xa0, 0xda, 0xdb);
    bytes_ += text;
    return *this;
}

std::string_view BinaryReader::take(std::size_t count) {
    if (bytes_.size() < count)
        refuse();
    const std::string_view taken = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return taken;
}

std::uint64_t BinaryReader::integer(int bytes) {
    std::uint64_t value = 0;
    for (const char c : take(static_cast<std::size_t>(bytes)))
        value = value << 8 | static_cast<unsigned char>(c);
    return value;
}

double BinaryReader::real() {
    return std::bit_cast<double>(integer(8));
}

std::string_view BinaryReader::text(int bytes) {
    return take(integer(bytes));
}

Unpacker::Unpacker(std::string_view bytes) : bytes_(bytes), left_(1) {
    const unsigned char mark = next_mark();
    if (mark >> 4 == 0x9)
        left_ = mark & 0x0f;
    else if (mark == 0xdc)
        left_ = bytes_.integer(2);
    else if (mark == 0xdd)
        left_ = bytes_.integer(4);
    else
        refuse();
}

unsigned char Unpacker::next_mark() {
    if (left_ == 0)
        refuse();
    --left_;
    return static_cast<unsigned char>(bytes_.take(1).front());
}

void Unpacker::skip() {
    const std::string_view rest = bytes_.left();
    const unsigned char mark = rest.empty() ? 0 : static_cast<unsigned char>(rest.front());
    if (mark >> 5 == 0x5 || (mark >= 0xd9 && mark <= 0xdb))
        text();
    else
        integer();
}

std::string_view Unpacker::behind() {
    while (left_ > 0)
        skip();
    return bytes_.left();
}

std::int64_t Unpacker::integer() {
    const unsigned char mark = next_mark();
    if (mark < 0x80)
        return mark;
    if (mark >= 0xe0)
        return static_cast<std::int8_t>(mark);
    switch (mark) {
    case 0xcc:
        return static_cast<std::int64_t>(bytes_.integer(1));
    case 0xcd:
        return static_cast<std::int64_t>(bytes_.integer(2));
    case 0xce:
        return static_cast<std::int64_t>(bytes_.integer(4));
    case 0xcf:
    case 0xd3:
        return static_cast<std::int64_t>(bytes_.integer(8));
    case 0xd0:
        return static_cast<std::int8_t>(bytes_.integer(1));
    case 0xd1:
        return static_cast<std::int16_t>(bytes_.integer(2));
    case 0xd2:
        return static_cast<std::int32_t>(bytes_.integer(4));
    default:
        refuse();
    }
}

int Unpacker::small() {
    const std::int64_t value = integer();
    if (value < std::numeric_limits<int>::min() || value > std::numeric_limits<int>::max())
        refuse();
    return static_cast<int>(value);
}

std::string Unpacker::text() {
    const unsigned char mark = next_mark();
    if (mark >> 5 == 0x5)
        return std::string(bytes_.take(mark & 0x1f));
    switch (mark) {
    case 0xd9:
        return std::string(bytes_.text(1));
    case 0xda:
        return std::string(bytes_.text(2));
    case 0xdb:
        return std::string(bytes_.text(4));
    default:
        refuse();
    }
}

} // namespace thumbjobs::redis
