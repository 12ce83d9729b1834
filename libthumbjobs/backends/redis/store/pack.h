#pragma once

#include <thumbjobs/time.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The few parts of MessagePack that the store's fields need; Redis' scripts read and write them
/// with `cmsgpack`.
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
    double real();
    std::string text();
    std::optional<WallTime> time(); ///< Nothing for 0.

private:
    unsigned char next_mark();
    void skip();
    std::uint64_t big_endian(int bytes);
    std::string_view take(std::size_t count);

    std::string_view bytes_;
    std::size_t left_ = 0;
};

} // namespace thumbjobs::redis
