#pragma once

#include "backends/sandbox/status_page.h"

namespace thumbjobs::worker {

/// From now on, a dying helper notes in `page` which system call was refused, or that it had no
/// memory left. It still dies of its signal, or by exit_forbidden.
void take_death_notes(sandbox::StatusPage& page);

/// While one lives, refused system calls of this thread fail instead of ending the process.
class RefusalProbe {
public:
    RefusalProbe() noexcept;
    RefusalProbe(const RefusalProbe&) = delete;
    RefusalProbe& operator=(const RefusalProbe&) = delete;
    ~RefusalProbe();

    /// Number of the last refused system call; -1: none.
    int refused() const noexcept;
};

} // namespace thumbjobs::worker
