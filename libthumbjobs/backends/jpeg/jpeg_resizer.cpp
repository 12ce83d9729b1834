#include "backends/jpeg/jpeg_resizer.h"

#include "backends/fast/fast_resizer.h"
#include "backends/jpeg/decode.h"
#include "backends/jpeg/preview.h"
#include "backends/jpeg/render.h"
#include "backends/jpeg/source.h"

#include <thumbjobs/error.h>

#include <string>
#include <utility>

namespace thumbjobs {
namespace jpeg {
namespace {

class JpegPath final : public fast::FastPath {
public:
    JpegPath(std::shared_ptr<const Finisher> finisher, bool prefer_preview)
        : finisher_(std::move(finisher)), prefer_preview_(prefer_preview) {}

    std::string_view scheme() const noexcept override { return "jpeg"; }
    std::string_view name() const noexcept override { return "JPEG"; }
    std::string_view media_type() const noexcept override { return "image/jpeg"; }

    ResizeResult run(const ResizeRequest& request, const Admit& admit,
                     fast::Pace& pace) const override {
        Source source(request.input);
        const Size size = source.upright();
        ResizeResult result{{std::string(media_type()), size.width, size.height, 1}, {}};
        const auto tasks =
            fast::plan_tasks(size, source.has_profile(), request.specs, source.profile());
        admit(result.source);
        const fast::Planes planes = read_planes(source, demand_of(source, tasks), pace);
        for (const fast::Task& task : tasks) {
            pace.check();
            result.images.push_back(make_rendition(source.turn(), planes, task, *finisher_));
        }
        return result;
    }

private:
    /// Where DC coefficients are enough they are read in any case, and the preview is no gain.
    fast::Planes read_planes(Source& source, const Demand& demand, fast::Pace& pace) const {
        if (prefer_preview_ && !samples_suffice(source, demand, 1))
            if (auto preview = read_preview(source, demand, pace))
                return std::move(*preview);
        return decode(source, demand, pace);
    }

    const std::shared_ptr<const Finisher> finisher_;
    const bool prefer_preview_;
};

} // namespace
} // namespace jpeg

std::shared_ptr<Resizer> open_jpeg_resizer(BackendUrl url, const BackendContext& context,
                                           const Registry& registry,
                                           std::shared_ptr<const Finisher> finisher) {
    constexpr auto option = "prefer_embedded_preview";
    const auto prefer = url.take(option);
    if (prefer && *prefer != "0" && *prefer != "1")
        throw Error(ErrorCode::invalid_argument, "The resizer option " + std::string(option) +
                                                     " is '" + *prefer + "'; accepted: 0 and 1");
    return fast::open_fast_resizer(
        std::make_unique<jpeg::JpegPath>(std::move(finisher), prefer == "1"), std::move(url),
        context, registry);
}

} // namespace thumbjobs
