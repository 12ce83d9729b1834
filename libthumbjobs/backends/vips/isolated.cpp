#include "backends/vips/isolated.h"

#include <cstdlib>

namespace thumbjobs::vips {
namespace {

bool isolated = false;

} // namespace

void prepare_isolated() {
    isolated = true;
    // Modules are searched below it: none is found, and ImageMagick stays out of the process.
    ::setenv("VIPSHOME", "/nonexistent", 1);
}

bool is_isolated() noexcept {
    return isolated;
}

} // namespace thumbjobs::vips
