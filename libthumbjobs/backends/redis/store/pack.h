#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// What the store's texts are made of: the few parts of MessagePack that it needs, which Redis'
/// scripts write with `cmsgpack`, and the binary numbers of their `struct`.
namespace thumbjobs::redis {

/// Writes one array, whose length is given first.
class Packer {
public:
    explicit Packer(std::size_t elements);

    Packer& add(std::int64_t value);
    Packer& add(int value) { return add(std::int64_t{value}); }
    Packer& add(bool value) { return add(std::int64_t{value ? 1 : 0}); }
    Packer& add(std::string_view text);
    Packer& add(const std::string& text) { return add(std::string_view(text)); }
    Packer& add(const char* text) { return add(std::string_view(text)); }

    std::string take() && { return std::move(bytes_); }

private:
    void add_length(std::size_t length, std::size_t small, unsigned char small_mark,
                    unsigned char mark16, unsigned char mark32);
    void add_big_endian(std::uint64_t value, int bytes);

    std::string bytes_;
};

/// Reads big-endian numbers and texts one behind the other, as Lua's struct.pack() wrote them.
/// Throws Error(store_unavailable) when there are not so many bytes.
class BinaryReader {
public:
    /// `bytes` must outlive this, and the texts that it returns.
    explicit BinaryReader(std::string_view bytes) : bytes_(bytes) {}

    std::uint64_t integer(int bytes); ///< Unsigned, of 1 to 8 bytes.
    double real();                    ///< Of 8 bytes.
    std::string_view text(int bytes); ///< Its length is an integer of so many bytes before it.
    std::string_view take(std::size_t count);
    void skip(std::size_t count) { take(count); }

    /// What was not read yet.
    std::string_view left() const noexcept { return bytes_; }

private:
    std::string_view bytes_;
};

/// Reads one array of numbers and texts, element by element. Throws Error(store_unavailable) for
/// bytes that do not hold what is asked for: someone else wrote into the store.
class Unpacker {
public:
    /// `bytes` must outlive this.
    explicit Unpacker(std::string_view bytes);

    /// Elements that are left.
    std::size_t left() const noexcept { return left_; }

    /// Passes over the elements that are left, and returns the bytes behind the array.
    std::string_view behind();

    std::int64_t integer();
    int small(); ///< An integer that fits.
    std::string text();

private:
    unsigned char next_mark();
    void skip();

    BinaryReader bytes_;
    std::size_t left_ = 0;
};

} // namespace thumbjobs::redis
