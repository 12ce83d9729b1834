#include "backends/vips/encode.h"

#include "backends/vips/exif.h"

#include <memory>
#include <string>

namespace thumbjobs::vips {
namespace {

struct GFree {
    void operator()(void* memory) const noexcept { g_free(memory); }
};

/// How an encoder is told what to write beside the pixels: the profile, or nothing.
struct Metadata {
    const char* option;
    int value;
};

// Before 8.15, keeping the profile also makes libvips write an EXIF block of its own.
Metadata kept_metadata(bool profile) noexcept {
#if VIPS_MAJOR_VERSION > 8 || VIPS_MINOR_VERSION >= 15
    return {"keep", profile ? VIPS_FOREIGN_KEEP_ICC : VIPS_FOREIGN_KEEP_NONE};
#else
    return {"strip", profile ? FALSE : TRUE};
#endif
}

int save(VipsImage* image, OutputFormat format, int quality, const Metadata& kept, void** data,
         std::size_t* size) {
    switch (format) {
    case OutputFormat::png:
        return vips_pngsave_buffer(image, data, size, "compression", 6, "filter",
                                   VIPS_FOREIGN_PNG_FILTER_ALL, kept.option, kept.value, nullptr);
    case OutputFormat::webp:
        return vips_webpsave_buffer(image, data, size, "Q", quality ? quality : 80, "effort", 4,
                                    kept.option, kept.value, nullptr);
    case OutputFormat::avif:
        return vips_heifsave_buffer(image, data, size, "Q", quality ? quality : 50, "compression",
                                    VIPS_FOREIGN_HEIF_COMPRESSION_AV1, "effort", 1, kept.option,
                                    kept.value, nullptr);
    case OutputFormat::jpeg:
    case OutputFormat::automatic:
        break;
    }
    return vips_jpegsave_buffer(image, data, size, "Q", quality ? quality : 80, "optimize_coding",
                                TRUE, kept.option, kept.value, nullptr);
}

std::string media_type(OutputFormat format) {
    switch (format) {
    case OutputFormat::png:
        return "image/png";
    case OutputFormat::webp:
        return "image/webp";
    case OutputFormat::avif:
        return "image/avif";
    case OutputFormat::jpeg:
    case OutputFormat::automatic:
        break;
    }
    return "image/jpeg";
}

} // namespace

EncodedImage encode(Image& image, OutputFormat format, int quality, bool keep_profile) {
    const bool profile = keep_profile && has_field(image, VIPS_META_ICC_NAME);
    void* data = nullptr;
    std::size_t size = 0;
    check(save(image.get(), format, quality, kept_metadata(profile), &data, &size));
    const std::unique_ptr<void, GFree> owner(data);
    const auto* bytes = static_cast<const std::byte*>(data);
    EncodedImage result{Bytes(bytes, bytes + size), media_type(format), image->Xsize, image->Ysize};
    if (format == OutputFormat::webp)
        remove_webp_exif(result.data);
    else if (format == OutputFormat::jpeg && profile)
        remove_jpeg_exif(result.data);
    return result;
}

} // namespace thumbjobs::vips
