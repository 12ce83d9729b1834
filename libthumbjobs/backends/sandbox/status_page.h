#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace thumbjobs::sandbox {

/// What a helper is doing.
enum class Phase : std::uint32_t { starting, idle, header, pixels };

/// A page that helper and service share: what is worth no message, and what a dying helper could
/// still note. Only hints, since a decoder that was taken over can write anything here, at any
/// time; how it died is waitid's to say.
struct StatusPage {
    std::atomic<std::uint32_t> phase{};
    std::atomic<std::uint32_t> refused_call{};  ///< Number of the system call, plus one; 0: none.
    std::atomic<std::uint32_t> out_of_memory{}; ///< An allocation failed in this attempt.
    std::atomic<std::uint32_t> header_size{};   ///< Bytes of `header`; 0: none.
    std::array<std::byte, 512> header{};        ///< An encoded Header that waits for nothing.
};

static_assert(std::atomic<std::uint32_t>::is_always_lock_free);
static_assert(sizeof(StatusPage) <= 4096);

} // namespace thumbjobs::sandbox
