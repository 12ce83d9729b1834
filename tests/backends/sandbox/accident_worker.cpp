// A helper program for the sandbox's tests: the real one's lock and protocol around a resizer whose
// "images" are orders to have an accident.
#include "backends/sandbox/channel.h"
#include "backends/sandbox/protocol.h"
#include "backends/sandbox/status_page.h"
#include "worker/run.h"

#include <thumbjobs/error.h>

#include <vips/vips.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <new>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

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

/// Two descriptors with one packet: as many as the padding of a control message has room for.
void send_files() {
    std::array<int, 2> files{sandbox::helper_input, sandbox::helper_output};
    std::array<std::byte, 8> text{};
    iovec part{text.data(), text.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof files)> control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof files);
    std::memcpy(CMSG_DATA(header), files.data(), sizeof files);
    ::sendmsg(sandbox::helper_socket, &message, 0);
    spin();
}

/// Says more as soon as it has answered.
void chatter() {
    std::thread([] {
        void* const page = ::mmap(nullptr, sizeof(sandbox::StatusPage), PROT_READ, MAP_SHARED,
                                  sandbox::helper_status, 0);
        const auto& status = *static_cast<const sandbox::StatusPage*>(page);
        while (status.phase != static_cast<std::uint32_t>(sandbox::Phase::idle))
            std::this_thread::yield();
        say(as_bytes("and another thing"));
    }).detach();
}

void fill_output() {
    const std::string block(1 << 20, 'x');
    for (off_t at = 0; at < 30; ++at)
        if (::pwrite(sandbox::helper_output, block.data(), block.size(), at << 20) < 0)
            std::abort();
}

/// A system call that nobody made, as the last words.
void lie_about_the_end() {
    const std::uint32_t call = 1U << 31;
    ::pwrite(sandbox::helper_status, &call, sizeof call,
             offsetof(sandbox::StatusPage, refused_call));
    ::_exit(sandbox::exit_forbidden);
}

/// Frees what it took, but for the last piece: no heap shrinks by itself then.
void litter() {
    constexpr std::size_t piece = 64 << 10;
    std::vector<void*> pieces(512);
    for (void*& block : pieces) {
        block = std::malloc(piece);
        std::memset(block, 1, piece);
    }
    sink += reinterpret_cast<std::uintptr_t>(pieces.back());
    pieces.pop_back();
    for (void* block : pieces)
        std::free(block);
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
        {"send-files", send_files},
        {"chatter", chatter},
        {"fill-output", fill_output},
        {"litter", litter},
        {"lying-note", lie_about_the_end},
        {"sleep",
         [] {
             for (;;)
                 std::this_thread::sleep_for(std::chrono::hours{1});
         }},
        {"stop", [] { ::raise(SIGSTOP); }},
        {"executable-later",
         [] {
             void* const page =
                 ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
             ::mprotect(page, 4096, PROT_READ | PROT_EXEC);
         }},
        {"write-shared",
         [] {
             ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, sandbox::helper_input, 0);
         }},
        {"signal-us", [] { ::fcntl(sandbox::helper_socket, F_SETOWN, 1); }},
        {"outlive-us", [] { ::prctl(PR_SET_PDEATHSIG, 0); }},
        {"write-to-us", [] { ::process_vm_writev(1, nullptr, 0, nullptr, 0, 0); }},
        {"io_uring", [] { ::syscall(SYS_io_uring_setup, 1, nullptr); }},
        {"truncate", [] { static_cast<void>(::ftruncate(sandbox::helper_output, 0)); }},
    };
    return all;
}

/// Asks libvips of what type a file is, which thumbjobs never does:
/// before 8.17 it spins on gzip with something behind its end.
void guess_type(std::string_view file) {
    sink +=
        reinterpret_cast<std::uintptr_t>(vips_foreign_find_load_buffer(file.data(), file.size()));
}

/// A file that came with the order; -1 if none did.
int lent_file() {
    for (int descriptor = sandbox::helper_output + 1; descriptor < 64; ++descriptor)
        if (::fcntl(descriptor, F_GETFL) >= 0)
            return descriptor;
    return -1;
}

/// Every way to change what the image was read from that the lock answers.
void attack_original(ByteView input) {
    auto* const begin = const_cast<std::byte*>(input.data());
    expect_refused(::mprotect(begin, 4096, PROT_READ | PROT_WRITE), EACCES);
    if (::madvise(begin, 4096, MADV_REMOVE) == 0)
        std::abort();
    const int file = lent_file();
    if (file < 0) // it lies in the input memory
        return;
    if (::pwrite(file, "y", 1, 0) >= 0 || ::write(file, "y", 1) >= 0)
        std::abort();
    const std::string path = "/proc/self/fd/" + std::to_string(file);
    expect_refused(::open(path.c_str(), O_RDWR), ENOENT);
}

void map_original() {
    const int file = lent_file();
    ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED,
           file < 0 ? sandbox::helper_input : file, 0);
}

/// Renditions that are none: a page of HTML, under its own name or another's, one that is far too
/// large for its pixels, and one with too many of them.
void spoil(EncodedImage& image, std::string_view how) {
    const ByteView page = as_bytes("<html><script>alert(1)</script></html>");
    if (how.starts_with("page"))
        image.data.assign(page.begin(), page.end());
    if (how == "page")
        image.media_type = "text/html";
    if (how == "huge")
        image.data.resize(9 << 20);
    if (how == "wide")
        ++image.width;
}

/// As long as it takes until progress is told.
void report_for_a_while(const std::function<void(double)>& progress) {
    const auto begun = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() - begun < std::chrono::milliseconds{150}) {
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
        progress(0.5);
    }
}

/// The first bytes of a file of that format, then the input.
EncodedImage echo(ByteView input, const RenditionSpec& spec) {
    const bool png = spec.format == OutputFormat::png;
    const ByteView magic = as_bytes(png ? "\x89PNG\r\n\x1A\n" : "\xFF\xD8\xFF");
    Bytes data(magic.begin(), magic.end());
    data.insert(data.end(), input.begin(), input.end());
    return {std::move(data), png ? "image/png" : "image/jpeg", spec.width, spec.height};
}

/// An input is a word of accidents(), one of those below, `guess` and a file in the body, or
/// `image` or `slow WIDTH HEIGHT`; what follows a line feed is its body. A line `GIF89a` may stand
/// before it, for those who look at the type. Each rendition is the input behind a format's first
/// bytes.
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
        static const std::set<std::string> words{"guess", "page", "page-as-jpeg", "huge", "wide"};
        ImageInfo info{.media_type = "image/gif", .width = 4, .height = 3, .frames = 1};
        const bool slow = order.starts_with("slow ");
        const bool sized = slow || order.starts_with("image ");
        if (sized) {
            char* rest = nullptr;
            info.width = static_cast<int>(std::strtol(order.c_str() + order.find(' '), &rest, 10));
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
        else if (order == "attack-original")
            attack_original(request.input);
        else if (order == "map-original")
            map_original();
        else if (!sized && !words.contains(order))
            throw Error(ErrorCode::not_an_image, "No such accident.");
        if (slow && request.progress)
            report_for_a_while(request.progress);
        ResizeResult result{.source = info, .images = {}};
        for (const RenditionSpec& spec : request.specs)
            spoil(result.images.emplace_back(echo(request.input, spec)), order);
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
