#include "backends/vips/render.h"

#include "backends/vips/colour.h"
#include "backends/vips/finish.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace thumbjobs::vips {
namespace {

// A common intermediate image larger than this is not kept: its renditions decode on their own.
constexpr std::uint64_t max_intermediate_bytes = 256U << 20;

Size size_of(const Image& image) noexcept {
    return {image->Xsize, image->Ysize};
}

double shrink_between(Size from, Size to) noexcept {
    return std::min(static_cast<double>(from.width) / to.width,
                    static_cast<double>(from.height) / to.height);
}

// Calls `change` on the image with colours multiplied by alpha, so that what is transparent does
// not show at the edges of what is not.
template <typename Change>
void with_premultiplied_alpha(Image& image, Change&& change) {
    if (!vips_image_hasalpha(image.get())) {
        image.apply(change);
        return;
    }
    const VipsBandFormat format = image->BandFmt;
    image.apply([](VipsImage* in, VipsImage** out) { return vips_premultiply(in, out, nullptr); });
    image.apply(change);
    image.apply(
        [](VipsImage* in, VipsImage** out) { return vips_unpremultiply(in, out, nullptr); });
    if (vips_band_format_isint(format)) {
        image.apply([](VipsImage* in, VipsImage** out) { return vips_rint(in, out, nullptr); });
        image.apply(
            [&](VipsImage* in, VipsImage** out) { return vips_cast(in, out, format, nullptr); });
    }
}

int scale_to(VipsImage* in, VipsImage** out, Size target) {
    return vips_resize(in, out, static_cast<double>(target.width) / in->Xsize, "vscale",
                       static_cast<double>(target.height) / in->Ysize, nullptr);
}

// What vips_resize() does to shrink, at less cost: box filter down to twice the size, then Lanczos.
int reduce_to(VipsImage* in, VipsImage** out, Size target) {
    constexpr double gap = 2;
    VipsImage* lower = nullptr;
    if (vips_reducev(in, &lower, static_cast<double>(in->Ysize) / target.height, "gap", gap,
                     nullptr) != 0)
        return -1;
    const Image owner(lower);
    return vips_reduceh(lower, out, static_cast<double>(in->Xsize) / target.width, "gap", gap,
                        nullptr);
}

void resize(Image& image, Size target) {
    if (size_of(image) == target)
        return;
    const bool shrinks = target.width <= image->Xsize && target.height <= image->Ysize;
    with_premultiplied_alpha(image, [&](VipsImage* in, VipsImage** out) {
        return shrinks ? reduce_to(in, out, target) : scale_to(in, out, target);
    });
}

void make_upright(Image& image) {
    if (vips_image_get_orientation(image.get()) <= 1)
        return;
    render(image); // Turning reads pixels in another order than a decoder makes them.
    image.apply([](VipsImage* in, VipsImage** out) { return vips_autorot(in, out, nullptr); });
}

} // namespace

Renderer::Renderer(Source& source, const std::vector<RenditionSpec>& specs, Monitor& monitor)
    : source_(source), monitor_(monitor), images_(specs.size()) {
    const Size upright{source.info().width, source.info().height};
    for (std::size_t i = 0; i < specs.size(); ++i)
        tasks_.push_back({&specs[i], plan_rendition(upright, specs[i]), i});
}

std::vector<EncodedImage> Renderer::run() {
    for (const Pipeline pipeline :
         {Pipeline::plain, Pipeline::linear, Pipeline::linear_keeping_profile}) {
        std::vector<const Task*> group;
        for (const Task& task : tasks_)
            if (pipeline_of(*task.spec) == pipeline)
                group.push_back(&task);
        if (!group.empty())
            run_group(group, pipeline);
    }
    return std::move(images_);
}

Renderer::Pipeline Renderer::pipeline_of(const RenditionSpec& spec) noexcept {
    if (!spec.linear_light)
        return Pipeline::plain;
    return spec.keep_profile ? Pipeline::linear_keeping_profile : Pipeline::linear;
}

Size Renderer::stored_target(const Task& task) const noexcept {
    return source_.swaps_sides() ? task.plan.scaled.swapped() : task.plan.scaled;
}

double Renderer::common_shrink(const std::vector<const Task*>& group, Size from) const noexcept {
    double shrink = shrink_between(from, stored_target(*group.front()));
    for (const Task* task : group)
        shrink = std::min(shrink, shrink_between(from, stored_target(*task)));
    return shrink;
}

Image Renderer::open(double shrink, bool shared, Pipeline pipeline) {
    monitor_.check_cancelled();
    // A decoder's own scaling knows nothing of light.
    Image image = source_.open(pipeline == Pipeline::plain ? shrink : 1, shared);
    monitor_.watch(image);
    unpack(image);
    if (pipeline != Pipeline::plain) {
        to_output_colours(image, pipeline == Pipeline::linear_keeping_profile);
        grey_ = image->Bands < 3;
        to_linear_light(image);
    }
    return image;
}

void Renderer::run_group(const std::vector<const Task*>& group, Pipeline pipeline) {
    Image image = open(common_shrink(group, source_.stored()), group.size() > 1, pipeline);
    if (group.size() == 1) {
        make(std::move(image), *group.front());
        return;
    }

    const int box = static_cast<int>(common_shrink(group, size_of(image)) / 2);
    if (box > 1)
        with_premultiplied_alpha(image, [&](VipsImage* in, VipsImage** out) {
            return vips_shrink(in, out, box, box, "ceil", TRUE, nullptr);
        });
    if (VIPS_IMAGE_SIZEOF_IMAGE(image.get()) <= max_intermediate_bytes) {
        render(image);
        for (const Task* task : group)
            make(image.share(), *task);
        return;
    }
    image = Image();
    for (const Task* task : group)
        make(open(common_shrink({task}, source_.stored()), false, pipeline), *task);
}

void Renderer::make(Image image, const Task& task) {
    const RenditionSpec& spec = *task.spec;
    if (task.plan.cut != Size{source_.info().width, source_.info().height}) {
        render(image);
        make_upright(image);
        crop(image, task.plan.cut, spec.gravity);
        resize(image, task.plan.scaled);
    } else {
        resize(image, stored_target(task));
    }
    if (spec.linear_light)
        from_linear_light(image, grey_);
    else
        to_output_colours(image, spec.keep_profile);
    make_upright(image);
    crop(image, task.plan.kept, spec.gravity);
    // Without alpha the encoder draws the pixels straight through the pipeline, the decoder
    // included.
    if (vips_image_hasalpha(image.get())) {
        render(image);
        decoded_ = true;
    }
    monitor_.check_cancelled();
    images_[task.index] = finish(image, task.plan, spec);
    decoded_ = false;
    monitor_.step_done();
}

} // namespace thumbjobs::vips
