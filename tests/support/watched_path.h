#pragma once

#include "backends/common/finisher.h"
#include "backends/jpeg/jpeg_finisher.h"
#include "backends/png/png_finisher.h"
#include "backends/vips/vips_finisher.h"
#include "support/counting_resizer.h"

#include <thumbjobs/registry.h>

#include <memory>
#include <string>
#include <vector>

namespace thumbjobs::test {

/// A fast path in front of libvips that tells what was handed over.
class WatchedPath {
public:
    using Open = std::shared_ptr<Resizer>(BackendUrl, const BackendContext&, const Registry&,
                                          std::shared_ptr<const Finisher>);

    WatchedPath(const std::string& scheme, Open* open)
        : behind_(std::make_shared<CountingResizer>(
              Registry::builtin().open_resizer("vips:", BackendContext{}))) {
        Registry registry;
        registry.add_resizer("counted",
                             [this](BackendUrl, const BackendContext&) { return behind_; });
        resizer_ = open(BackendUrl::parse(scheme + ":counted:"), {}, registry,
                        open_png_finisher(open_jpeg_finisher(open_vips_finisher())));
    }

    /// Makes one thumbnail and says whether libvips had to.
    bool hands_over(ByteView input, const RenditionSpec& spec = {}) {
        const int before = behind_->calls();
        const std::vector<RenditionSpec> specs{spec};
        const ImageLimits limits;
        resizer_->resize({.input = input, .specs = specs, .limits = limits});
        return behind_->calls() > before;
    }

    Resizer& resizer() { return *resizer_; }
    int calls() const { return behind_->calls(); }

private:
    std::shared_ptr<CountingResizer> behind_;
    std::shared_ptr<Resizer> resizer_;
};

} // namespace thumbjobs::test
