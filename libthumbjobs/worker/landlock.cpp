#include "worker/landlock.h"

#include "src/file_descriptor.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace thumbjobs::worker {
namespace {

// As of ABI 6; Debian 12's <linux/landlock.h> knows three of these.
struct RulesetAttributes {
    std::uint64_t files;
    std::uint64_t network;
    std::uint64_t scoped;
};

constexpr unsigned version_flag = 1;

/// All file rights of an ABI: 13 in the first, then refer, truncate and (5) device ioctl.
std::uint64_t file_rights(int abi) noexcept {
    const int rights = abi >= 5 ? 16 : abi >= 3 ? 15 : abi == 2 ? 14 : 13;
    return (std::uint64_t{1} << rights) - 1;
}

} // namespace

int restrict_files_and_network() noexcept {
    const auto abi = static_cast<int>(
        ::syscall(SYS_landlock_create_ruleset, nullptr, std::size_t{0}, version_flag));
    if (abi < 1)
        return 0;
    const RulesetAttributes attributes{file_rights(abi), abi >= 4 ? 3U : 0U, abi >= 6 ? 3U : 0U};
    const std::size_t size = abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
    const FileDescriptor ruleset(
        static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, size, 0U)));
    if (!ruleset || ::syscall(SYS_landlock_restrict_self, ruleset.get(), 0U) != 0)
        return 0;
    return abi;
}

} // namespace thumbjobs::worker
