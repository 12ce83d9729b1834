#include "metrics/process_stats.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

namespace thumbd {
namespace {

/// The second the machine booted, from /proc/stat.
double boot_time() {
    std::ifstream stream("/proc/stat");
    std::string word;
    double seconds = 0;
    while (stream >> word)
        if (word == "btime" && stream >> seconds)
            break;
    return seconds;
}

double count_open_files() {
    std::error_code error;
    const std::filesystem::directory_iterator files("/proc/self/fd", error);
    if (error)
        return 0;
    // One of them is the descriptor that lists them.
    return static_cast<double>(std::distance(begin(files), end(files))) - 1;
}

} // namespace

std::optional<ProcessStats> read_process_stats() {
    std::ifstream stream("/proc/self/stat");
    std::string line;
    if (!std::getline(stream, line))
        return std::nullopt;
    // The second field is the name in parentheses, which may hold spaces: see proc(5).
    const auto name_end = line.rfind(')');
    if (name_end == std::string::npos)
        return std::nullopt;
    std::istringstream fields(line.substr(name_end + 2));
    const std::vector<std::string> values{std::istream_iterator<std::string>(fields), {}};
    constexpr std::size_t utime = 11, stime = 12, threads = 17, start = 19, vsize = 20, rss = 21;
    if (values.size() <= rss)
        return std::nullopt;
    const auto number = [&](std::size_t index) { return std::stod(values[index]); };
    const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
    static const double booted = boot_time();
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    return ProcessStats{.cpu_seconds = (number(utime) + number(stime)) / ticks,
                        .resident_bytes = number(rss) * static_cast<double>(sysconf(_SC_PAGESIZE)),
                        .virtual_bytes = number(vsize),
                        .start_time_seconds = booted + number(start) / ticks,
                        .open_fds = count_open_files(),
                        .max_fds = static_cast<double>(limit.rlim_cur),
                        .threads = number(threads)};
}

} // namespace thumbd
