// thumbjobs-worker: the helper process of the sandbox. Started by libthumbjobs only.
#include "backends/vips/isolated.h"
#include "backends/vips/vips_resizer.h"
#include "worker/run.h"

#include <unistd.h>

int main() {
    thumbjobs::vips::prepare_isolated();
    thumbjobs::Registry registry;
    registry.add_resizer("vips", thumbjobs::open_vips_resizer);
    // No destructors of libraries: some of them look for files.
    ::_exit(thumbjobs::worker::run(registry));
}
