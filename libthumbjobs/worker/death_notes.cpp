#include "worker/death_notes.h"

#include "backends/sandbox/protocol.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>

namespace thumbjobs::worker {
namespace {

// For signal handlers: plain pointers to what is set up before the first signal.
sandbox::StatusPage* page = nullptr;
volatile sig_atomic_t probing = 0;
volatile sig_atomic_t probed_call = -1;

// A stack overflow leaves no stack for its handler.
alignas(16) std::array<char, 65536> handler_stack;

bool memory_is_spent() noexcept {
    constexpr std::size_t probe = 8 << 20;
    void* const room = ::mmap(nullptr, probe, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room == MAP_FAILED)
        return true;
    ::munmap(room, probe);
    return false;
}

void on_fatal(int signal) {
    if (memory_is_spent())
        page->out_of_memory = 1;
    // SA_RESETHAND has put the default back: this ends the process once the handler returns.
    ::syscall(SYS_tgkill, ::getpid(), static_cast<pid_t>(::syscall(SYS_gettid)), signal);
}

void on_refused(int, siginfo_t* info, void*) {
    if (probing) {
        probed_call = info->si_syscall;
        return;
    }
    page->refused_call = static_cast<std::uint32_t>(info->si_syscall) + 1;
    ::_exit(sandbox::exit_forbidden);
}

} // namespace

void take_death_notes(sandbox::StatusPage& target) {
    page = &target;
    stack_t stack{};
    stack.ss_sp = handler_stack.data();
    stack.ss_size = handler_stack.size();
    ::sigaltstack(&stack, nullptr);

    struct sigaction action {};
    action.sa_handler = on_fatal;
    action.sa_flags = static_cast<int>(SA_RESETHAND | SA_ONSTACK);
    for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGXCPU, SIGXFSZ})
        ::sigaction(signal, &action, nullptr);

    struct sigaction refused {};
    refused.sa_sigaction = on_refused;
    refused.sa_flags = SA_SIGINFO | SA_NODEFER;
    ::sigaction(SIGSYS, &refused, nullptr);
}

RefusalProbe::RefusalProbe() noexcept {
    probed_call = -1;
    probing = 1;
}

RefusalProbe::~RefusalProbe() {
    probing = 0;
}

int RefusalProbe::refused() const noexcept {
    return probed_call;
}

} // namespace thumbjobs::worker
