#pragma once

#include <thumbjobs/registry.h>

#include <memory>

namespace thumbjobs {

/// The reference implementation of JobStore: everything in this process's memory, behind one mutex.
/// It takes no target and no options. Nothing is shared between two of them.
std::shared_ptr<JobStore> open_memory_store(const BackendUrl& url, const BackendContext& context);

} // namespace thumbjobs
