#include "backends/png/png_resizer.h"

#include "backends/fast/fast_resizer.h"
#include "backends/fast/render.h"
#include "backends/png/decode.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace thumbjobs {
namespace png {
namespace {

/// The largest size that a picture is scaled to.
Size largest(const std::vector<fast::Task>& tasks) noexcept {
    Size size;
    for (const fast::Task& task : tasks) {
        size.width = std::max(size.width, task.plan.scaled.width);
        size.height = std::max(size.height, task.plan.scaled.height);
    }
    return size;
}

/// From what was multiplied by alpha.
std::uint8_t straight(unsigned colour, unsigned alpha) noexcept {
    return static_cast<std::uint8_t>(
        alpha == 0 ? 0 : std::min((colour * 255 + alpha / 2) / alpha, 255U));
}

/// Where opaque and transparent meet, a filter makes more than the whole of what is opaque, of
/// alpha as of the colours that were multiplied by it. Alpha is cut at the whole; these samples
/// tell what it was, so that colours can be brought back with it.
constexpr unsigned whole = 200; ///< What stands for opaque, with room for a quarter more.

fast::Plane lower(fast::Plane alpha) {
    for (std::uint8_t& sample : alpha.samples)
        sample = static_cast<std::uint8_t>((sample * whole + 127) / 255);
    return alpha;
}

/// Of a colour whose alpha was cut at the whole. One that was itself cut may have been any greater.
std::uint8_t bring_back(unsigned colour, unsigned lowered) noexcept {
    if (lowered <= whole || colour == 255)
        return static_cast<std::uint8_t>(colour);
    return static_cast<std::uint8_t>((colour * whole + lowered / 2) / lowered);
}

/// `lowered`: of the alpha plane; not read without alpha.
PixelImage interleave(const fast::SmallPlanes& bands, bool alpha, const fast::SmallPlane& lowered) {
    const auto count = bands.size();
    PixelImage image{{bands[0].width, bands[0].height}, static_cast<int>(count), {}};
    image.pixels.reserve(static_cast<std::size_t>(image.size.width) *
                         static_cast<std::size_t>(image.size.height) * count);
    for (int y = 0; y < image.size.height; ++y)
        for (int x = 0; x < image.size.width; ++x) {
            const unsigned opacity = bands.back().row(y)[x];
            const auto colour_of = [&](unsigned sample) {
                return opacity == 255 ? bring_back(sample, lowered.row(y)[x])
                                      : straight(sample, opacity);
            };
            for (std::size_t band = 0; band < count; ++band) {
                const std::uint8_t sample = bands[band].row(y)[x];
                const bool colour = alpha && band + 1 < count;
                image.pixels.push_back(static_cast<std::byte>(colour ? colour_of(sample) : sample));
            }
        }
    return image;
}

class PngPath final : public fast::FastPath {
public:
    explicit PngPath(std::shared_ptr<const Finisher> finisher) : finisher_(std::move(finisher)) {}

    std::string_view scheme() const noexcept override { return "png"; }
    std::string_view name() const noexcept override { return "PNG"; }
    std::string_view media_type() const noexcept override { return "image/png"; }

    ResizeResult run(const ResizeRequest& request, const Admit& admit,
                     fast::Pace& pace) const override {
        ChunkReader reader(request.input);
        const Header header = read_header(reader);
        const Size size{header.width, header.height};
        ResizeResult result{{std::string(media_type()), size.width, size.height, 1}, {}};
        const auto tasks = fast::plan_tasks(size, header.has_profile, request.specs);
        admit(result.source);
        const auto planes = decode(header, reader, largest(tasks), pace);
        const fast::Plane lowered = header.alpha ? lower(planes.back()) : fast::Plane{};
        for (const fast::Task& task : tasks) {
            pace.check();
            fast::SmallPlanes bands;
            for (const fast::Plane& plane : planes)
                bands.push_back(fast::make_plane({}, plane, task, 1, 1));
            const fast::SmallPlane beyond =
                header.alpha ? fast::make_plane({}, lowered, task, 1, 1) : fast::SmallPlane{};
            result.images.push_back(
                finisher_->finish(interleave(bands, header.alpha, beyond), task.plan, *task.spec));
        }
        return result;
    }

private:
    const std::shared_ptr<const Finisher> finisher_;
};

} // namespace
} // namespace png

std::shared_ptr<Resizer> open_png_resizer(BackendUrl url, const BackendContext& context,
                                          const Registry& registry,
                                          std::shared_ptr<const Finisher> finisher) {
    return fast::open_fast_resizer(std::make_unique<png::PngPath>(std::move(finisher)),
                                   std::move(url), context, registry);
}

} // namespace thumbjobs
