/// \file
/// What is made of an image.
#pragma once

#include <thumbjobs/export.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thumbjobs {

/// How an image is made to fit the box `width` x `height`. Unless `enlarge` is set, no side of the
/// image is made longer than it was; no result is less than one pixel wide or high.
enum class Fit {
    contain, ///< As large as fits in the box, aspect ratio kept. The result may be smaller than the
             ///< box on one side.
    cover,   ///< Fills the box, aspect ratio kept; what sticks out is cropped by `gravity`. Without
             ///< `enlarge`, a side that is too short for the box stays as short.
    fill,    ///< Exactly the box, stretched. Without `enlarge`, each side is the shorter of the
             ///< box's and the image's.
    inside,  ///< As contain, padded with `background` to exactly the box, placed by `gravity`.
};

/// Which part is kept when `cover` crops, and where `inside` places the image.
enum class Gravity {
    centre,     ///< The middle.
    attention,  ///< The part that draws the eye (libvips' attention). `inside` takes it as centre.
    entropy,    ///< The part with the most detail. `inside` takes it as centre.
    north,      ///< The upper edge, in the middle.
    north_east, ///< The upper right corner.
    east,       ///< The right edge, in the middle.
    south_east, ///< The lower right corner.
    south,      ///< The lower edge, in the middle.
    south_west, ///< The lower left corner.
    west,       ///< The left edge, in the middle.
    north_west, ///< The upper left corner.
};

/// The file format of a rendition.
enum class OutputFormat {
    automatic, ///< JPEG; PNG when the result has transparency: the image's own, or a border of a
               ///< `background` that was set and is not opaque.
    jpeg,      ///< Without transparency: `background` is put behind.
    png,       ///< Lossless; `quality` has no effect.
    webp,      ///< Lossy.
    avif,      ///< Lossy; small, and slow to make.
};

/// One image that a job shall make of its original.
struct RenditionSpec {
    /// The greatest width and height, in pixels.
    static constexpr int max_size = 10'000;

    std::string name = "thumbnail";    ///< Unique in its job; 1 to 64 of `a-z 0-9 _ -`.
    int width = 100;                   ///< Pixels, 1 to max_size.
    int height = 100;                  ///< Pixels, 1 to max_size.
    Fit fit = Fit::contain;            ///< How the image is made to fit the box.
    Gravity gravity = Gravity::centre; ///< What `cover` keeps, and where `inside` places.
    OutputFormat format = OutputFormat::automatic; ///< The file format.
    int quality =
        0; ///< 1 to 100; 0: the format's default (JPEG 80, WebP 80, AVIF 50). PNG has none.
    std::optional<std::uint32_t>
        background{};     ///< 0xRRGGBBAA. Behind what is transparent, and the border of `inside`.
                          ///< Unset: white for JPEG, transparent elsewhere.
    bool enlarge = false; ///< Whether an image smaller than the box is enlarged.
    bool keep_profile = false; ///< Keep the image's ICC profile instead of converting to sRGB. CMYK
                               ///< is always converted.
    bool linear_light = false; ///< Resize in linear light: slower, brighter fine detail.

    /// Member by member.
    friend bool operator==(const RenditionSpec&, const RenditionSpec&) = default;
};

/// One finished image of a job.
struct Rendition {
    std::string name{};       ///< Its spec's.
    std::string media_type{}; ///< `image/jpeg`, ...
    int width = 0;            ///< Pixels.
    int height = 0;           ///< Pixels.
    std::int64_t bytes = 0;   ///< Size of the file.
    std::string checksum{};   ///< `sha256:` and 64 hexadecimal digits.

    /// Member by member.
    friend bool operator==(const Rendition&, const Rendition&) = default;
};

/// Throws Error(invalid_argument) naming the field, its value and what is accepted. An empty list,
/// more than 32 specs and two of one name are refused as well.
THUMBJOBS_API void validate(const std::vector<RenditionSpec>& specs);

/// `contain`, `cover`, `fill`, `inside`.
THUMBJOBS_API std::string_view to_string(Fit fit) noexcept;

/// `centre`, `attention`, `north-east`, ...
THUMBJOBS_API std::string_view to_string(Gravity gravity) noexcept;

/// `auto`, `jpeg`, `png`, `webp`, `avif`.
THUMBJOBS_API std::string_view to_string(OutputFormat format) noexcept;

/// The inverse of to_string(); nothing for an unknown name.
THUMBJOBS_API std::optional<Fit> parse_fit(std::string_view name) noexcept;

/// The inverse of to_string(); nothing for an unknown name.
THUMBJOBS_API std::optional<Gravity> parse_gravity(std::string_view name) noexcept;

/// The inverse of to_string(); nothing for an unknown name.
THUMBJOBS_API std::optional<OutputFormat> parse_output_format(std::string_view name) noexcept;

/// Reads `#rgb`, `#rrggbb`, `#rrggbbaa` (the `#` is optional), `white`, `black`, `transparent`;
/// 0xRRGGBBAA. Nothing for any other text.
THUMBJOBS_API std::optional<std::uint32_t> parse_colour(std::string_view text) noexcept;

/// `#rrggbbaa`
THUMBJOBS_API std::string format_colour(std::uint32_t rgba);

} // namespace thumbjobs
