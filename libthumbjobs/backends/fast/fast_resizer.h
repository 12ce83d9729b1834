#pragma once

#include "backends/fast/pace.h"

#include <thumbjobs/registry.h>
#include <thumbjobs/resizer.h>

#include <functional>
#include <memory>
#include <string_view>

namespace thumbjobs::fast {

/// Makes renditions of the files of one format, of those that it understands in full. Thread-safe.
class FastPath {
public:
    virtual ~FastPath() = default;

    /// As in a URL: `jpeg`.
    virtual std::string_view scheme() const noexcept = 0;

    /// For logs: `JPEG`.
    virtual std::string_view name() const noexcept = 0;

    /// The format, as sniff_image() tells it.
    virtual std::string_view media_type() const noexcept = 0;

    /// To be called with what the header says, before anything is decoded: tells the caller, and
    /// throws HandOver if the image is beyond the limits.
    using Admit = std::function<void(const ImageInfo&)>;

    /// Throws HandOver for whatever is not to be done here, damaged files among it, and what
    /// Pace::check() throws.
    virtual ResizeResult run(const ResizeRequest& request, const Admit& admit,
                             Pace& pace) const = 0;
};

/// Opens `SCHEME:RESIZER`: `path` for its format, in front of RESIZER, which `registry` opens with
/// the URL's options and which gets everything else, from the start.
///
/// Throws Error(invalid_argument) for a URL that names no resizer, or a sandbox, which belongs
/// around this one.
std::shared_ptr<Resizer> open_fast_resizer(std::unique_ptr<const FastPath> path, BackendUrl url,
                                           const BackendContext& context, const Registry& registry);

} // namespace thumbjobs::fast
