#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace thumbjobs::vips {

/// The decoder that reads a format.
enum class Loader { jpeg, png, gif, webp, heif, tiff, svg, pdf, jxl, jp2 };

struct InputFormat {
    std::string_view name;       ///< As in the `formats` option: `jpeg`.
    std::string_view media_type; ///< As sniff_image() gives it: `image/jpeg`.
    Loader loader;
    bool isolated_only = false; ///< Off by default, and only ever on in a sandbox's helper.
};

/// The formats that this resizer can decode.
std::span<const InputFormat> known_formats() noexcept;

/// The formats that are switched on.
class FormatSet {
public:
    /// Reads the `formats` option; without one, every format is on that needs no isolation. Throws
    /// Error(invalid_argument) naming the entry that is wrong, or that is isolated_only and
    /// `isolated` is false.
    FormatSet(const std::optional<std::string>& option, bool isolated);

    /// Null if `media_type` is unknown or switched off.
    const InputFormat* find(std::string_view media_type) const noexcept;

    std::vector<std::string> media_types() const;

    /// Whether images of `loader` are accepted.
    bool accepts(Loader loader) const noexcept;

private:
    std::vector<const InputFormat*> enabled_; // In the order of known_formats().
};

} // namespace thumbjobs::vips
