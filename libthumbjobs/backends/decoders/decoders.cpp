#include "backends/decoders/decoders.h"

#include "backends/jpeg/jpeg_finisher.h"
#include "backends/jpeg/jpeg_resizer.h"
#include "backends/png/png_finisher.h"
#include "backends/png/png_resizer.h"
#include "backends/vips/vips_finisher.h"
#include "backends/vips/vips_resizer.h"
#include "backends/webp/webp_resizer.h"

#include <utility>

namespace thumbjobs {
namespace {

/// A fast path in front of a resizer of the built-in registry.
template <auto Open>
std::shared_ptr<Resizer> open_fast_path(BackendUrl url, const BackendContext& context) {
    return Open(std::move(url), context, Registry::builtin(),
                open_png_finisher(open_jpeg_finisher(open_vips_finisher())));
}

} // namespace

const Decoders* thumbjobs_decoders() noexcept {
    static constexpr Decoders table{.version = THUMBJOBS_VERSION,
                                    .jpeg = open_fast_path<open_jpeg_resizer>,
                                    .png = open_fast_path<open_png_resizer>,
                                    .vips = open_vips_resizer,
                                    .webp = open_fast_path<open_webp_resizer>};
    return &table;
}

// Where they are linked with the library: a shared one has load_decoders.cpp's in its place.
const Decoders& decoders() {
    return *thumbjobs_decoders();
}

} // namespace thumbjobs
