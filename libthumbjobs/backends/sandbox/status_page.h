#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace thumbjobs::sandbox {

/// What a helper is doing.
enum class Phase : std::uint32_t { starting, idle, header, pixels };

/// A page that helper and service share: what a dying helper could still note. Only a hint, since
/// a decoder that was taken over can write anything here; how it died is waitid's to say.
struct StatusPage {
    std::atomic<std::uint32_t> phase{};
    std::atomic<std::int32_t> refused_call{};   ///< Number of the system call, plus one; 0: none.
    std::atomic<std::uint32_t> out_of_memory{}; ///< An allocation failed in this attempt.
};

static_assert(std::atomic<std::uint32_t>::is_always_lock_free);
static_assert(sizeof(StatusPage) <= 4096);

} // namespace thumbjobs::sandbox
