/// What the sandbox costs: the resizer in this process against the same in helper processes, in
/// turns, so that a busy machine slows both alike. One image at a time, from a stored file, as
/// engines with `file:` do it: in-process it is read, to the sandbox it is lent; and from memory.
/// Then what a helper takes: memory of its own, with its share of what several use, and resident.
///
/// usage: bench_sandbox [SECONDS [FILE...]]
/// Without files: JPEGs of about 64 KB and 700 KB.
#include "bench_images.h"
#include "measure.h"

#include <thumbjobs/registry.h>
#include <thumbjobs/resizer.h>

#include <vips/vips8>

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using thumbjobs::Bytes;
using thumbjobs::Resizer;

constexpr int turn = 20; ///< Images until the other takes over: /proc counts CPU in hundredths.

struct Input {
    std::string name;
    Bytes data;
    std::string path{}; ///< The same in a file.
};

struct Contender {
    Resizer& resizer;
    std::vector<double> milliseconds{};
    double cpu_seconds = 0;
    Bytes buffer{};

    void take_turn(const Input& image, bool stored) {
        const double before = bench::usage_of_tree(getpid()).cpu_seconds;
        for (int i = 0; i < turn; ++i) {
            const bench::Stopwatch watch;
            if (stored)
                resize_file(image.path);
            else
                resize({.input = image.data, .specs = specs, .limits = limits});
            milliseconds.push_back(watch.seconds() * 1000);
        }
        cpu_seconds += bench::usage_of_tree(getpid()).cpu_seconds - before;
    }

    void resize_file(const std::string& path) {
        const thumbjobs::BlobPtr blob = thumbjobs::open_file_blob(path);
        if (resizer.takes_files()) {
            resize({.specs = specs, .limits = limits, .file = blob.get()});
            return;
        }
        buffer.resize(static_cast<std::size_t>(blob->size()));
        blob->read(0, buffer);
        resize({.input = buffer, .specs = specs, .limits = limits});
    }

    /// With what an engine asks for beside the renditions.
    void resize(thumbjobs::ResizeRequest request) {
        request.cancel = &cancel;
        request.progress = [](double) {};
        request.header = [](const thumbjobs::ImageInfo&) {};
        resizer.resize(request);
    }

    const std::vector<thumbjobs::RenditionSpec> specs{{}};
    const thumbjobs::ImageLimits limits{};
    const thumbjobs::CancelToken cancel{};

    double median() {
        const auto middle = milliseconds.begin() + std::ptrdiff_t(milliseconds.size() / 2);
        std::nth_element(milliseconds.begin(), middle, milliseconds.end());
        return *middle;
    }

    double cpu_milliseconds() const { return cpu_seconds * 1000 / double(milliseconds.size()); }
};

/// A JPEG of about `kilobytes`: a part of a large one.
Input make_input(int kilobytes) {
    const Bytes large = bench::make_image("jpeg-12mp").data;
    const vips::VImage image =
        vips::VImage::new_from_buffer(large.data(), large.size(), "").copy_memory();
    const double share = std::min(1.0, kilobytes * 1000.0 / double(large.size()));
    const double side = std::sqrt(share);
    VipsBlob* blob = image
                         .crop(0, 0, std::max(16, int(image.width() * side)),
                               std::max(16, int(image.height() * side)))
                         .jpegsave_buffer(vips::VImage::option()->set("Q", 80));
    const auto* begin = static_cast<const std::byte*>(VIPS_AREA(blob)->data);
    Input input{std::to_string(kilobytes) + " KB", Bytes(begin, begin + VIPS_AREA(blob)->length)};
    vips_area_unref(VIPS_AREA(blob));
    return input;
}

Input read_input(const char* path) {
    std::ifstream file(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto view = thumbjobs::as_bytes(text);
    return {path, Bytes(view.begin(), view.end())};
}

void compare(const Input& input, bool stored, double seconds, Resizer& plain, Resizer& sandbox) {
    Contender without{plain};
    Contender with{sandbox};
    const bench::Stopwatch watch;
    do {
        without.take_turn(input, stored);
        with.take_turn(input, stored);
    } while (watch.seconds() < seconds);
    std::printf("| %s | %s | %zu | %.2f | %.2f | %.3f | %.2f | %.2f | %+.2f |\n",
                input.name.c_str(), stored ? "file" : "memory", input.data.size(), without.median(),
                with.median(), with.median() / without.median(), without.cpu_milliseconds(),
                with.cpu_milliseconds(), with.cpu_milliseconds() - without.cpu_milliseconds());
    std::fflush(stdout);
}

/// Files in a folder of their own, for as long as it lives.
class Folder {
public:
    Folder() {
        std::string name = std::filesystem::temp_directory_path() / "bench-sandbox-XXXXXX";
        if (!::mkdtemp(name.data()))
            throw std::runtime_error("no temporary folder: " + name);
        path_ = name;
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    std::string keep(const Bytes& data) {
        const std::string file = path_ / std::to_string(++count_);
        std::ofstream(file, std::ios::binary)
            .write(reinterpret_cast<const char*>(data.data()), std::streamsize(data.size()));
        return file;
    }

private:
    std::filesystem::path path_;
    int count_ = 0;
};

} // namespace

int main(int argc, char** argv) {
    try {
        const double seconds = argc > 1 ? std::atof(argv[1]) : 10;
        const auto& registry = thumbjobs::Registry::builtin();
        const auto plain = registry.open_resizer("jpeg:png:webp:vips:", {});
        const auto sandbox = registry.open_resizer("sandbox:jpeg:png:webp:vips:?helpers=1", {});
        Folder folder;
        std::vector<Input> inputs;
        for (int i = 2; i < argc; ++i)
            inputs.push_back(read_input(argv[i]));
        if (inputs.empty())
            inputs = {make_input(64), make_input(700)};
        for (Input& input : inputs)
            input.path = folder.keep(input.data);
        std::printf("| image | from | bytes | p50 ms in-process | p50 ms sandboxed | ratio | CPU "
                    "ms in-process "
                    "| CPU ms sandboxed | more |\n|---|---|---|---|---|---|---|---|---|\n");
        for (const Input& input : inputs)
            for (const bool stored : {true, false})
                compare(input, stored, seconds, *plain, *sandbox);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_sandbox: %s\n", error.what());
        return 1;
    }
    return 0;
}
