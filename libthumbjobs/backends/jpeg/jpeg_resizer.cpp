#include "backends/jpeg/jpeg_resizer.h"

#include "backends/fast/fast_resizer.h"
#include "backends/jpeg/decode.h"
#include "backends/jpeg/preview.h"
#include "backends/jpeg/read_ahead.h"
#include "backends/jpeg/render.h"
#include "backends/jpeg/source.h"
#include "src/decimal.h"

#include <thumbjobs/error.h>

#include <algorithm>
#include <string>
#include <thread>
#include <utility>

namespace thumbjobs {
namespace jpeg {
namespace {

class JpegPath final : public fast::FastPath {
public:
    JpegPath(std::shared_ptr<const Finisher> finisher, bool prefer_preview, int threads)
        : finisher_(std::move(finisher)),
          prefer_preview_(prefer_preview),
          reading_{.threads = threads} {}

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
            if (auto preview = read_preview(source, demand, reading_, pace))
                return std::move(*preview);
        return decode(source, demand, reading_, pace);
    }

    const std::shared_ptr<const Finisher> finisher_;
    const bool prefer_preview_;
    const Reading reading_;
};

constexpr auto preview_option = "prefer_embedded_preview";
constexpr auto threads_option = "threads_per_image";

[[noreturn]] void refuse(const std::string& option, const std::string& value,
                         const std::string& accepted) {
    throw Error(ErrorCode::invalid_argument,
                "The resizer option " + option + " is '" + value + "'; accepted: " + accepted);
}

bool take_preview(BackendUrl& url) {
    const auto value = url.take(preview_option);
    if (value && *value != "0" && *value != "1")
        refuse(preview_option, *value, "0 and 1");
    return value == "1";
}

/// No more than there are processors for.
int take_threads(BackendUrl& url) {
    constexpr int usual = 2;
    constexpr int most = ReadAhead::most_threads;
    const auto value = url.take(threads_option);
    const auto threads = value ? parse_decimal<int>(*value) : usual;
    if (!threads || *threads < 1 || *threads > most)
        refuse(threads_option, *value, "1 to " + std::to_string(most));
    return std::min(*threads, std::max(1, static_cast<int>(std::thread::hardware_concurrency())));
}

} // namespace
} // namespace jpeg

std::shared_ptr<Resizer> open_jpeg_resizer(BackendUrl url, const BackendContext& context,
                                           const Registry& registry,
                                           std::shared_ptr<const Finisher> finisher) {
    const bool prefer_preview = jpeg::take_preview(url);
    const int threads = jpeg::take_threads(url);
    return fast::open_fast_resizer(
        std::make_unique<jpeg::JpegPath>(std::move(finisher), prefer_preview, threads),
        std::move(url), context, registry);
}

} // namespace thumbjobs
