#pragma once

#include <thumbjobs/options.h>

namespace thumbjobs {

/// Validates `options` and fills in what depends on other fields or the machine: `io_slots` and
/// `worker_name`. Throws Error(invalid_argument) that names the field, its value and what is
/// accepted.
void complete_options(EngineOptions& options);

} // namespace thumbjobs
