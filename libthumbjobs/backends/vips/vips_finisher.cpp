#include "backends/vips/vips_finisher.h"

#include "backends/vips/colour.h"
#include "backends/vips/finish.h"
#include "backends/vips/runtime.h"

#include <thumbjobs/error.h>

namespace thumbjobs {
namespace {

using namespace vips;

/// Borrows the pixels.
Image wrap(const PixelImage& pixels) {
    VipsImage* image =
        vips_image_new_from_memory(pixels.pixels.data(), pixels.pixels.size(), pixels.size.width,
                                   pixels.size.height, pixels.bands, VIPS_FORMAT_UCHAR);
    check(image ? 0 : -1);
    image->Type = pixels.bands < 3 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB;
    return Image(image);
}

class VipsFinisher final : public Finisher {
public:
    EncodedImage finish(const PixelImage& pixels, const Plan& plan,
                        const RenditionSpec& spec) const override {
        adopt_thread();
        try {
            Image image = wrap(pixels);
            if (!pixels.profile.empty()) {
                vips_image_set_blob_copy(image.get(), VIPS_META_ICC_NAME, pixels.profile.data(),
                                         pixels.profile.size());
                to_output_colours(image, false);
                render(image);
            }
            if (pixels.size != plan.kept) {
                crop(image, plan.kept, spec.gravity);
                render(image);
            }
            return vips::finish(image, plan, spec);
        } catch (const CallFailed& failure) {
            throw Error(ErrorCode::internal, "The thumbnail could not be encoded.", failure.what());
        }
    }
};

} // namespace

std::shared_ptr<const Finisher> open_vips_finisher() {
    start_runtime();
    return std::make_shared<VipsFinisher>();
}

} // namespace thumbjobs
