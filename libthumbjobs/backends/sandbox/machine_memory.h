#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace thumbjobs::sandbox {

/// Bytes that this process may use: the least limit of its cgroups (version 2 or 1), else what the
/// machine has.
std::int64_t machine_memory();

/// How often the kernel has killed a process of this cgroup for lack of memory; nothing where that
/// is not told.
std::optional<std::int64_t> kernel_memory_kills();

/// The path of this process's cgroup in the hierarchy of `controller` (empty: version 2), from the
/// text of /proc/self/cgroup. Borrowed from `text`; nothing when there is none.
std::optional<std::string_view> cgroup_path(std::string_view text,
                                            std::string_view controller) noexcept;

/// The number behind `key` in a text of lines `key value`; nothing when it is not there.
std::optional<std::int64_t> keyed_value(std::string_view text, std::string_view key) noexcept;

} // namespace thumbjobs::sandbox
