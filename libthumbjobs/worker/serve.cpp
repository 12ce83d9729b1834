#include "worker/serve.h"

#include "backends/sandbox/channel.h"
#include "backends/sandbox/shared_memory.h"
#include "spare_memory.h"
#include "worker/cost.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <optional>

namespace thumbjobs::worker {
namespace {

using namespace sandbox;
using namespace std::chrono_literals;

constexpr auto progress_interval = 100ms;

/// The service wants the image no more; thrown through the resizer.
struct Abandonment {};

/// The service is gone, or speaks another language.
struct Disconnected {};

std::uint64_t processor_milliseconds() noexcept {
    timespec used{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return static_cast<std::uint64_t>(used.tv_sec) * 1000 +
           static_cast<std::uint64_t>(used.tv_nsec) / 1'000'000;
}

void answer(const Answer& message) {
    if (!send_packet(helper_socket, encode(message)))
        throw Disconnected{};
}

Order receive_order(FileDescriptor* file) {
    auto packet = file ? receive_packet_with_file(helper_socket) : receive_packet(helper_socket);
    auto order = packet ? decode_order(packet->bytes) : std::nullopt;
    if (!order)
        throw Disconnected{};
    if (file)
        *file = std::move(packet->file);
    return std::move(*order);
}

/// Once no image has come for a while, gives back what the last ones used: a pause costs nothing,
/// and a busy helper keeps its memory warm.
void rest() noexcept {
    constexpr int pause = 500; // ms
    pollfd entry{helper_socket, POLLIN, 0};
    if (::poll(&entry, 1, pause) == 0)
        release_spare_memory();
}

/// Passes a resizer's progress on, ten times a second at most, and not at all for everyday images:
/// each message wakes the service. Any thread may call it.
class ProgressSender {
public:
    explicit ProgressSender(std::uint64_t id) noexcept : id_(id) {}

    void operator()(double fraction) noexcept {
        const std::int64_t now = clock();
        auto next = next_.load();
        if (now < next || !next_.compare_exchange_strong(
                              next, now + std::chrono::nanoseconds(progress_interval).count()))
            return;
        try {
            send_packet(helper_socket, encode(Progress{id_, fraction}));
        } catch (...) { // no memory: noted elsewhere
        }
    }

private:
    static std::int64_t clock() noexcept {
        return std::chrono::steady_clock::now().time_since_epoch().count();
    }

    const std::uint64_t id_;
    std::atomic<std::int64_t> next_{clock() + std::chrono::nanoseconds(progress_interval).count()};
};

void note_header(StatusPage& status, const Header& header) {
    const Bytes packet = encode(header);
    if (packet.size() > status.header.size())
        return;
    std::copy(packet.begin(), packet.end(), status.header.begin());
    status.header_size = static_cast<std::uint32_t>(packet.size());
}

/// Tells the header, and asks for leave if the image will be expensive.
void report_header(const Work& job, ByteView input, const ImageInfo& info, StatusPage& status) {
    Header header{.id = job.id, .info = info};
    header.predicted = exceeds(info, job.limits) ? 0 : predict_memory(input, info, job.specs);
    header.waits = header.predicted > job.admitted;
    if (!header.waits) {
        note_header(status, header);
        return;
    }
    answer(header);
    const Order order = receive_order(nullptr);
    if (const auto* proceed = std::get_if<Proceed>(&order); proceed && proceed->id == job.id)
        return;
    if (const auto* abandon = std::get_if<Abandon>(&order); abandon && abandon->id == job.id)
        throw Abandonment{};
    throw Disconnected{};
}

void write_output(ByteView bytes, std::uint64_t offset) {
    while (!bytes.empty()) {
        const ssize_t written =
            ::pwrite(helper_output, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            throw Error(ErrorCode::image_too_large,
                        "The renditions are together larger than half of the memory of an "
                        "attempt.");
        bytes = bytes.subspan(static_cast<std::size_t>(written));
        offset += static_cast<std::uint64_t>(written);
    }
}

Done make_renditions(Resizer& resizer, const Work& job, ByteView input, StatusPage& status) {
    ProgressSender progress(job.id);
    ResizeRequest request{.input = input, .specs = job.specs, .limits = job.limits};
    if (job.wants_progress)
        request.progress = [&progress](double fraction) { progress(fraction); };
    request.header = [&](const ImageInfo& info) {
        report_header(job, input, info, status);
        status.phase = static_cast<std::uint32_t>(Phase::pixels);
    };
    status.phase = static_cast<std::uint32_t>(Phase::header);
    const ResizeResult result = resizer.resize(request);
    Done done{.id = job.id, .source = result.source, .cpu_ms = 0, .images = {}};
    std::uint64_t offset = 0;
    for (const EncodedImage& image : result.images) {
        write_output(image.data, offset);
        offset += image.data.size();
        done.images.push_back({image.data.size(), image.media_type, image.width, image.height});
    }
    done.cpu_ms = processor_milliseconds();
    return done;
}

void fail(const Work& job, ErrorCode code, std::string message, std::string detail) {
    answer(Failed{job.id, code, processor_milliseconds(), std::move(message), std::move(detail)});
}

void work(Resizer& resizer, const Work& job, ByteView input, StatusPage& status) {
    try {
        answer(make_renditions(resizer, job, input, status));
    } catch (const Abandonment&) {
        answer(Abandoned{job.id});
    } catch (const Disconnected&) {
        throw;
    } catch (const Error& error) {
        fail(job, error.code(), error.what(), error.detail());
    } catch (const std::exception& error) {
        fail(job, ErrorCode::internal, "An internal error occurred.", error.what());
    }
}

} // namespace

int serve(Resizer& resizer, const Setup& setup, ByteView input, StatusPage& status) {
    try {
        for (;;) {
            status.phase = static_cast<std::uint32_t>(Phase::idle);
            rest();
            FileDescriptor file;
            const Order order = receive_order(&file);
            const Work* job = std::get_if<Work>(&order);
            const auto shared = static_cast<std::uint64_t>(setup.shared_input);
            if (!job || job->own_file != static_cast<bool>(file) ||
                (!job->own_file && job->input_size > shared))
                return 1;
            Mapping own;
            if (job->own_file) {
                own = Mapping(file.get(), job->input_size, Mapping::Access::read);
                own.populate();
            }
            work(resizer, *job, (job->own_file ? own.view() : input).first(job->input_size),
                 status);
        }
    } catch (const Disconnected&) {
        return 0;
    }
}

} // namespace thumbjobs::worker
