#include "backends/decoders/decoders.h"
#include "src/own_folder.h"

#include <thumbjobs/error.h>

#include <dlfcn.h>

#include <filesystem>
#include <string>
#include <string_view>

namespace thumbjobs {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(std::string_view why, const std::string& detail) {
    throw Error(ErrorCode::internal,
                "The decoders, thumbjobs-decoders.so of libthumbjobs " THUMBJOBS_VERSION ", " +
                    std::string(why) + "; install this version of the library as a whole.",
                detail);
}

fs::path find_file() {
    const fs::path folder = own_folder();
    const fs::path name = "thumbjobs-decoders.so";
    std::error_code error;
    for (const fs::path& place : {folder / "thumbjobs" / name, folder / name})
        if (fs::is_regular_file(place, error))
            return place;
    refuse("were not found",
           "searched: " + (folder / "thumbjobs").string() + ", " + folder.string());
}

const Decoders& load() {
    const fs::path file = find_file();
    // Never unloaded: libvips cannot be set up twice.
    void* const handle = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!handle)
        refuse("cannot be loaded", ::dlerror());
    const auto find =
        reinterpret_cast<decltype(&thumbjobs_decoders)>(::dlsym(handle, "thumbjobs_decoders"));
    if (!find)
        refuse("cannot be used", ::dlerror());
    const Decoders& found = *find();
    // An upgrade may have replaced the file since this program was started.
    if (found.version != std::string_view(THUMBJOBS_VERSION))
        refuse("are of another version", file.string() + " is " + found.version);
    return found;
}

} // namespace

const Decoders& decoders() {
    static const Decoders& loaded = load();
    return loaded;
}

} // namespace thumbjobs
