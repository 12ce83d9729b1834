// thumbjobs-worker: the helper process of the sandbox. Started by libthumbjobs only.
#include "backends/jpeg/jpeg_finisher.h"
#include "backends/jpeg/jpeg_resizer.h"
#include "backends/png/png_finisher.h"
#include "backends/png/png_resizer.h"
#include "backends/vips/isolated.h"
#include "backends/vips/vips_finisher.h"
#include "backends/vips/vips_resizer.h"
#include "backends/webp/webp_resizer.h"
#include "worker/fonts.h"
#include "worker/run.h"

#include <unistd.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace {

using namespace thumbjobs;

std::shared_ptr<Resizer> open_with_fonts(BackendUrl url, const BackendContext& context) {
    auto resizer = open_vips_resizer(std::move(url), context);
    const auto types = resizer->input_types();
    const auto takes = [&types](std::string_view type) {
        return std::find(types.begin(), types.end(), type) != types.end();
    };
    if (takes("image/svg+xml") || takes("application/pdf"))
        worker::provide_fonts();
    return resizer;
}

} // namespace

int main() {
    vips::prepare_isolated();
    Registry registry;
    registry.add_resizer("vips", open_with_fonts);
    const auto add_fast_path = [&registry](const char* scheme, auto open) {
        registry.add_resizer(
            scheme, [&registry, open](BackendUrl url, const BackendContext& context) {
                return open(std::move(url), context, registry,
                            open_png_finisher(open_jpeg_finisher(open_vips_finisher())));
            });
    };
    add_fast_path("jpeg", open_jpeg_resizer);
    add_fast_path("png", open_png_resizer);
    add_fast_path("webp", open_webp_resizer);
    // No destructors of libraries: some of them look for files.
    ::_exit(worker::run(registry));
}
