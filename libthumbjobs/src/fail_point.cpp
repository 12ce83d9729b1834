#include "src/fail_point.h"

#ifdef THUMBJOBS_FAIL_POINTS

#include "src/decimal.h"

#include <signal.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace thumbjobs {
namespace {

struct Armed {
    std::string name;       ///< Empty: none.
    std::uint64_t pass = 1; ///< Of that name, from 1.
};

Armed read_environment() {
    const char* const text = std::getenv("THUMBJOBS_FAIL_POINT");
    if (text == nullptr)
        return {};
    Armed armed{text};
    if (const std::size_t colon = armed.name.find(':'); colon != std::string::npos) {
        armed.pass = parse_decimal<std::uint64_t>(armed.name.substr(colon + 1)).value_or(1);
        armed.name.erase(colon);
    }
    return armed;
}

} // namespace

void fail_point(std::string_view name) noexcept {
    static const Armed armed = read_environment();
    static std::atomic<std::uint64_t> passes{0};
    if (armed.name == name && ++passes == armed.pass)
        ::raise(SIGKILL);
}

} // namespace thumbjobs

#endif
