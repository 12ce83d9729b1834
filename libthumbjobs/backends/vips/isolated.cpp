#include "backends/vips/isolated.h"

#include <glib.h>

#include <cstdlib>

namespace thumbjobs::vips {
namespace {

bool isolated = false;

/// There is no one to read it, and to write it GLib would look for a journal.
GLogWriterOutput drop_message(GLogLevelFlags, const GLogField*, gsize, gpointer) {
    return G_LOG_WRITER_HANDLED;
}

} // namespace

void prepare_isolated() {
    isolated = true;
    g_log_set_writer_func(drop_message, nullptr, nullptr);
    // Modules are searched below it: none is found, and ImageMagick stays out of the process.
    ::setenv("VIPSHOME", "/nonexistent", 1);
}

bool is_isolated() noexcept {
    return isolated;
}

} // namespace thumbjobs::vips
