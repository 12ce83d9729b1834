#include "worker/isolation.h"

#include <thumbjobs/error.h>

#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace thumbjobs::worker {

void close_other_files(int first) noexcept {
    // The service's posix_spawn has done so; this is for a helper that was started otherwise.
    ::syscall(SYS_close_range, static_cast<unsigned>(first), ~0U, 0U);
}

void die_with_service() noexcept {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
}

bool leave_network() noexcept {
    if (::unshare(CLONE_NEWNET) == 0)
        return true;
    return ::unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
}

void drop_capabilities() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    const std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> none{};
    if (::syscall(SYS_capset, &header, none.data()) != 0)
        throw Error(ErrorCode::incompatible,
                    "A decoder process could not give up its capabilities.",
                    std::string("capset: ") + std::strerror(errno));
}

} // namespace thumbjobs::worker
