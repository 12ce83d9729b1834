#pragma once

#include "backends/sandbox/helper.h"

#include <thumbjobs/error.h>
#include <thumbjobs/time.h>

#include <cstdint>

namespace thumbjobs::sandbox {

/// What is known about an attempt that took its helper down, besides how the process ended.
struct Evidence {
    bool past_deadline = false;  ///< We killed it, for its time was over.
    bool spoke_nonsense = false; ///< We killed it, for it broke the protocol.
    bool memory_kill = false;    ///< The kernel has just killed a process for lack of memory.
    bool out_of_memory = false;  ///< Its note: an allocation failed.
    int refused_call = -1;       ///< Its note: number of the forbidden system call; -1: none.
    Milliseconds timeout{};      ///< Of an attempt.
    std::int64_t memory = 0;     ///< Bytes that an attempt may use.
    std::int64_t cpu_seconds = 0;
};

/// Tells how an attempt ended: an error with one of the decoder_* codes and a sentence that says
/// what happened. What the kernel says goes before what the helper noted.
Error verdict(const Ending& ending, const Evidence& evidence);

/// The attempt used up its memory, though the helper lives.
Error memory_verdict(std::int64_t memory);

} // namespace thumbjobs::sandbox
