#pragma once

#include "backends/sandbox/protocol.h"
#include "backends/sandbox/shared_memory.h"
#include "backends/sandbox/status_page.h"
#include "src/file_descriptor.h"

#include <thumbjobs/time.h>

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace thumbjobs::sandbox {

/// How a process ended, as the kernel tells it.
struct Ending {
    bool known = false; ///< False: another part of the program has taken the exit status.
    bool by_signal = false;
    int status = 0;     ///< The signal, or the exit status.
    bool by_us = false; ///< It lived until Helper::kill().
};

/// One helper process and what is shared with it. Its destructor ends the process and leaves no
/// zombie. Not thread-safe; may move between threads.
class Helper {
public:
    /// Starts `program`, and gives it `setup` to follow. Throws Error(internal).
    ///
    /// To be called on a thread that lives as long as the helper shall: the helper ends with it.
    Helper(const std::string& program, const Setup& setup);
    Helper(const Helper&) = delete;
    Helper& operator=(const Helper&) = delete;
    ~Helper();

    pid_t pid() const noexcept { return pid_; }
    int socket() const noexcept { return socket_.get(); }
    int pidfd() const noexcept { return pidfd_.get(); }
    InputMemory& input() noexcept { return input_; }
    int output() const noexcept { return output_.get(); }
    StatusPage& status() const noexcept;

    /// Resident memory in bytes; nothing where /proc does not tell.
    std::optional<std::int64_t> resident() const noexcept;

    void kill() noexcept;

    /// Gives back what it has written to the output file, but for the pages that an everyday image
    /// needs again. Whatever it says that it wrote: such pages are part of no limit.
    void trim_output() noexcept;

    /// How it ended. Kills it if it lives on for `grace`.
    Ending wait(Milliseconds grace) noexcept;

    // What its users keep about it.
    Ready ready{};
    int images = 0;                                     ///< That it was given.
    std::chrono::steady_clock::time_point first_used{}; ///< When it was lent for the first.
    std::uint64_t cpu_ms = 0;                           ///< As it says itself.
    bool usable = true; ///< False after an incident: it gets no other image.

private:
    InputMemory input_;
    FileDescriptor output_;
    FileDescriptor status_;
    Mapping status_page_;
    FileDescriptor socket_;
    FileDescriptor pidfd_;
    FileDescriptor memory_file_; ///< /proc/<pid>/statm
    pid_t pid_ = -1;
    bool killed_ = false;
    std::optional<Ending> ending_;
};

/// Bytes of an image that fits into a helper's own input memory; larger ones get a file each.
inline constexpr std::size_t shared_input_size = 4u << 20;

} // namespace thumbjobs::sandbox
