#include "backends/webp/webp_resizer.h"

#include "backends/fast/fast_resizer.h"
#include "backends/fast/render.h"
#include "backends/jpeg/render.h"
#include "backends/webp/container.h"
#include "backends/webp/decode.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace thumbjobs {
namespace webp {
namespace {

void enlarge(Size& size, Size by) noexcept {
    size.width = std::max(size.width, by.width);
    size.height = std::max(size.height, by.height);
}

Demand demand_of(const Header& header, const std::vector<fast::Task>& tasks) noexcept {
    Demand demand;
    for (const fast::Task& task : tasks) {
        const Size scaled = task.plan.scaled;
        const Size size = header.turn.transpose ? scaled.swapped() : scaled;
        enlarge(demand.luma, size);
        enlarge(demand.colour,
                task.half_colour ? Size{(size.width + 1) / 2, (size.height + 1) / 2} : size);
    }
    return demand;
}

class WebpPath final : public fast::FastPath {
public:
    explicit WebpPath(std::shared_ptr<const Finisher> finisher) : finisher_(std::move(finisher)) {}

    std::string_view scheme() const noexcept override { return "webp"; }
    std::string_view name() const noexcept override { return "WebP"; }
    std::string_view media_type() const noexcept override { return "image/webp"; }

    ResizeResult run(const ResizeRequest& request, const Admit& admit,
                     fast::Pace& pace) const override {
        const Header header = read_header(request.input);
        const Size size = header.upright();
        ResizeResult result{{std::string(media_type()), size.width, size.height, 1}, {}};
        const auto tasks = fast::plan_tasks(size, header.has_profile, request.specs);
        admit(result.source);
        const fast::Planes planes =
            decode(request.input, header.stored, demand_of(header, tasks), pace);
        for (const fast::Task& task : tasks) {
            pace.check();
            result.images.push_back(jpeg::make_rendition(header.turn, planes, task, *finisher_));
        }
        return result;
    }

private:
    const std::shared_ptr<const Finisher> finisher_;
};

} // namespace
} // namespace webp

std::shared_ptr<Resizer> open_webp_resizer(BackendUrl url, const BackendContext& context,
                                           const Registry& registry,
                                           std::shared_ptr<const Finisher> finisher) {
    return fast::open_fast_resizer(std::make_unique<webp::WebpPath>(std::move(finisher)),
                                   std::move(url), context, registry);
}

} // namespace thumbjobs
