#pragma once

#include "config/settings.h"

#include <thumbjobs/resizer.h>

#include <memory>
#include <string>

namespace thumbd {

/// A resizer as the settings want it.
struct OpenedResizer {
    std::shared_ptr<thumbjobs::Resizer> resizer;
    bool sandboxed = false;
    std::string fallback{}; ///< Why `--sandbox auto` does without; empty otherwise.
};

/// The URL of `--resizer` with `--formats`, in the sandbox or not, with the options that the
/// settings have for it. Throws Error(invalid_argument) if `--resizer` is no URL.
std::string resizer_url(const Settings& settings, bool sandboxed);

/// Opens it. Throws as the resizers do.
OpenedResizer open_resizer(const Settings& settings);

/// Starts the sandbox, whatever `--sandbox` says, makes a thumbnail in it and tells about its lock.
/// Throws thumbjobs::Error when it does not hold or does not work.
std::string self_test(const Settings& settings);

} // namespace thumbd
