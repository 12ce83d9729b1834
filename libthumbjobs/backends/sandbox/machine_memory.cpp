#include "backends/sandbox/machine_memory.h"

#include "src/decimal.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

namespace thumbjobs::sandbox {
namespace {

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string_view take_line(std::string_view& text) noexcept {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
}

/// The number alone in a file; nothing for `max` or no file.
std::optional<std::int64_t> number_in(const std::string& path) {
    const std::string text = read_file(path);
    std::string_view rest = text;
    return parse_decimal<std::int64_t>(take_line(rest));
}

/// The least limit from a cgroup up to the root of its hierarchy. Inside a container the path of
/// /proc/self/cgroup may not exist; the root then is the container's own.
std::int64_t least_limit(const std::string& root, std::string path, const std::string& file) {
    std::int64_t least = INT64_MAX;
    for (;;) {
        const std::string name = std::string(root).append(path).append("/").append(file);
        least = std::min(least, number_in(name).value_or(INT64_MAX));
        if (path.empty())
            return least;
        path.resize(path.find_last_of('/') == std::string::npos ? 0 : path.find_last_of('/'));
    }
}

std::string own_path(std::string_view controller) {
    const std::string text = read_file("/proc/self/cgroup");
    std::string path(cgroup_path(text, controller).value_or(""));
    return path == "/" ? std::string{} : path;
}

} // namespace

std::optional<std::string_view> cgroup_path(std::string_view text,
                                            std::string_view controller) noexcept {
    while (!text.empty()) {
        const std::string_view line = take_line(text); // `4:cpu,memory:/a/b`, `0::/a/b`
        const std::size_t first = line.find(':');
        const std::size_t second = line.find(':', first + 1);
        if (first == std::string_view::npos || second == std::string_view::npos)
            continue;
        std::string_view names = line.substr(first + 1, second - first - 1);
        if (controller.empty() && names.empty())
            return line.substr(second + 1);
        while (!controller.empty() && !names.empty()) {
            const std::size_t comma = std::min(names.find(','), names.size());
            if (names.substr(0, comma) == controller)
                return line.substr(second + 1);
            names.remove_prefix(std::min(comma + 1, names.size()));
        }
    }
    return std::nullopt;
}

std::optional<std::int64_t> keyed_value(std::string_view text, std::string_view key) noexcept {
    while (!text.empty()) {
        const std::string_view line = take_line(text);
        if (line.size() > key.size() && line.starts_with(key) && line[key.size()] == ' ')
            return parse_decimal<std::int64_t>(line.substr(key.size() + 1));
    }
    return std::nullopt;
}

std::int64_t machine_memory() {
    const std::int64_t machine = std::int64_t{::sysconf(_SC_PHYS_PAGES)} * ::sysconf(_SC_PAGESIZE);
    return std::min(
        {machine, least_limit("/sys/fs/cgroup", own_path(""), "memory.max"),
         least_limit("/sys/fs/cgroup/memory", own_path("memory"), "memory.limit_in_bytes")});
}

std::optional<std::int64_t> kernel_memory_kills() {
    const std::string path = own_path("");
    for (const std::string& folder :
         {"/sys/fs/cgroup" + path, std::string("/sys/fs/cgroup"),
          "/sys/fs/cgroup/memory" + own_path("memory"), std::string("/sys/fs/cgroup/memory")})
        for (const char* name : {"/memory.events", "/memory.oom_control"})
            if (const auto kills = keyed_value(read_file(folder + name), "oom_kill"))
                return kills;
    return std::nullopt;
}

} // namespace thumbjobs::sandbox
