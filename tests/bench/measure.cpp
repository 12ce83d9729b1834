#include "measure.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/kcmp.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

namespace bench {
namespace {

/// A field in kB of one of /proc's files on a process; 0 without it.
double megabytes_in(pid_t pid, const char* file, const std::string& field) {
    std::ifstream status("/proc/" + std::to_string(pid) + "/" + file);
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(field + ":"))
            return std::stod(line.substr(field.size() + 1)) / 1024;
    return 0;
}

/// User and system time, own and of children that were waited for (fields 14 to 17 of stat).
double stat_cpu_seconds(pid_t pid) {
    std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
    std::string line;
    std::getline(stat, line);
    const auto name_end = line.rfind(')');
    if (name_end == std::string::npos)
        return 0;
    std::istringstream fields(line.substr(name_end + 1));
    std::string skipped;
    for (int i = 3; i < 14; ++i)
        fields >> skipped;
    double ticks = 0;
    for (int i = 14; i <= 17; ++i) {
        double value = 0;
        fields >> value;
        ticks += value;
    }
    return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

/// Of all its threads: a process is listed at the one that started it.
std::vector<pid_t> children_of(pid_t pid) {
    std::vector<pid_t> children;
    std::error_code gone;
    const std::string tasks = "/proc/" + std::to_string(pid) + "/task";
    for (const auto& task : std::filesystem::directory_iterator(tasks, gone)) {
        std::ifstream list(task.path() / "children");
        for (pid_t child = 0; list >> child;)
            children.push_back(child);
    }
    return children;
}

/// Whether they are threads by another name: a child is, until it runs a program of its own.
bool shares_memory(pid_t one, pid_t other) {
    return ::syscall(SYS_kcmp, one, other, KCMP_VM, 0, 0) == 0;
}

} // namespace

Usage usage_of_self() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return {seconds(usage.ru_utime) + seconds(usage.ru_stime),
            static_cast<double>(usage.ru_maxrss) / 1024};
}

Usage usage_of_tree(pid_t root) {
    Usage sum{stat_cpu_seconds(root), megabytes_in(root, "status", "VmHWM")};
    for (const pid_t child : children_of(root)) {
        const Usage below = usage_of_tree(child);
        sum.cpu_seconds += below.cpu_seconds;
        sum.peak_megabytes += below.peak_megabytes;
    }
    return sum;
}

double resident_megabytes(pid_t pid) {
    return megabytes_in(pid, "status", "VmRSS");
}

double peak_resident_megabytes(pid_t pid) {
    return megabytes_in(pid, "status", "VmHWM");
}

double proportional_megabytes(pid_t root) {
    double sum = megabytes_in(root, "smaps_rollup", "Pss");
    for (const pid_t child : children_of(root))
        if (!shares_memory(root, child))
            sum += proportional_megabytes(child);
    return sum;
}

void spread_folders(const std::string& folder) {
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return;
    int flags = 0; // the kernel takes 32 bits, whatever the request's name says
    if (::ioctl(descriptor, FS_IOC_GETFLAGS, &flags) == 0) {
        flags |= FS_TOPDIR_FL;
        static_cast<void>(::ioctl(descriptor, FS_IOC_SETFLAGS, &flags));
    }
    ::close(descriptor);
}

} // namespace bench
