#pragma once

#include <string>

namespace thumbjobs::worker {

/// How this process was kept from breaking out; empty where it was not.
struct Escape {
    std::string socket_refused{};
    std::string open_refused{};
};

/// Tries to make a socket and to open a folder, as a decoder that was taken over would.
Escape try_to_escape();

} // namespace thumbjobs::worker
