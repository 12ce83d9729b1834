// A helper program for the sandbox's tests: the real one's lock and protocol around a resizer whose
// "images" are orders to have an accident.
#include "backends/sandbox/channel.h"
#include "backends/sandbox/protocol.h"
#include "worker/run.h"

#include <thumbjobs/error.h>

#include <vips/vips.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <new>
#include <string>
#include <thread>

using namespace thumbjobs;

namespace {

std::atomic<std::uint64_t> sink{0};
std::atomic<int> zero{0};

void overflow_stack(int depth) {
    volatile char frame[4096]; // NOLINT: std::array has no volatile access
    frame[0] = static_cast<char>(depth);
    if (depth >= 0)
        overflow_stack(depth + 1);
    sink += static_cast<std::uint64_t>(frame[0]);
}

void fill_memory() {
    for (;;) {
        void* const block = std::malloc(1 << 20);
        if (!block)
            std::abort();
        std::memset(block, 1, 1 << 20);
        sink += reinterpret_cast<std::uintptr_t>(block);
    }
}

/// A decoder that passes over a failed allocation and says that all is well.
void ignore_failed_allocation() {
    void* const block = std::malloc(std::size_t{1} << 40);
    sink += reinterpret_cast<std::uintptr_t>(block);
    std::free(block);
}

void spin() {
    for (;;)
        ++sink;
}

void say(ByteView bytes) {
    sandbox::send_packet(sandbox::helper_socket, bytes);
}

void answer_half() {
    const Bytes whole = sandbox::encode(sandbox::Answer(sandbox::Abandoned{1}));
    say(ByteView(whole).first(whole.size() / 2));
    spin();
}

void answer_for_another() {
    const Bytes other = sandbox::encode(sandbox::Answer(sandbox::Abandoned{~std::uint64_t{0}}));
    say(other);
    spin();
}

/// Claims an output that it has not written.
void claim_output() {
    const Bytes huge = sandbox::encode(sandbox::Answer(
        sandbox::Done{.id = 1, .source = {}, .cpu_ms = 0, .images = {{1ULL << 40, "a/b", 1, 1}}}));
    say(huge);
    spin();
}

void die_soon() {
    std::thread([] {
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
        ::_exit(0);
    }).detach();
}

/// Kept by a decoder that does not give back what it took.
void hoard() {
    constexpr std::size_t size = std::size_t{64} << 20;
    void* const block = std::malloc(size);
    std::memset(block, 1, size);
    sink += reinterpret_cast<std::uintptr_t>(block);
}

void expect_refused(long result, int error) {
    if (result >= 0 || errno != error)
        std::abort();
}

/// Neither environment nor any descriptor beyond the protocol's.
void look_for_what_was_inherited() {
    if (*environ)
        std::abort();
    constexpr int limit = 64; // RLIMIT_NOFILE
    for (int descriptor = sandbox::helper_output + 1; descriptor < limit; ++descriptor)
        expect_refused(::lseek(descriptor, 0, SEEK_CUR), EBADF);
}

const std::map<std::string, std::function<void()>>& accidents() {
    static const std::map<std::string, std::function<void()>> all{
        {"ok", [] {}},
        {"segv", [] { *reinterpret_cast<volatile int*>(std::uintptr_t{16}) = 1; }},
        {"abort", [] { std::abort(); }},
        {"fpe", [] { ::raise(SIGFPE); }},
        {"stack", [] { overflow_stack(zero); }},
        {"spin", spin},
        {"fill", fill_memory},
        {"new",
         [] { sink += reinterpret_cast<std::uintptr_t>(::operator new (std::size_t{1} << 40)); }},
        {"ignore", ignore_failed_allocation},
        {"exit", [] { ::_exit(0); }},
        {"socket", [] { ::socket(AF_UNIX, SOCK_STREAM, 0); }},
        {"exec", [] { ::execl("/bin/true", "true", nullptr); }},
        {"fork", [] { ::fork(); }},
        {"vfork-like", [] { ::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr); }},
        {"ptrace", [] { ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); }},
        {"kill", [] { ::kill(1, 0); }},
        {"tgkill", [] { ::syscall(SYS_tgkill, 1, 1, 0); }},
        {"unlink", [] { ::unlink("/tmp/x"); }},
        {"memfd", [] { ::memfd_create("x", 0); }},
        {"executable",
         [] {
             ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
                    -1, 0);
         }},
        {"blocked",
         [] {
             sigset_t every;
             ::sigfillset(&every);
             ::sigprocmask(SIG_SETMASK, &every, nullptr);
             ::socket(AF_UNIX, SOCK_STREAM, 0);
         }},
        // Refused with an answer: the decoder goes on.
        {"open", [] { expect_refused(::open("/etc/passwd", O_RDONLY), ENOENT); }},
        {"write-input",
         [] {
             expect_refused(::pwrite(sandbox::helper_input, "x", 1, 0), EPERM);
             expect_refused(::write(sandbox::helper_input, "x", 1), EPERM);
         }},
        {"inherited", look_for_what_was_inherited},
        {"hoard", hoard},
        {"thread", [] { std::thread([] { ++sink; }).join(); }},
        {"garbage",
         [] {
             say(as_bytes("garbage"));
             spin();
         }},
        {"half", answer_half},
        {"other", answer_for_another},
        {"claim", claim_output},
        {"close",
         [] {
             ::close(sandbox::helper_socket);
             spin();
         }},
        {"die-soon", die_soon},
    };
    return all;
}

/// Asks libvips of what type a file is, which thumbjobs never does:
/// before 8.17 it spins on gzip with something behind its end.
void guess_type(std::string_view file) {
    sink +=
        reinterpret_cast<std::uintptr_t>(vips_foreign_find_load_buffer(file.data(), file.size()));
}

/// An input is a word of accidents(), `guess` and a file in the body,, or `image WIDTH HEIGHT`;
/// what follows a line feed is its body. A line `GIF89a` may stand before it, for those who look at
/// the type. Each rendition is the input itself.
class AccidentResizer final : public Resizer {
public:
    std::string describe() const override { return "accidents"; }
    std::vector<std::string> input_types() const override { return {"image/gif"}; }

    ResizeResult resize(const ResizeRequest& request) override {
        const std::string text(reinterpret_cast<const char*>(request.input.data()),
                               request.input.size());
        constexpr std::string_view gif = "GIF89a\n";
        const std::size_t begin = text.starts_with(gif) ? gif.size() : 0;
        const std::string order = text.substr(begin, text.find('\n', begin) - begin);
        ImageInfo info{.media_type = "image/gif", .width = 4, .height = 3, .frames = 1};
        if (order.starts_with("image ")) {
            char* rest = nullptr;
            info.width = static_cast<int>(std::strtol(order.c_str() + 6, &rest, 10));
            info.height = static_cast<int>(std::strtol(rest, nullptr, 10));
        }
        if (order == "guess")
            guess_type(std::string_view(text).substr(order.size() + 1));
        if (order == "corrupt")
            throw Error(ErrorCode::image_corrupt, "The file is damaged.", "as ordered");
        if (request.header)
            request.header(info);
        if (const auto accident = accidents().find(order); accident != accidents().end())
            accident->second();
        else if (!order.starts_with("image ") && order != "guess")
            throw Error(ErrorCode::not_an_image, "No such accident.");
        if (request.progress)
            request.progress(0.5);
        ResizeResult result{.source = info, .images = {}};
        for (const RenditionSpec& spec : request.specs)
            result.images.push_back({Bytes(request.input.begin(), request.input.end()),
                                     "image/" + spec.name, spec.width, spec.height});
        return result;
    }
};

} // namespace

int main(int, char** arguments) {
    // Under these names it says that its lock does not hold.
    const std::string_view name = arguments[0];
    if (name == "makes-sockets" || name == "opens-files") {
        sandbox::Ready ready{.description = "accidents",
                             .input_types = {"image/gif"},
                             .socket_refused = "SIGSYS",
                             .open_refused = "ENOENT"};
        (name == "makes-sockets" ? ready.socket_refused : ready.open_refused).clear();
        say(sandbox::encode(sandbox::Answer(ready)));
        ::pause();
    }
    Registry registry;
    registry.add_resizer("accident", [](BackendUrl url, const BackendContext&) {
        if (url.take("libvips"))
            vips_init("accident_worker");
        url.refuse_rest("libvips");
        return std::make_shared<AccidentResizer>();
    });
    ::_exit(worker::run(registry));
}
