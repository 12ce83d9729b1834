#pragma once

#include <thumbjobs/registry.h>

#include <memory>

namespace thumbjobs {

/// Opens `memory:`: a storage of its own, gone with its last reference. It takes no options and
/// refuses nothing for want of space.
std::shared_ptr<Storage> open_memory_storage(const BackendUrl& url, const BackendContext& context);

} // namespace thumbjobs
