#include "backends/jpeg/jpeg_finisher.h"

#include "backends/fast/finished.h"
#include "backends/jpeg/render.h"

#include <utility>

namespace thumbjobs {
namespace {

class JpegFinisher final : public Finisher {
public:
    explicit JpegFinisher(std::shared_ptr<const Finisher> behind) : behind_(std::move(behind)) {}

    EncodedImage finish(const PixelImage& image, const Plan& plan,
                        const RenditionSpec& spec) const override {
        const bool may_be_jpeg =
            spec.format == OutputFormat::jpeg || spec.format == OutputFormat::automatic;
        if (!may_be_jpeg || !fast::is_finished(image, plan) || fast::is_transparent(image))
            return behind_->finish(image, plan, spec);
        return jpeg::encode_pixels(fast::has_alpha(image) ? fast::without_alpha(image) : image,
                                   spec);
    }

private:
    const std::shared_ptr<const Finisher> behind_;
};

} // namespace

std::shared_ptr<const Finisher> open_jpeg_finisher(std::shared_ptr<const Finisher> behind) {
    return std::make_shared<JpegFinisher>(std::move(behind));
}

} // namespace thumbjobs
