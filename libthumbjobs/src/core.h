#pragma once

#include "src/watch.h"

#include <thumbjobs/job_store.h>
#include <thumbjobs/options.h>
#include <thumbjobs/resizer.h>
#include <thumbjobs/storage.h>

#include <algorithm>

namespace thumbjobs {

/// What all parts of one engine share; read-only once the engine is open.
struct Core {
    /// `settings` are validated, and their ready-made parts are set; a pure producer has no
    /// resizer.
    explicit Core(EngineOptions settings)
        : options(std::move(settings)),
          store(*options.job_store),
          storage(*options.image_storage),
          clock(*options.clock),
          watch(options.observer),
          kept_bytes(std::min(options.inline_thumbnails, store.keeps_up_to())) {}

    const EngineOptions options;
    JobStore& store;
    Storage& storage;
    const Clock& clock;
    const Watch watch;
    const std::int64_t kept_bytes; ///< Renditions up to this size are the store's to keep.

    LogNote note(LogLevel level, std::string message) const {
        return {.level = level, .message = std::move(message), .worker = options.worker_name};
    }

    /// How long a tombstone is kept: no worker that does not know yet that it lost its job can
    /// still write after it.
    Milliseconds tombstone_delay() const { return options.lease + options.storage_timeout; }
};

} // namespace thumbjobs
