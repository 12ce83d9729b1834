#include "backends/sandbox/verdict.h"

#include <seccomp.h>

#include <signal.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

namespace thumbjobs::sandbox {
namespace {

/// `SIGSEGV (Segmentation fault)`
std::string signal_name(int number) {
    const char* const short_name = ::sigabbrev_np(number);
    const char* const text = ::sigdescr_np(number);
    if (!short_name)
        return "signal " + std::to_string(number);
    return "SIG" + std::string(short_name) + (text ? " (" + std::string(text) + ")" : "");
}

std::string call_name(int number) {
    const std::unique_ptr<char, decltype(&std::free)> name(
        ::seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number), &std::free);
    return name ? name.get() : "number " + std::to_string(number);
}

std::string mebibytes(std::int64_t bytes) {
    return std::to_string(bytes >> 20) + " MiB";
}

/// `30 s`, `1.5 s`
std::string seconds(Milliseconds duration) {
    std::string text = std::to_string(duration.count() / 1000);
    if (auto rest = duration.count() % 1000; rest != 0) {
        std::string decimals = std::to_string(1000 + rest).substr(1);
        decimals.erase(decimals.find_last_not_of('0') + 1);
        text += "." + decimals;
    }
    return text + " s";
}

Error forbidden(int call) {
    const std::string what =
        call < 0 ? "a system call that the sandbox forbids, and whose name is not known: it was "
                   "made with signals blocked, or in the manner of 32-bit programs"
                 : "the system call " + call_name(call) + ", which the sandbox forbids";
    return {ErrorCode::decoder_forbidden, "The image made its decoder attempt " + what + "."};
}

Error ended_by_signal(int number, const Evidence& evidence) {
    switch (number) {
    case SIGSYS:
        return forbidden(evidence.refused_call);
    case SIGXCPU:
        return {ErrorCode::decoder_timeout, "The decoder used more than " +
                                                std::to_string(evidence.cpu_seconds) +
                                                " s of processor time."};
    case SIGKILL:
        if (evidence.memory_kill)
            return {ErrorCode::decoder_out_of_memory,
                    "The system ran out of memory and killed the decoder."};
        break;
    default:
        break;
    }
    if (evidence.out_of_memory)
        return memory_verdict(evidence.memory);
    return {ErrorCode::decoder_crashed,
            number == SIGKILL
                ? "The decoder was killed from outside (SIGKILL)."
                : "The image crashed its decoder: it died of " + signal_name(number) + "."};
}

} // namespace

Error memory_verdict(std::int64_t memory) {
    return {ErrorCode::decoder_out_of_memory,
            "The decoder needed more memory than the " + mebibytes(memory) + " that it may use."};
}

Error verdict(const Ending& ending, const Evidence& evidence) {
    if (evidence.past_deadline)
        return {ErrorCode::decoder_timeout,
                "The decoder did not finish within " + seconds(evidence.timeout) + "."};
    if (evidence.spoke_nonsense)
        return {ErrorCode::decoder_crashed,
                "The decoder answered with something that is no answer."};
    if (!ending.known)
        return {ErrorCode::decoder_crashed, "The decoder ended; how is not known."};
    if (ending.by_signal)
        return ended_by_signal(ending.status, evidence);
    if (ending.status == exit_forbidden)
        return forbidden(evidence.refused_call);
    if (evidence.out_of_memory)
        return memory_verdict(evidence.memory);
    return {ErrorCode::decoder_crashed, "The decoder ended without an answer (exit status " +
                                            std::to_string(ending.status) + ")."};
}

} // namespace thumbjobs::sandbox
