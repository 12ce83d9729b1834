// Runs a program as in a hardened container: an ordinary user without capabilities, the root file
// system read-only, and the refusals of a container runtime's default seccomp profile.
//
// usage: contained PROGRAM [ARGUMENT...]
// Exits with 77 where this system does not allow to set that up (it takes root).
#include <seccomp.h>

#include <grp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>

namespace {

void need(bool done, const char* what) {
    if (done)
        return;
    std::perror(what);
    std::exit(77);
}

void make_root_read_only() {
    need(::unshare(CLONE_NEWNS) == 0, "unshare");
    need(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0, "private mounts");
    need(::mount("/", "/", nullptr, MS_BIND, nullptr) == 0, "bind /");
    need(::chdir("/") == 0 && ::chroot("/") == 0, "chroot");
    need(::mount(nullptr, "/", nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) == 0,
         "read-only /");
}

void become_nobody() {
    constexpr unsigned nobody = 65534;
    need(::setgroups(0, nullptr) == 0, "setgroups");
    need(::setresgid(nobody, nobody, nobody) == 0, "setresgid");
    need(::setresuid(nobody, nobody, nobody) == 0, "setresuid"); // drops all capabilities
}

/// What Docker's default profile refuses to a process without CAP_SYS_ADMIN.
void load_runtime_filter() {
    const scmp_filter_ctx filter = ::seccomp_init(SCMP_ACT_ALLOW);
    need(filter != nullptr, "seccomp_init");
    for (const int call : {SCMP_SYS(unshare), SCMP_SYS(setns), SCMP_SYS(mount), SCMP_SYS(umount2),
                           SCMP_SYS(pivot_root), SCMP_SYS(keyctl), SCMP_SYS(add_key), SCMP_SYS(bpf),
                           SCMP_SYS(perf_event_open), SCMP_SYS(userfaultfd)})
        need(::seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), call, 0) == 0, "rule");
    need(::seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0, "rule");
    need(::seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
                            SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_NEWUSER, CLONE_NEWUSER)) == 0,
         "rule");
    need(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
    need(::seccomp_load(filter) == 0, "seccomp_load");
    ::seccomp_release(filter);
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 2)
        return 2;
    make_root_read_only();
    become_nobody();
    load_runtime_filter();
    need(::access(argv[1], X_OK) == 0, argv[1]);
    ::execv(argv[1], argv + 1);
    need(false, argv[1]);
}
