#include "worker/lock.h"

#include "worker/isolation.h"
#include "worker/landlock.h"
#include "worker/seccomp_filter.h"

#include <thumbjobs/error.h>

#include <sys/prctl.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string>

namespace thumbjobs::worker {
namespace {

[[noreturn]] void fail(const char* what) {
    throw Error(ErrorCode::incompatible, "A decoder process could not be locked down.",
                std::string(what) + ": " + std::strerror(errno));
}

void limit(decltype(RLIMIT_CORE) resource, std::int64_t soft, std::int64_t hard, const char* name) {
    const rlimit both{static_cast<rlim_t>(soft), static_cast<rlim_t>(hard)};
    if (::setrlimit(resource, &both) != 0)
        fail(name);
}

void limit(decltype(RLIMIT_CORE) resource, std::int64_t value, const char* name) {
    limit(resource, value, value, name);
}

/// Bytes that count for RLIMIT_DATA now.
std::int64_t data_size() {
    std::ifstream file("/proc/self/status");
    std::string text{std::istreambuf_iterator<char>(file), {}};
    const std::size_t at = text.find("VmData:");
    if (at == std::string::npos)
        throw Error(ErrorCode::incompatible,
                    "A decoder process could not read its own size: is /proc mounted?");
    return std::stoll(text.substr(at + 7)) << 10;
}

std::int64_t processor_seconds() noexcept {
    timespec used{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return used.tv_sec + 1;
}

} // namespace

int lock_down(const sandbox::Setup& setup) {
    constexpr int open_files = 64;
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        fail("PR_SET_NO_NEW_PRIVS");
    drop_capabilities();
    if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        fail("PR_SET_DUMPABLE");
    const std::int64_t data = data_size();
    const int landlock = restrict_files_and_network();
    limit(RLIMIT_CORE, 0, "RLIMIT_CORE");
    limit(RLIMIT_FSIZE, setup.output, "RLIMIT_FSIZE");
    limit(RLIMIT_NOFILE, open_files, "RLIMIT_NOFILE");
    // At the hard limit the kernel kills without SIGXCPU, by which one could tell.
    const std::int64_t cpu = processor_seconds() + setup.cpu_seconds;
    limit(RLIMIT_CPU, cpu, cpu + 1, "RLIMIT_CPU");
    limit(RLIMIT_DATA, data + setup.memory, "RLIMIT_DATA");
    load_filter();
    return landlock;
}

} // namespace thumbjobs::worker
