#include <thumbjobs/version.h>

namespace thumbjobs {

std::string_view version() noexcept {
    return THUMBJOBS_VERSION;
}

} // namespace thumbjobs
