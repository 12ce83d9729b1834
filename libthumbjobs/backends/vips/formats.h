#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thumbjobs::vips {

/// The decoder that reads a format.
enum class Loader { jpeg, png, gif, webp, heif, tiff };

struct InputFormat {
    std::string_view name;       ///< As in the `formats` option: `jpeg`.
    std::string_view media_type; ///< As sniff_image() gives it: `image/jpeg`.
    Loader loader;
};

/// The formats that this resizer can decode.
std::span<const InputFormat> known_formats() noexcept;

/// The formats that are switched on.
class FormatSet {
public:
    /// Reads the `formats` option; without one, every known format is on. Throws
    /// Error(invalid_argument) naming the entry that is wrong.
    explicit FormatSet(const std::optional<std::string>& option);

    /// Null if `media_type` is unknown or switched off.
    const InputFormat* find(std::string_view media_type) const noexcept;

    std::vector<std::string> media_types() const;

private:
    std::vector<const InputFormat*> enabled_; // In the order of known_formats().
};

} // namespace thumbjobs::vips
