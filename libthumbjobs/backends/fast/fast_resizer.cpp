#include "backends/fast/fast_resizer.h"

#include "backends/fast/hand_over.h"

#include <thumbjobs/error.h>

#include <algorithm>
#include <string>
#include <utility>

namespace thumbjobs::fast {
namespace {

bool within(const ImageLimits& limits, const ImageInfo& info, std::size_t bytes) noexcept {
    return static_cast<std::int64_t>(bytes) <= limits.max_bytes &&
           std::max(info.width, info.height) <= limits.max_dimension &&
           std::int64_t{info.width} * info.height <= limits.max_pixels &&
           info.frames <= limits.max_frames;
}

/// One file on the fast path, and what the caller has been told of it so far.
class Attempt {
public:
    explicit Attempt(const ResizeRequest& request) : request_(request), pace_(request) {}

    ResizeResult run(const FastPath& path) {
        ResizeResult result = path.run(
            request_, [this](const ImageInfo& info) { admit(info); }, pace_);
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
    void admit(const ImageInfo& info) {
        if (!within(request_.limits, info, request_.input.size()))
            throw HandOver{};
        told_header_ = true;
        if (request_.header)
            request_.header(info);
        pace_.check();
    }

    const ResizeRequest& request_;
    Pace pace_;
    bool told_header_ = false;
};

class FastResizer final : public Resizer {
public:
    FastResizer(std::unique_ptr<const FastPath> path, std::shared_ptr<Resizer> behind)
        : path_(std::move(path)), behind_(std::move(behind)) {
        const auto types = behind_->input_types();
        accepts_ = std::find(types.begin(), types.end(), path_->media_type()) != types.end();
    }

    std::string describe() const override {
        return behind_->describe() + ", " + std::string(path_->name()) + " fast path";
    }

    std::vector<std::string> input_types() const override { return behind_->input_types(); }

    bool isolated() const noexcept override { return behind_->isolated(); }

    ResizeResult resize(const ResizeRequest& request) override {
        const auto type = sniff_image(request.input);
        if (!accepts_ || !type || type->media_type != path_->media_type())
            return behind_->resize(request);
        Attempt attempt(request);
        try {
            return attempt.run(*path_);
        } catch (const HandOver&) {
            return attempt.hand_over(*behind_);
        }
    }

private:
    const std::unique_ptr<const FastPath> path_;
    const std::shared_ptr<Resizer> behind_;
    bool accepts_ = false;
};

} // namespace

std::shared_ptr<Resizer> open_fast_resizer(std::unique_ptr<const FastPath> path, BackendUrl url,
                                           const BackendContext& context,
                                           const Registry& registry) {
    const std::string scheme(path->scheme());
    if (url.target.empty())
        throw Error(ErrorCode::invalid_argument, "A " + scheme +
                                                     ": URL names no resizer; accepted: " + scheme +
                                                     ":RESIZER, as in " + scheme + ":vips:");
    const BackendUrl inner = BackendUrl::parse(url.target);
    if (inner.scheme == "sandbox" || inner.scheme == scheme)
        throw Error(ErrorCode::invalid_argument,
                    "A " + scheme + ": URL cannot name a " + inner.scheme +
                        ": resizer; accepted: " + scheme +
                        ":vips:, and around it sandbox:" + scheme + ":vips:");
    // redacted() also writes a URL; a resizer's has no secrets.
    const auto text = BackendUrl{inner.scheme, inner.target, std::move(url.options)}.redacted();
    return std::make_shared<FastResizer>(std::move(path), registry.open_resizer(text, context));
}

} // namespace thumbjobs::fast
