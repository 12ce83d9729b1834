#pragma once

namespace thumbd {

/// The whole program: reads the configuration, puts the parts together, serves until a signal
/// asks for the end, drains. Returns the exit code; see --help.
int run(int argument_count, char** arguments);

} // namespace thumbd
