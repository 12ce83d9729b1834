#include "backends/png/png_finisher.h"

#include "backends/png/encode.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace thumbjobs {
namespace {

/// Beyond this, libvips works in strips while we would hold the file's data several times.
constexpr std::size_t most_bytes = std::size_t{4} << 20;

bool has_alpha(const PixelImage& image) noexcept {
    return image.bands % 2 == 0;
}

bool is_transparent(const PixelImage& image) noexcept {
    const auto bands = static_cast<std::size_t>(image.bands);
    if (has_alpha(image))
        for (std::size_t i = bands - 1; i < image.pixels.size(); i += bands)
            if (image.pixels[i] != std::byte{255})
                return true;
    return false;
}

/// Whether the file is to have these very pixels.
bool is_finished(const PixelImage& image, const Plan& plan) noexcept {
    return image.size == plan.kept && image.size == plan.canvas && image.profile.empty() &&
           image.pixels.size() <= most_bytes;
}

/// A file has no band for opacity where all is opaque.
PixelImage without_alpha(const PixelImage& image) {
    const auto bands = static_cast<std::size_t>(image.bands);
    PixelImage result{.size = image.size, .bands = image.bands - 1, .pixels = {}};
    result.pixels.reserve(image.pixels.size() / bands * (bands - 1));
    for (std::size_t i = 0; i < image.pixels.size(); ++i)
        if (i % bands != bands - 1)
            result.pixels.push_back(image.pixels[i]);
    return result;
}

bool shows(const std::optional<std::uint32_t>& background) noexcept {
    return background && (*background & 0xff) != 0;
}

class PngFinisher final : public Finisher {
public:
    explicit PngFinisher(std::shared_ptr<const Finisher> behind) : behind_(std::move(behind)) {}

    EncodedImage finish(const PixelImage& image, const Plan& plan,
                        const RenditionSpec& spec) const override {
        const bool may_be_png = spec.format == OutputFormat::png ||
                                (spec.format == OutputFormat::automatic && has_alpha(image));
        if (!may_be_png || !is_finished(image, plan))
            return behind_->finish(image, plan, spec);
        const bool transparent = is_transparent(image);
        if ((transparent && shows(spec.background)) ||
            (!transparent && spec.format == OutputFormat::automatic))
            return behind_->finish(image, plan, spec);
        return {png::encode(has_alpha(image) && !transparent ? without_alpha(image) : image),
                "image/png", image.size.width, image.size.height};
    }

private:
    const std::shared_ptr<const Finisher> behind_;
};

} // namespace

std::shared_ptr<const Finisher> open_png_finisher(std::shared_ptr<const Finisher> behind) {
    return std::make_shared<PngFinisher>(std::move(behind));
}

} // namespace thumbjobs
