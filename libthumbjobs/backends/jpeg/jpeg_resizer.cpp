#include "backends/jpeg/jpeg_resizer.h"

#include "backends/jpeg/decode.h"
#include "backends/jpeg/pace.h"
#include "backends/jpeg/refusal.h"
#include "backends/jpeg/render.h"
#include "backends/jpeg/source.h"

#include <thumbjobs/error.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace thumbjobs {
namespace jpeg {
namespace {

constexpr std::string_view media_type = "image/jpeg";

bool within(const ImageLimits& limits, const ImageInfo& info, std::size_t bytes) noexcept {
    return static_cast<std::int64_t>(bytes) <= limits.max_bytes &&
           std::max(info.width, info.height) <= limits.max_dimension &&
           std::int64_t{info.width} * info.height <= limits.max_pixels &&
           info.frames <= limits.max_frames;
}

class JpegResizer final : public Resizer {
public:
    JpegResizer(std::shared_ptr<Resizer> behind, std::shared_ptr<const Finisher> finisher)
        : behind_(std::move(behind)), finisher_(std::move(finisher)) {
        const auto types = behind_->input_types();
        accepts_ = std::find(types.begin(), types.end(), media_type) != types.end();
    }

    std::string describe() const override {
        return behind_->describe() + " with the JPEG fast path";
    }

    std::vector<std::string> input_types() const override { return behind_->input_types(); }

    bool isolated() const noexcept override { return behind_->isolated(); }

    ResizeResult resize(const ResizeRequest& request) override {
        const auto type = sniff_image(request.input);
        if (!accepts_ || !type || type->media_type != media_type)
            return behind_->resize(request);
        Attempt attempt(request);
        try {
            return attempt.run(*finisher_);
        } catch (const HandOver&) {
            return attempt.hand_over(*behind_);
        }
    }

private:
    /// One file on the fast path, and what the caller has been told of it so far.
    class Attempt {
    public:
        explicit Attempt(const ResizeRequest& request) : request_(request), pace_(request) {}

        ResizeResult run(const Finisher& finisher) {
            Source source(request_.input);
            const Size size = source.upright();
            ResizeResult result{{std::string(media_type), size.width, size.height, 1}, {}};
            const std::vector<Task> tasks = plan_tasks(source, request_.specs);
            if (!within(request_.limits, result.source, request_.input.size()))
                throw HandOver{};
            told_header_ = true;
            if (request_.header)
                request_.header(result.source);
            pace_.check();
            const Planes planes = decode(source, demand_of(source, tasks), pace_);
            for (const Task& task : tasks) {
                pace_.check();
                result.images.push_back(make_rendition(source, planes, task, finisher));
            }
            if (!pace_.reached(1))
                pace_.check();
            return result;
        }

        /// The caller hears of the header once, and of progress that never goes back.
        ResizeResult hand_over(Resizer& behind) const {
            ResizeRequest again = request_;
            if (told_header_)
                again.header = {};
            if (request_.progress && pace_.reported() >= 0)
                again.progress = [this](double fraction) {
                    if (fraction > pace_.reported())
                        request_.progress(fraction);
                };
            return behind.resize(again);
        }

    private:
        const ResizeRequest& request_;
        Pace pace_;
        bool told_header_ = false;
    };

    const std::shared_ptr<Resizer> behind_;
    const std::shared_ptr<const Finisher> finisher_;
    bool accepts_ = false;
};

} // namespace
} // namespace jpeg

std::shared_ptr<Resizer> open_jpeg_resizer(BackendUrl url, const BackendContext& context,
                                           const Registry& registry,
                                           std::shared_ptr<const Finisher> finisher) {
    if (url.target.empty())
        throw Error(ErrorCode::invalid_argument,
                    "A jpeg: URL names no resizer; accepted: jpeg:RESIZER, as in jpeg:vips:");
    const BackendUrl inner = BackendUrl::parse(url.target);
    if (inner.scheme == "sandbox" || inner.scheme == "jpeg")
        throw Error(ErrorCode::invalid_argument,
                    "A jpeg: URL cannot name a " + inner.scheme +
                        ": resizer; accepted: jpeg:vips:, and around it sandbox:jpeg:vips:");
    // redacted() also writes a URL; a resizer's has no secrets.
    const auto text = BackendUrl{inner.scheme, inner.target, std::move(url.options)}.redacted();
    return std::make_shared<jpeg::JpegResizer>(registry.open_resizer(text, context),
                                               std::move(finisher));
}

} // namespace thumbjobs
