#include "backends/sandbox/spawn.h"

#include "src/file_descriptor.h"

#include <thumbjobs/error.h>

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

namespace thumbjobs::sandbox {
namespace {

void check(int error, const char* what) {
    if (error != 0)
        throw Error(ErrorCode::internal, "A decoder process could not be started.",
                    std::string(what) + ": " + std::strerror(error));
}

class FileActions {
public:
    FileActions() { check(::posix_spawn_file_actions_init(&actions_), "file actions"); }
    FileActions(const FileActions&) = delete;
    FileActions& operator=(const FileActions&) = delete;
    ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }

    posix_spawn_file_actions_t* get() noexcept { return &actions_; }

private:
    posix_spawn_file_actions_t actions_{};
};

/// Signals as a new program expects them, and out of reach of the terminal's Ctrl-C: a service
/// that drains still needs its helpers.
class Attributes {
public:
    Attributes() {
        check(::posix_spawnattr_init(&attributes_), "attributes");
        sigset_t none;
        sigset_t all;
        ::sigemptyset(&none);
        ::sigfillset(&all);
        ::posix_spawnattr_setsigmask(&attributes_, &none);
        ::posix_spawnattr_setsigdefault(&attributes_, &all);
        ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                                     POSIX_SPAWN_SETSID);
    }
    Attributes(const Attributes&) = delete;
    Attributes& operator=(const Attributes&) = delete;
    ~Attributes() { ::posix_spawnattr_destroy(&attributes_); }

    const posix_spawnattr_t* get() const noexcept { return &attributes_; }

private:
    posix_spawnattr_t attributes_{};
};

} // namespace

pid_t spawn(const std::string& program, const std::vector<int>& files) {
    constexpr int first = 3;
    const int after = first + static_cast<int>(files.size());
    FileActions actions;
    const Attributes attributes;
    for (int descriptor = 0; descriptor < first; ++descriptor)
        check(::posix_spawn_file_actions_addopen(actions.get(), descriptor, "/dev/null", O_RDWR, 0),
              "file actions");
    // Out of the way of their targets first; a dup2 onto itself would also keep close-on-exec.
    std::vector<FileDescriptor> copies;
    for (std::size_t i = 0; i < files.size(); ++i) {
        copies.emplace_back(::fcntl(files[i], F_DUPFD_CLOEXEC, after));
        check(copies.back() ? 0 : errno, "F_DUPFD_CLOEXEC");
        check(::posix_spawn_file_actions_adddup2(actions.get(), copies.back().get(),
                                                 first + static_cast<int>(i)),
              "file actions");
    }
    check(::posix_spawn_file_actions_addclosefrom_np(actions.get(), after), "file actions");

    std::string name(program.substr(program.rfind('/') + 1));
    const std::array<char*, 2> arguments{name.data(), nullptr};
    const std::array<char*, 1> environment{nullptr};
    pid_t pid = -1;
    check(::posix_spawn(&pid, program.c_str(), actions.get(), attributes.get(), arguments.data(),
                        environment.data()),
          "posix_spawn");
    return pid;
}

} // namespace thumbjobs::sandbox
