#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace thumbd {

/// What a `Range` field comes to for `size` bytes (RFC 9110, 14).
struct ByteRange {
    enum class Kind {
        whole,         ///< No range, or one to be ignored: several, another unit, malformed.
        part,          ///< `length` bytes from `offset`.
        unsatisfiable, ///< 416
    };
    Kind kind = Kind::whole;
    std::int64_t offset = 0;
    std::int64_t length = 0;
};

ByteRange parse_byte_range(std::string_view field, std::int64_t size) noexcept;

/// A `Content-Disposition` that is safe whatever the name holds (RFC 6266, 8187).
std::string content_disposition(bool attachment, std::string_view filename);

/// `holiday-thumbnail.jpg` for `holiday.png`, `thumbnail`, `image/jpeg`.
std::string rendition_filename(std::string_view original, std::string_view rendition,
                               std::string_view media_type);

} // namespace thumbd
