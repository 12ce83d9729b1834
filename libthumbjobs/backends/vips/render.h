#pragma once

#include "backends/common/geometry.h"
#include "backends/vips/load.h"
#include "backends/vips/monitor.h"

#include <thumbjobs/rendition.h>
#include <thumbjobs/resizer.h>

#include <cstddef>
#include <vector>

namespace thumbjobs::vips {

/// Makes every rendition of one request from as few decodes as quality allows: mostly one, and one
/// more where some renditions ask for linear light and others do not.
///
/// Several renditions share a decode by a common intermediate image of at least twice the size of
/// the largest. libvips' own resize goes from box to Lanczos filter at that factor, so that each
/// rendition looks as if it had been made alone.
class Renderer {
public:
    /// Borrows everything.
    Renderer(Source& source, const std::vector<RenditionSpec>& specs, Monitor& monitor);

    /// In the order of the specs. Throws CallFailed, and what Monitor::check_cancelled() throws.
    /// May be called once.
    std::vector<EncodedImage> run();

    /// Whether a CallFailed came when every pixel was decoded: it is no fault of the image's.
    bool decoded() const noexcept { return decoded_; }

private:
    enum class Pipeline { plain, linear, linear_keeping_profile };

    struct Task {
        const RenditionSpec* spec;
        Plan plan;
        std::size_t index;
    };

    static Pipeline pipeline_of(const RenditionSpec& spec) noexcept;

    /// What the task's image is scaled to, before orientation is applied.
    Size stored_target(const Task& task) const noexcept;

    /// By what factor an image of the size `from` may be reduced for all tasks alike.
    double common_shrink(const std::vector<const Task*>& group, Size from) const noexcept;

    void run_group(const std::vector<const Task*>& group, Pipeline pipeline);
    Image open(double shrink, bool shared, Pipeline pipeline);
    void make(Image image, const Task& task);

    Source& source_;
    Monitor& monitor_;
    std::vector<Task> tasks_;
    std::vector<EncodedImage> images_;
    bool grey_ = false; // The source, in the linear pipelines.
    bool decoded_ = false;
};

} // namespace thumbjobs::vips
