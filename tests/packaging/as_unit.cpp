// Runs a program under the restrictions that thumbd.service asks systemd for and that a process can
// put on itself: an ordinary user without capabilities, no new privileges, the allowed system
// calls, address families and namespaces.
//
// usage: as_unit FILE PROGRAM [ARGUMENT...]
// FILE names the allowed system calls, one a line. Exits with 77 where that cannot be set up.
#include <seccomp.h>

#include <grp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

namespace {

void need(bool done, const char* what) {
    if (done)
        return;
    std::perror(what);
    std::exit(77);
}

void become_nobody() {
    if (::geteuid() != 0)
        return;
    constexpr unsigned nobody = 65534;
    need(::setgroups(0, nullptr) == 0, "setgroups");
    need(::setresgid(nobody, nobody, nobody) == 0, "setresgid");
    need(::setresuid(nobody, nobody, nobody) == 0, "setresuid"); // drops all capabilities
}

void allow(scmp_filter_ctx filter, const std::string& name) {
    const int call = ::seccomp_syscall_resolve_name(name.c_str());
    if (call < 0)
        return; // of another architecture, or newer than this libseccomp
    int result = 0;
    if (name == "socket") { // RestrictAddressFamilies=
        for (const int family : {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK})
            result |= ::seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1,
                                         SCMP_A0(SCMP_CMP_EQ, static_cast<std::uint64_t>(family)));
    } else if (name == "unshare" || name == "clone") { // RestrictNamespaces=user net
        constexpr std::uint64_t others =
            CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID;
        result = ::seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1,
                                    SCMP_A0(SCMP_CMP_MASKED_EQ, others, std::uint64_t{0}));
    } else if (name == "clone3") { // its arguments cannot be seen: systemd answers so as well
        result = ::seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), call, 0);
    } else {
        result = ::seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0);
    }
    need(result == 0, name.c_str());
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 3)
        return 2;
    const scmp_filter_ctx filter = ::seccomp_init(SCMP_ACT_ERRNO(EPERM));
    need(filter != nullptr, "seccomp_init");
    std::ifstream names(argv[1]);
    int count = 0;
    for (std::string name; names >> name; ++count)
        allow(filter, name);
    need(count > 100, "the list of system calls is short");
    become_nobody();
    need(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
    need(::seccomp_load(filter) == 0, "seccomp_load");
    ::execv(argv[2], argv + 2);
    need(false, argv[2]);
}
