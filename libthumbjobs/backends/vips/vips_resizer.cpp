#include "backends/vips/vips_resizer.h"

#include "backends/vips/declared_size.h"
#include "backends/vips/formats.h"
#include "backends/vips/isolated.h"
#include "backends/vips/load.h"
#include "backends/vips/monitor.h"
#include "backends/vips/render.h"
#include "backends/vips/runtime.h"
#include "backends/vips/truncation.h"
#include "backends/vips/unsupported.h"
#include "src/sniff_svg.h"

#include <thumbjobs/error.h>

#include <vips/vips.h>

#include <utility>

namespace thumbjobs {
namespace {

using namespace vips;

// An image that libvips refused, told in our words; libvips' are for the log.
Error image_fault(ByteView input, const InputFormat& format, const SniffedType& type,
                  const std::string& detail) {
    const std::string name(type.name);
    if (const auto reason = unsupported_kind(input, format.loader))
        return Error(ErrorCode::unsupported_format,
                     "The " + name + " file is of a kind that is not supported: " + *reason + ".",
                     detail);
    if (ends_too_early(input, format.loader))
        return Error(ErrorCode::image_truncated,
                     "The " + name + " file ends before its image does.", detail);
    return Error(ErrorCode::image_corrupt,
                 "The " + name +
                     " file cannot be decoded: it is damaged, or of a kind that is not supported.",
                 detail);
}

class VipsResizer : public Resizer {
public:
    explicit VipsResizer(FormatSet formats) : formats_(std::move(formats)) {}

    std::string describe() const override {
        return "libvips " + std::to_string(vips_version(0)) + "." +
               std::to_string(vips_version(1)) + "." + std::to_string(vips_version(2));
    }

    std::vector<std::string> input_types() const override { return formats_.media_types(); }

    ResizeResult resize(const ResizeRequest& request) override {
        const auto type = recognise(request.input);
        const InputFormat* format = formats_.find(type.media_type);
        if (!format)
            throw Error(ErrorCode::unsupported_format,
                        std::string(type.name) + " files are not accepted here.",
                        std::string(type.media_type));
        adopt_thread();

        Source source = open(request, *format, type);
        admit(request, source.info());

        Monitor monitor(request, request.specs.size());
        Renderer renderer(source, request.specs, monitor);
        try {
            return {source.info(), renderer.run()};
        } catch (const CallFailed& failure) {
            monitor.check_cancelled();
            if (renderer.decoded())
                throw Error(ErrorCode::internal, "The thumbnail could not be encoded.",
                            failure.what());
            throw image_fault(request.input, *format, type, failure.what());
        }
    }

private:
    SniffedType recognise(ByteView input) const {
        if (input.empty())
            throw Error(ErrorCode::empty_input, "The file is empty.");
        if (const auto type = sniff_image(input))
            return *type;
        // SVG is only on in the sandbox, where libvips may look closer. Before 8.17 it never comes
        // back from some files that have something behind their end.
        if (may_be_svgz(input) && formats_.accepts(Loader::svg) &&
            vips_foreign_is_a_buffer("svgload_buffer", input.data(), input.size()))
            return {"image/svg+xml", "SVG"};
        throw Error(ErrorCode::not_an_image, "The file is not an image of any known format.");
    }

    static void admit(const ResizeRequest& request, const ImageInfo& info) {
        if (request.header)
            request.header(info);
        check_limits(info, request.input.size(), request.limits);
    }

    static Source open(const ResizeRequest& request, const InputFormat& format,
                       const SniffedType& type) {
        if (breaks_decoder(request.input, format.loader))
            throw image_fault(request.input, format, type, "not shown to its decoder");
        try {
            return Source(request.input, format);
        } catch (const CallFailed& failure) {
            // Decoders have limits of their own; what is beyond ours is told as ours.
            const auto size = declared_size(request.input, format.loader);
            const ImageInfo info{std::string(format.media_type), size ? size->width : 0,
                                 size ? size->height : 0, 1};
            if (size && exceeds(info, request.limits))
                admit(request, info);
            throw image_fault(request.input, format, type, failure.what());
        }
    }

    const FormatSet formats_;
};

} // namespace

std::shared_ptr<Resizer> open_vips_resizer(BackendUrl url, const BackendContext&) {
    if (!url.target.empty())
        throw Error(ErrorCode::invalid_argument, "resizer \"vips:\" takes no path, but got \"" +
                                                     url.target +
                                                     "\"; options follow a question mark.");
    FormatSet formats(url.take("formats"), is_isolated());
    url.refuse_rest("formats");
    start_runtime();
    for (const InputFormat& format : known_formats())
        if (format.isolated_only && formats.accepts(format.loader))
            enable_loader(format.loader);
    return std::make_shared<VipsResizer>(std::move(formats));
}

} // namespace thumbjobs
