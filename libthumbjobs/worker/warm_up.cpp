#include "worker/warm_up.h"

#include "spare_memory.h"
#include "worker/samples.h"

#include <thumbjobs/error.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace thumbjobs::worker {
namespace {

RenditionSpec spec(std::string name, OutputFormat format, Gravity gravity) {
    RenditionSpec made;
    made.name = std::move(name);
    made.width = 6;
    made.height = 4;
    made.fit = Fit::cover;
    made.gravity = gravity;
    made.format = format;
    return made;
}

/// Every encoder, and every kind of crop.
std::vector<RenditionSpec> every_output() {
    return {spec("jpeg", OutputFormat::jpeg, Gravity::attention),
            spec("png", OutputFormat::png, Gravity::entropy),
            spec("webp", OutputFormat::webp, Gravity::centre),
            spec("avif", OutputFormat::avif, Gravity::north)};
}

/// A sample that fails is no reason not to start: that format's images then fail one by one.
std::vector<EncodedImage> try_to_make(Resizer& resizer, ByteView input,
                                      const std::vector<RenditionSpec>& specs) {
    std::vector<EncodedImage> made;
    try {
        const ImageLimits limits;
        made = resizer.resize({.input = input, .specs = specs, .limits = limits}).images;
    } catch (const Error&) {
    }
    release_large_constants(); // or all libraries would be resident at once
    return made;
}

} // namespace

void warm_up(Resizer& resizer) {
    const std::vector<std::string> types = resizer.input_types();
    const std::vector<RenditionSpec> cheap{spec("jpeg", OutputFormat::jpeg, Gravity::centre)};
    // A resizer with a fast path does not take it for this.
    std::vector<RenditionSpec> thorough = cheap;
    thorough[0].linear_light = true;
    for (const Sample& sample : samples()) {
        if (std::find(types.begin(), types.end(), sample.media_type) == types.end())
            continue;
        const bool first = sample.media_type == "image/png";
        const auto made = try_to_make(resizer, sample.data, first ? every_output() : cheap);
        // What came out are samples of the other formats.
        for (const EncodedImage& image : made)
            if (first && std::find(types.begin(), types.end(), image.media_type) != types.end()) {
                try_to_make(resizer, image.data, cheap);
                try_to_make(resizer, image.data, thorough);
            }
    }
}

} // namespace thumbjobs::worker
