#include "src/sniff_svg.h"

#include <thumbjobs/resizer.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace thumbjobs {
namespace {

using namespace std::literals;

constexpr SniffedType jpeg{"image/jpeg", "JPEG"};
constexpr SniffedType png{"image/png", "PNG"};
constexpr SniffedType gif{"image/gif", "GIF"};
constexpr SniffedType webp{"image/webp", "WebP"};
constexpr SniffedType avif{"image/avif", "AVIF"};
constexpr SniffedType heic{"image/heic", "HEIC"};
constexpr SniffedType heif{"image/heif", "HEIF"};
constexpr SniffedType tiff{"image/tiff", "TIFF"};
constexpr SniffedType bmp{"image/bmp", "BMP"};
constexpr SniffedType ico{"image/vnd.microsoft.icon", "ICO"};
constexpr SniffedType svg{"image/svg+xml", "SVG"};
constexpr SniffedType pdf{"application/pdf", "PDF"};
constexpr SniffedType jxl{"image/jxl", "JPEG XL"};
constexpr SniffedType jp2{"image/jp2", "JPEG 2000"};
constexpr SniffedType j2c{"image/j2c", "JPEG 2000"};

struct Magic {
    std::string_view bytes;
    SniffedType type;
};

/// Formats that their first bytes alone give away.
constexpr std::array<Magic, 13> magics{{
    {"\xFF\xD8\xFF"sv, jpeg},
    {"\x89PNG\r\n\x1A\n"sv, png},
    {"GIF87a"sv, gif},
    {"GIF89a"sv, gif},
    {"II*\0"sv, tiff},
    {"MM\0*"sv, tiff},
    {"II+\0\x08\0\0\0"sv, tiff}, // BigTIFF
    {"MM\0+\0\x08\0\0"sv, tiff},
    {"%PDF-"sv, pdf},
    {"\xFF\x0A"sv, jxl}, // the bare codestream
    {"\0\0\0\x0CJXL \r\n\x87\n"sv, jxl},
    {"\0\0\0\x0CjP  \r\n\x87\n"sv, jp2},
    {"\xFF\x4F\xFF\x51"sv, j2c}, // the bare codestream
}};

std::uint32_t byte_at(std::string_view head, std::size_t offset) {
    return static_cast<unsigned char>(head[offset]);
}

std::uint32_t little_endian(std::string_view head, std::size_t offset) {
    return byte_at(head, offset) | byte_at(head, offset + 1) << 8 |
           byte_at(head, offset + 2) << 16 | byte_at(head, offset + 3) << 24;
}

std::uint32_t big_endian(std::string_view head, std::size_t offset) {
    return byte_at(head, offset) << 24 | byte_at(head, offset + 1) << 16 |
           byte_at(head, offset + 2) << 8 | byte_at(head, offset + 3);
}

/// The size of the header that follows tells a bitmap from a text that begins with "BM".
bool is_bmp(std::string_view head) {
    constexpr std::array<std::uint32_t, 8> header_sizes{12, 16, 40, 52, 56, 64, 108, 124};
    if (head.size() < 18 || !head.starts_with("BM"))
        return false;
    const std::uint32_t size = little_endian(head, 14);
    return std::find(header_sizes.begin(), header_sizes.end(), size) != header_sizes.end();
}

/// A directory of at least one icon whose data lies behind the directory.
bool is_ico(std::string_view head) {
    constexpr std::size_t directory = 6;
    constexpr std::size_t entry = 16;
    if (head.size() < directory + entry || !head.starts_with("\0\0\1\0"sv))
        return false;
    const std::size_t count = byte_at(head, 4) | byte_at(head, 5) << 8;
    return count > 0 && byte_at(head, 9) == 0 &&
           little_endian(head, directory + 12) >= directory + count * entry;
}

std::optional<SniffedType> type_of_brand(std::string_view brand) {
    constexpr std::array<std::string_view, 2> avif_brands{"avif", "avis"};
    constexpr std::array<std::string_view, 8> heic_brands{"heic", "heix", "heim", "heis",
                                                          "hevc", "hevx", "hevm", "hevs"};
    if (std::find(avif_brands.begin(), avif_brands.end(), brand) != avif_brands.end())
        return avif;
    if (std::find(heic_brands.begin(), heic_brands.end(), brand) != heic_brands.end())
        return heic;
    return std::nullopt;
}

/// ISO/IEC 23008-12: the first box names the brands. A generic major brand says less than a
/// compatible one that names the codec.
std::optional<SniffedType> sniff_heif(std::string_view head) {
    if (head.size() < 16 || head.substr(4, 4) != "ftyp")
        return std::nullopt;
    const bool long_box = big_endian(head, 0) == 1;
    const std::size_t brands = long_box ? 16 : 8;
    const std::size_t size = long_box ? head.size() : big_endian(head, 0);
    const std::string_view box = head.substr(0, std::min(size, head.size()));
    if (box.size() < brands + 8)
        return std::nullopt;

    const std::string_view major = box.substr(brands, 4);
    if (const auto type = type_of_brand(major))
        return type;
    constexpr std::array<std::string_view, 4> generic{"mif1", "mif2", "msf1", "miaf"};
    if (std::find(generic.begin(), generic.end(), major) == generic.end())
        return std::nullopt;
    for (std::size_t i = brands + 8; i + 4 <= box.size(); i += 4)
        if (const auto type = type_of_brand(box.substr(i, 4)))
            return type;
    return heif;
}

} // namespace

std::optional<SniffedType> sniff_image(ByteView head) noexcept {
    constexpr std::size_t head_bytes = 4096; // the answer does not depend on how much was read
    const std::string_view text(reinterpret_cast<const char*>(head.data()),
                                std::min(head.size(), head_bytes));
    for (const auto& [bytes, type] : magics)
        if (text.starts_with(bytes))
            return type;
    if (text.size() >= 12 && text.starts_with("RIFF") && text.substr(8, 4) == "WEBP")
        return webp;
    if (is_bmp(text))
        return bmp;
    if (is_ico(text))
        return ico;
    if (const auto type = sniff_heif(text))
        return type;
    if (looks_like_svg(text))
        return svg;
    return std::nullopt;
}

} // namespace thumbjobs
