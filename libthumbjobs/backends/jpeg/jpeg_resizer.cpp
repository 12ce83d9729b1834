#include "backends/jpeg/jpeg_resizer.h"

#include "backends/fast/fast_resizer.h"
#include "backends/jpeg/decode.h"
#include "backends/jpeg/render.h"
#include "backends/jpeg/source.h"

#include <string>
#include <utility>

namespace thumbjobs {
namespace jpeg {
namespace {

class JpegPath final : public fast::FastPath {
public:
    explicit JpegPath(std::shared_ptr<const Finisher> finisher) : finisher_(std::move(finisher)) {}

    std::string_view scheme() const noexcept override { return "jpeg"; }
    std::string_view name() const noexcept override { return "JPEG"; }
    std::string_view media_type() const noexcept override { return "image/jpeg"; }

    ResizeResult run(const ResizeRequest& request, const Admit& admit,
                     fast::Pace& pace) const override {
        Source source(request.input);
        const Size size = source.upright();
        ResizeResult result{{std::string(media_type()), size.width, size.height, 1}, {}};
        const auto tasks = fast::plan_tasks(size, source.has_profile(), request.specs);
        admit(result.source);
        const fast::Planes planes = decode(source, demand_of(source, tasks), pace);
        for (const fast::Task& task : tasks) {
            pace.check();
            result.images.push_back(make_rendition(source.turn(), planes, task, *finisher_));
        }
        return result;
    }

private:
    const std::shared_ptr<const Finisher> finisher_;
};

} // namespace
} // namespace jpeg

std::shared_ptr<Resizer> open_jpeg_resizer(BackendUrl url, const BackendContext& context,
                                           const Registry& registry,
                                           std::shared_ptr<const Finisher> finisher) {
    return fast::open_fast_resizer(std::make_unique<jpeg::JpegPath>(std::move(finisher)),
                                   std::move(url), context, registry);
}

} // namespace thumbjobs
