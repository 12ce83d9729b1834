#include "backends/vips/handles.h"

namespace thumbjobs::vips {

std::string take_error_text() {
    char* text = vips_error_buffer_copy();
    std::string copy = text ? text : "";
    g_free(text);
    while (!copy.empty() && copy.back() == '\n')
        copy.pop_back();
    return copy;
}

void check(int result) {
    if (result != 0)
        throw CallFailed(take_error_text());
}

} // namespace thumbjobs::vips
