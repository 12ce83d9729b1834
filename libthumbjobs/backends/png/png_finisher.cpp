#include "backends/png/png_finisher.h"

#include "backends/fast/finished.h"
#include "backends/png/encode.h"

#include <cstdint>
#include <optional>
#include <utility>

namespace thumbjobs {
namespace {

bool shows(const std::optional<std::uint32_t>& background) noexcept {
    return background && (*background & 0xff) != 0;
}

class PngFinisher final : public Finisher {
public:
    explicit PngFinisher(std::shared_ptr<const Finisher> behind) : behind_(std::move(behind)) {}

    EncodedImage finish(const PixelImage& image, const Plan& plan,
                        const RenditionSpec& spec) const override {
        const bool may_be_png = spec.format == OutputFormat::png ||
                                (spec.format == OutputFormat::automatic && fast::has_alpha(image));
        if (!may_be_png || !fast::is_finished(image, plan))
            return behind_->finish(image, plan, spec);
        const bool transparent = fast::is_transparent(image);
        if ((transparent && shows(spec.background)) ||
            (!transparent && spec.format == OutputFormat::automatic))
            return behind_->finish(image, plan, spec);
        return {png::encode(fast::has_alpha(image) && !transparent ? fast::without_alpha(image)
                                                                   : image),
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
