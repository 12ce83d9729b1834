#pragma once

#include <thumbjobs/blob.h>

#include <bit>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace thumbjobs::sandbox {

/// Writes fixed-width little-endian numbers and length-prefixed texts behind each other.
class Writer {
public:
    template <std::integral Integer>
    void number(Integer value) {
        auto bits = static_cast<std::make_unsigned_t<Integer>>(value);
        for (std::size_t i = 0; i < sizeof bits; ++i) {
            bytes_.push_back(static_cast<std::byte>(bits & 0xff));
            if constexpr (sizeof bits > 1)
                bits = static_cast<decltype(bits)>(bits >> 8);
        }
    }

    void flag(bool value) { number<std::uint8_t>(value ? 1 : 0); }
    void real(double value) { number(std::bit_cast<std::uint64_t>(value)); }

    /// Cuts `value` after `max_bytes` (65,535 at the most).
    void text(std::string_view value, std::size_t max_bytes) {
        value = value.substr(0, max_bytes);
        number(static_cast<std::uint16_t>(value.size()));
        const auto view = as_bytes(value);
        bytes_.insert(bytes_.end(), view.begin(), view.end());
    }

    Bytes take() noexcept { return std::move(bytes_); }

private:
    Bytes bytes_;
};

/// Reads what Writer wrote, from bytes that may be anybody's. After the first thing that does not
/// fit, good() is false for ever and every read gives zero or nothing.
class Reader {
public:
    explicit Reader(ByteView bytes) noexcept : rest_(bytes) {}

    bool good() const noexcept { return good_; }

    /// Whether all was read and all was good.
    bool at_end() const noexcept { return good_ && rest_.empty(); }

    void refuse() noexcept {
        good_ = false;
        rest_ = {};
    }

    template <std::integral Integer>
    Integer number() noexcept {
        using Bits = std::make_unsigned_t<Integer>;
        if (rest_.size() < sizeof(Bits)) {
            refuse();
            return 0;
        }
        Bits bits = 0;
        for (std::size_t i = 0; i < sizeof bits; ++i)
            bits = static_cast<Bits>(bits | static_cast<Bits>(rest_[i]) << (8 * i));
        rest_ = rest_.subspan(sizeof bits);
        return static_cast<Integer>(bits);
    }

    /// A number that must lie in `low` to `high`.
    template <std::integral Integer>
    Integer number(Integer low, Integer high) noexcept {
        const Integer value = number<Integer>();
        if (value < low || value > high)
            refuse();
        return good_ ? value : low;
    }

    bool flag() noexcept { return number<std::uint8_t>(0, 1) == 1; }

    /// A number from 0 to 1; not-a-number is refused.
    double fraction() noexcept {
        const double value = std::bit_cast<double>(number<std::uint64_t>());
        if (!(value >= 0 && value <= 1))
            refuse();
        return good_ ? value : 0;
    }

    std::string text(std::size_t max_bytes) {
        const std::size_t size = number<std::uint16_t>();
        if (size > max_bytes || size > rest_.size()) {
            refuse();
            return {};
        }
        std::string value(reinterpret_cast<const char*>(rest_.data()), size);
        rest_ = rest_.subspan(size);
        return value;
    }

private:
    ByteView rest_;
    bool good_ = true;
};

} // namespace thumbjobs::sandbox
