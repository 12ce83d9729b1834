#include "backends/sandbox/helper.h"

#include "backends/sandbox/channel.h"
#include "backends/sandbox/spawn.h"
#include "src/decimal.h"

#include <thumbjobs/error.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

namespace thumbjobs::sandbox {
namespace {

constexpr std::size_t page_size = 4096;
constexpr std::int64_t kept_output = 1 << 20; // bytes

[[noreturn]] void fail(const char* what) {
    throw Error(ErrorCode::internal, "A decoder process could not be started.",
                std::string(what) + ": " + std::strerror(errno));
}

int open_pidfd(pid_t pid) noexcept {
    return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
}

int poll_one(int descriptor, int milliseconds) noexcept {
    pollfd entry{descriptor, POLLIN, 0};
    int ready = 0;
    do
        ready = ::poll(&entry, 1, milliseconds);
    while (ready < 0 && errno == EINTR);
    return ready;
}

} // namespace

Helper::Helper(const std::string& program, const Setup& setup)
    : input_(static_cast<std::size_t>(setup.shared_input)),
      output_(make_shared_memory("thumbjobs-output", setup.output)),
      status_(make_shared_memory("thumbjobs-status", page_size)),
      status_page_(status_.get(), page_size, Mapping::Access::write) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
        fail("socketpair");
    socket_.reset(ends[0]);
    const FileDescriptor theirs(ends[1]);
    pid_ = spawn(program, {theirs.get(), status_.get(), input_.file(), output_.get()});
    pidfd_.reset(open_pidfd(pid_));
    if (!pidfd_) {
        const int error = errno;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        errno = error;
        fail("pidfd_open");
    }
    const std::string statm = "/proc/" + std::to_string(pid_) + "/statm";
    memory_file_.reset(::open(statm.c_str(), O_RDONLY | O_CLOEXEC));
    send_packet(socket_.get(), encode(setup)); // if it fails, the process has ended: seen later
}

Helper::~Helper() {
    if (pid_ > 0)
        wait(Milliseconds{0});
}

StatusPage& Helper::status() const noexcept {
    return *reinterpret_cast<StatusPage*>(status_page_.data());
}

std::optional<std::int64_t> Helper::resident() const noexcept {
    std::array<char, 128> text{}; // `size resident shared ...` in pages
    const ssize_t got = ::pread(memory_file_.get(), text.data(), text.size(), 0);
    if (got <= 0)
        return std::nullopt;
    std::string_view rest(text.data(), static_cast<std::size_t>(got));
    rest.remove_prefix(std::min(rest.find(' ') + 1, rest.size()));
    const auto pages = parse_decimal<std::int64_t>(rest.substr(0, rest.find(' ')));
    if (!pages)
        return std::nullopt;
    return *pages * ::sysconf(_SC_PAGESIZE);
}

void Helper::kill() noexcept {
    usable = false;
    if (ending_)
        return;
    killed_ = killed_ || poll_one(pidfd_.get(), 0) == 0;
    ::syscall(SYS_pidfd_send_signal, pidfd_.get(), SIGKILL, nullptr, 0);
}

void Helper::trim_output() noexcept {
    struct stat file {};
    constexpr std::int64_t block = 512;
    if (::fstat(output_.get(), &file) == 0 && file.st_blocks * block > kept_output)
        discard_pages(output_.get(), kept_output, file.st_size - kept_output);
}

Ending Helper::wait(Milliseconds grace) noexcept {
    if (ending_)
        return *ending_;
    if (poll_one(pidfd_.get(), static_cast<int>(grace.count())) <= 0) {
        kill();
        poll_one(pidfd_.get(), -1);
    }
    usable = false;
    siginfo_t info{};
    int result = 0;
    do
        result = ::waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), &info, WEXITED);
    while (result != 0 && errno == EINTR);
    ending_ = result != 0 ? Ending{}
                          : Ending{.known = true,
                                   .by_signal = info.si_code != CLD_EXITED,
                                   .status = info.si_status,
                                   .by_us = killed_};
    return *ending_;
}

} // namespace thumbjobs::sandbox
