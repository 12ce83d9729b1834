#include "worker/seccomp_filter.h"

#include <thumbjobs/error.h>

#include <seccomp.h>

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

namespace thumbjobs::worker {
namespace {

// clang-format off
constexpr int allowed[] = {
    // The job channel and the output file.
    SCMP_SYS(recvmsg), SCMP_SYS(sendmsg), SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(pwrite64),
    SCMP_SYS(close), SCMP_SYS(lseek), SCMP_SYS(fstat), SCMP_SYS(poll), SCMP_SYS(ppoll),
    // Memory; mmap and mprotect have rules of their own.
    SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
    // Threads and locks.
    SCMP_SYS(futex), SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(sched_getaffinity),
    SCMP_SYS(sched_yield), SCMP_SYS(gettid), SCMP_SYS(getpid), SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    // Signal masks and handlers.
    SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigaction),
    SCMP_SYS(sigaltstack), SCMP_SYS(restart_syscall),
    // Clocks, and seeds of hash tables.
    SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(clock_nanosleep),
    SCMP_SYS(getrandom),
};

struct Answered {
    int call;
    int error;
};

constexpr Answered answered[] = {
    // Its flags lie in memory, where a filter cannot see them; glibc falls back to clone.
    {SCMP_SYS(clone3), ENOSYS},
    // Libraries that look for a file are told that there is none.
    {SCMP_SYS(openat), ENOENT}, {SCMP_SYS(open), ENOENT}, {SCMP_SYS(newfstatat), ENOENT},
    {SCMP_SYS(stat), ENOENT}, {SCMP_SYS(lstat), ENOENT}, {SCMP_SYS(statx), ENOENT},
    {SCMP_SYS(access), ENOENT}, {SCMP_SYS(faccessat), ENOENT}, {SCMP_SYS(faccessat2), ENOENT},
    {SCMP_SYS(readlink), ENOENT}, {SCMP_SYS(readlinkat), ENOENT}, {SCMP_SYS(getcwd), ENOENT},
    {SCMP_SYS(statfs), ENOENT},
    // Messages on the standard error, and questions that have a default answer.
    {SCMP_SYS(writev), EBADF}, {SCMP_SYS(getpeername), ENOTSOCK}, {SCMP_SYS(ioctl), ENOTTY}, {SCMP_SYS(sysinfo), ENOSYS},
    {SCMP_SYS(times), ENOSYS}, {SCMP_SYS(prlimit64), EPERM},
};
// clang-format on

class Filter {
public:
    Filter() : context_(::seccomp_init(SCMP_ACT_TRAP), &::seccomp_release) {
        if (!context_)
            throw Error(ErrorCode::incompatible, "This system has no seccomp.");
        set(SCMP_FLTATR_CTL_TSYNC, 1); // threads that the warm-up has left behind as well
        set(SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
        set(SCMP_FLTATR_CTL_OPTIMIZE, 2); // a binary tree
    }

    /// Rules for calls that this architecture lacks have negative numbers and are left out.
    template <typename... Conditions>
    void add(std::uint32_t action, int call, Conditions... conditions) {
        if (call >= 0)
            check(::seccomp_rule_add(context_.get(), action, call, sizeof...(conditions),
                                     conditions...),
                  "seccomp_rule_add");
    }

    void load() { check(::seccomp_load(context_.get()), "seccomp_load"); }

private:
    void set(scmp_filter_attr attribute, std::uint32_t value) {
        check(::seccomp_attr_set(context_.get(), attribute, value), "seccomp_attr_set");
    }

    static void check(int result, const char* what) {
        if (result < 0)
            throw Error(ErrorCode::incompatible, "This system does not take the seccomp filter.",
                        std::string(what) + ": " + std::strerror(-result));
    }

    std::unique_ptr<void, decltype(&::seccomp_release)> context_;
};

/// Threads, as pthread_create makes them: no processes.
void allow_threads(Filter& filter) {
    constexpr scmp_datum_t flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
                                   CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS |
                                   CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;
    filter.add(SCMP_ACT_ALLOW, SCMP_SYS(clone), SCMP_A0_64(SCMP_CMP_EQ, flags));
    filter.add(SCMP_ACT_ALLOW, SCMP_SYS(prctl), SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME));
    // abort(), and the death notes.
    filter.add(SCMP_ACT_ALLOW, SCMP_SYS(tgkill),
               SCMP_A0(SCMP_CMP_EQ, static_cast<scmp_datum_t>(::getpid())));
}

/// Files that are open already may be opened again: fonts.
void allow_duplicates(Filter& filter) {
    filter.add(SCMP_ACT_ALLOW, SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, F_DUPFD_CLOEXEC));
    filter.add(SCMP_ACT_ALLOW, SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, F_GETFL)); // fdopen()
    filter.add(SCMP_ACT_ALLOW, SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, F_SETFD),
               SCMP_A2(SCMP_CMP_EQ, FD_CLOEXEC));
}

/// No executable memory that was ever writable, and shared memory for reading only.
void allow_memory(Filter& filter) {
    filter.add(SCMP_ACT_ALLOW, SCMP_SYS(mmap), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0),
               SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_SHARED, 0));
    filter.add(SCMP_ACT_ALLOW, SCMP_SYS(mmap), SCMP_A2(SCMP_CMP_EQ, PROT_READ),
               SCMP_A3(SCMP_CMP_EQ, MAP_SHARED));
    filter.add(SCMP_ACT_ALLOW, SCMP_SYS(mprotect), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
}

} // namespace

void load_filter() {
    Filter filter;
    for (const int call : allowed)
        filter.add(SCMP_ACT_ALLOW, call);
    for (const auto& [call, error] : answered)
        filter.add(SCMP_ACT_ERRNO(static_cast<std::uint16_t>(error)), call);
    allow_threads(filter);
    allow_memory(filter);
    allow_duplicates(filter);
    filter.load();
}

} // namespace thumbjobs::worker
