#pragma once

#include <thumbjobs/error.h>
#include <thumbjobs/registry.h>
#include <thumbjobs/resizer.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace thumbjobs::test {

/// A sandbox around the resizer whose images are accidents (accident_worker.cpp).
inline std::shared_ptr<Resizer> open_accidents(const std::string& options = {}) {
    return Registry::builtin().open_resizer("sandbox:accident:?worker=" SANDBOX_TEST_WORKER +
                                                (options.empty() ? "" : "&" + options),
                                            {});
}

/// A request for `input` with one rendition of the name `thumbnail`.
struct Order {
    explicit Order(std::string text) : input(std::move(text)) {}

    ResizeRequest request() const {
        return {.input = as_bytes(input), .specs = specs, .limits = limits};
    }

    std::string input;
    std::vector<RenditionSpec> specs{{}};
    ImageLimits limits{};
};

inline ResizeResult resize_order(Resizer& resizer, const std::string& input) {
    const Order order(input);
    return resizer.resize(order.request());
}

inline std::string text_of(const Bytes& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The input of a rendition of the accidents: each is the first bytes of its format, then that.
inline std::string echoed(const EncodedImage& image) {
    const std::size_t magic = image.media_type == "image/png" ? 8 : 3;
    return text_of(image.data).substr(magic);
}

/// What /proc/PID/FILE says on the line that begins with `name`; anybody may read it.
inline std::string proc_line(int pid, const char* file, std::string_view name) {
    std::ifstream lines("/proc/" + std::to_string(pid) + '/' + file);
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with(name))
            return line.substr(name.size());
    return {};
}

/// The processes whose parent is this one, zombies included.
inline std::set<int> child_processes() {
    std::set<int> children;
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
        std::ifstream list(task.path() / "children");
        for (int pid = 0; list >> pid;)
            children.insert(pid);
    }
    return children;
}

inline std::size_t open_descriptors() {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

} // namespace thumbjobs::test
