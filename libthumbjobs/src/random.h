#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace thumbjobs {

/// Fills `target` from the kernel's generator: fit for secrets, never repeats after a fork.
/// Thread-safe. Throws Error(internal) where the kernel has none.
void fill_random(std::span<std::byte> target);

std::uint64_t random_u64();

/// `bytes` random bytes as twice as many lower-case hexadecimal digits.
std::string random_hex(std::size_t bytes);

} // namespace thumbjobs
