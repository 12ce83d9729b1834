#include "backends/sandbox/locate.h"

#include "src/own_folder.h"

#include <thumbjobs/error.h>

#include <unistd.h>

#include <filesystem>
#include <vector>

namespace thumbjobs::sandbox {
namespace {

namespace fs = std::filesystem;

bool can_run(const fs::path& program) {
    std::error_code error;
    return fs::is_regular_file(program, error) && ::access(program.c_str(), X_OK) == 0;
}

std::vector<fs::path> candidates() {
    constexpr const char* name = "thumbjobs-worker";
    std::vector<fs::path> places;
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error).parent_path();
    if (!program.empty()) {
        places.push_back(program / name);
        places.push_back(program.parent_path() / "libexec/thumbjobs" / name);
    }
    if (const fs::path library = own_folder(); !library.empty()) {
        places.push_back(library / name);
        // The build folder's lib/ beside its bin/; a prefix's lib/ or lib/<multiarch>/.
        places.push_back(library.parent_path() / "bin" / name);
        places.push_back(library.parent_path() / "libexec/thumbjobs" / name);
        places.push_back(library.parent_path().parent_path() / "libexec/thumbjobs" / name);
    }
    return places;
}

} // namespace

std::string locate_worker(const std::string& given) {
    if (!given.empty()) {
        if (!can_run(given))
            throw Error(ErrorCode::invalid_argument,
                        "sandbox option \"worker\": there is no program to run at that path.",
                        given);
        return given;
    }
    std::string searched;
    for (const fs::path& place : candidates()) {
        if (can_run(place))
            return place;
        searched += (searched.empty() ? "" : ", ") + place.string();
    }
    throw Error(ErrorCode::invalid_argument,
                "The sandbox's helper program thumbjobs-worker was not found; give its path with "
                "the option \"worker\", or switch the sandbox off.",
                "searched: " + searched);
}

} // namespace thumbjobs::sandbox
