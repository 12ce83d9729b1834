#include "src/byte_size.h"

#include "src/decimal.h"

#include <algorithm>
#include <array>
#include <utility>

namespace thumbjobs {

std::optional<std::int64_t> parse_byte_size(std::string_view text) noexcept {
    constexpr std::array<std::pair<std::string_view, int>, 5> units{
        {{"", 0}, {"KiB", 10}, {"MiB", 20}, {"GiB", 30}, {"TiB", 40}}};
    const auto digits = static_cast<std::size_t>(
        std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
    const auto count = parse_decimal<std::int64_t>(text.substr(0, digits));
    if (!count)
        return std::nullopt;
    for (const auto& [name, shift] : units) {
        std::int64_t value = 0;
        if (text.substr(digits) == name)
            return __builtin_mul_overflow(*count, std::int64_t{1} << shift, &value)
                       ? std::nullopt
                       : std::optional(value);
    }
    return std::nullopt;
}

} // namespace thumbjobs
