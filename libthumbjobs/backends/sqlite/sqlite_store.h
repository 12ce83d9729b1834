#pragma once

#include <thumbjobs/registry.h>

#include <memory>

namespace thumbjobs {

/// Opens `sqlite:PATH`, a job store in one file, which several processes of one machine may share.
/// Creates the file, not its folder. `?durability=relaxed` (or `full`, the default) does what
/// BackendContext::relaxed_durability does. Throws Error(invalid_argument), Error(incompatible),
/// Error(store_unavailable).
std::shared_ptr<JobStore> open_sqlite_store(BackendUrl url, const BackendContext& context);

} // namespace thumbjobs
