#pragma once

#include <thumbjobs/blob.h>

#include <array>
#include <cstdint>
#include <optional>

namespace thumbjobs::test {

/// An 8-bit colour, as a decoder gives it.
struct Rgba {
    int red = 0;
    int green = 0;
    int blue = 0;
    int alpha = 255;

    friend bool operator==(const Rgba&, const Rgba&) = default;
};

/// The four quadrants of every test image, upright: a viewer sees red at the top left, green at
/// the top right, blue at the bottom left and yellow at the bottom right.
inline constexpr Rgba top_left{230, 20, 20};
inline constexpr Rgba top_right{20, 190, 20};
inline constexpr Rgba bottom_left{20, 20, 230};
inline constexpr Rgba bottom_right{230, 230, 20};

enum class TestFormat { jpeg, png, webp, gif, tiff, avif };

/// What a test image shall be like. The defaults are an everyday image of the format.
struct TestImage {
    int width = 64;  ///< Upright, as a viewer shows it.
    int height = 48; ///< Upright, as a viewer shows it.
    TestFormat format = TestFormat::jpeg;

    int orientation = 1;       ///< 1 to 8: pixels are stored turned, and EXIF says so. JPEG, TIFF.
    bool progressive = false;  ///< JPEG; for PNG: interlaced.
    bool cmyk = false;         ///< JPEG and TIFF; no profile.
    bool grey = false;         ///< The quadrants by their luminance.
    bool alpha = false;        ///< PNG, WebP, TIFF, AVIF: the bottom right quadrant is transparent.
    bool opaque_alpha = false; ///< As alpha, but fully opaque everywhere.
    bool wide = false;         ///< 16 bits a channel. PNG, TIFF.
    bool indexed = false;      ///< PNG with a palette.
    bool p3_profile = false;   ///< The same numbers, said to be Display P3.
    bool metadata = false; ///< EXIF (with the text `thumbjobs-secret`) and XMP. JPEG, WebP, PNG.
    int frames = 1; ///< GIF, WebP, TIFF: each later frame is all grey. GIF and WebP: an animation.
};

/// The encoded file. The same bytes on every call. Thread-safe. Throws std::runtime_error where
/// libvips cannot make it.
Bytes make_test_image(const TestImage& wanted);

/// A decoded image, 8-bit RGBA, as it is stored (no orientation applied).
struct Pixels {
    int width = 0;
    int height = 0;
    int bands = 0; ///< That the file had.
    Bytes rgba;

    Rgba at(int x, int y) const;
};

/// Decodes any image. Throws std::runtime_error.
Pixels decode_pixels(ByteView file);

/// Whether no channel differs by more than `tolerance`.
bool similar(Rgba left, Rgba right, int tolerance);

/// The metadata fields of a file, by libvips' names, that a thumbnail must not have: EXIF, XMP,
/// IPTC, ICC.
struct Metadata {
    bool exif = false;
    bool xmp = false;
    bool iptc = false;
    bool profile = false;
};

Metadata read_metadata(ByteView file);

/// Whether libvips here is of this release or a later one.
bool libvips_is_at_least(int major, int minor);

} // namespace thumbjobs::test
