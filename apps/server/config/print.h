#pragma once

#include "config/config.h"

#include <string>

namespace thumbd {

/// The text of --help.
std::string help_text();

/// The effective configuration as a file that --config reads, each value with its origin; secrets
/// are left out.
std::string config_text(const Config& config);

/// docs/configuration.md.
std::string config_docs();

} // namespace thumbd
