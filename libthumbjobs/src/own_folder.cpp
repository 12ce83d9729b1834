#include "src/own_folder.h"

#include <dlfcn.h>

namespace thumbjobs {

std::filesystem::path own_folder() {
    Dl_info info{};
    if (::dladdr(reinterpret_cast<const void*>(&own_folder), &info) == 0 || !info.dli_fname)
        return {};
    std::error_code error;
    return std::filesystem::canonical(info.dli_fname, error).parent_path();
}

} // namespace thumbjobs
