#pragma once

#include <cstdlib>

/// Ends the fuzzer, and so reports its input, unless an invariant holds.
inline void require(bool invariant) {
    if (!invariant)
        std::abort();
}
