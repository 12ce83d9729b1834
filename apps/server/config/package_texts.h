#pragma once

#include <string>

namespace thumbd {

// What a package installs beside the program, all from the option table.

/// thumbd(8), for man.
std::string man_page();

/// Completion of options and their values, for bash.
std::string bash_completion();

/// A configuration file to begin with: every option, explained, commented out.
std::string config_file();

} // namespace thumbd
