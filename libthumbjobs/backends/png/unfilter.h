#pragma once

#include <cstddef>
#include <cstdint>

namespace thumbjobs::png {

/// Bytes that must be readable behind a row that is given to unfilter(), and behind the one before.
constexpr std::size_t unfilter_padding = 4;

/// Undoes a row's filter in place (PNG 1.2, 9). `before` is the finished row above, zeros for the
/// first; `pixel` the bytes of a pixel, 1 to 4. False if there is no filter of that number.
bool unfilter(unsigned filter, std::uint8_t* row, const std::uint8_t* before, std::size_t size,
              int pixel) noexcept;

} // namespace thumbjobs::png
