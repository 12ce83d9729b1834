#pragma once

#include "src/core.h"

#include <thumbjobs/resizer.h>

#include <atomic>
#include <optional>

namespace thumbjobs {

/// Deletes blobs that no job names: what crashes between two durable steps left behind.
class OrphanSweeper {
public:
    explicit OrphanSweeper(const Core& core) : core_(core) {}

    /// See Engine::sweep_orphans(); ends early once `stop` is set. Thread-safe.
    std::optional<int> sweep(const CancelToken& stop);

    /// The same, for a thread that has nobody to tell. Never throws.
    void run(const CancelToken& stop) noexcept;

    /// Whether the storage belongs to this job store; marks it as such if it belongs to none yet.
    /// Says so once if it does not.
    bool check_stamp();

private:
    bool acquire();
    int sweep_page(const std::vector<StoredBlob>& blobs);

    const Core& core_;
    std::atomic<bool> foreign_said_{false};
};

} // namespace thumbjobs
