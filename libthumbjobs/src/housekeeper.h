#pragma once

#include "src/core.h"

#include <thumbjobs/resizer.h>

namespace thumbjobs {

/// Gives back expired leases, lets retention expire, and removes what tombstones stand for.
class Housekeeper {
public:
    explicit Housekeeper(const Core& core) : core_(core) {}

    /// One round; ends early once `stop` is set. Never throws: it says once that the store or
    /// storage fails, and once that it works again.
    void run(const CancelToken& stop) noexcept;

private:
    void sweep(const CancelToken& stop);
    void bury(const CancelToken& stop);
    bool clear(const JobRecord& record);

    const Core& core_;
    bool failing_ = false; // of the one thread that calls run()
};

/// Removes every blob that a job in `record` may have. Throws as Storage::remove() does.
void remove_blobs(const Core& core, const JobRecord& record);

} // namespace thumbjobs
