#include "backends/sandbox/attempt.h"

#include "backends/sandbox/channel.h"
#include "backends/sandbox/machine_memory.h"
#include "src/image_fault.h"

#include <fcntl.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace thumbjobs::sandbox {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

// Neither a CancelToken nor what a helper notes wakes anyone: they are looked at this often.
constexpr Milliseconds look_interval{25};

std::uint64_t next_id() noexcept {
    static std::atomic<std::uint64_t> last{0};
    return ++last;
}

std::string mebibytes(std::int64_t bytes) {
    return std::to_string((bytes + (1 << 20) - 1) >> 20) + " MiB";
}

bool is_media_type_of(std::string_view type, OutputFormat format) noexcept {
    constexpr std::array<std::pair<OutputFormat, std::string_view>, 4> types{
        {{OutputFormat::jpeg, "image/jpeg"},
         {OutputFormat::png, "image/png"},
         {OutputFormat::webp, "image/webp"},
         {OutputFormat::avif, "image/avif"}}};
    return std::any_of(types.begin(), types.end(), [&](const auto& known) {
        return known.second == type && (format == known.first || format == OutputFormat::automatic);
    });
}

/// Whether it can be what was asked for: a decoder that was taken over shall neither fill our
/// memory nor have its pages served under the name of a picture.
bool can_be(const DoneImage& image, const RenditionSpec& spec, std::uint64_t original) noexcept {
    constexpr std::uint64_t slack = 1 << 20;     // headers, and what compression may add
    constexpr std::uint64_t profile = 16 << 20;  // if it was packed in the original
    constexpr std::uint64_t bytes_per_pixel = 8; // four channels of 16 bits
    const auto pixels =
        static_cast<std::uint64_t>(spec.width) * static_cast<std::uint64_t>(spec.height);
    const std::uint64_t most =
        pixels * bytes_per_pixel + slack + (spec.keep_profile ? profile + original : 0);
    return image.size <= most && image.width <= spec.width && image.height <= spec.height &&
           is_media_type_of(image.media_type, spec.format);
}

} // namespace

MemoryKills::MemoryKills() : seen_(kernel_memory_kills()) {}

bool MemoryKills::any_new() {
    const auto now = kernel_memory_kills();
    const std::lock_guard lock(mutex_);
    const bool more = now && now > seen_;
    seen_ = now;
    return more;
}

std::optional<ResizeResult> Attempt::run(Admission::Ticket& ticket) {
    id_ = next_id();
    ++helper_.images;
    helper_.status().out_of_memory = 0;
    helper_.status().header_size = 0;
    const Time deadline = steady_clock::now() + around_.options.timeout;
    admitted_ = std::max(ticket.bytes(), around_.options.cheap());
    send_job();
    helper_.usable = false; // until it has answered in full
    for (;;) {
        const Answer answer = next_answer(deadline);
        if (const auto* header = std::get_if<Header>(&answer)) {
            take_header(*header, ticket);
        } else if (const auto* progress = std::get_if<Progress>(&answer)) {
            if (!request_.progress || progress->id != id_)
                nonsense();
            request_.progress(progress->fraction);
        } else if (const auto* done = std::get_if<Done>(&answer)) {
            return take_result(*done);
        } else if (const auto* failed = std::get_if<Failed>(&answer)) {
            take_failure(*failed);
        } else if (const auto* abandoned = std::get_if<Abandoned>(&answer)) {
            if (abandoned->id != id_ || ticket)
                nonsense();
            helper_.usable = true;
            if (refusal_)
                throw *refusal_;
            return std::nullopt;
        } else {
            nonsense();
        }
    }
}

void Attempt::send_job() {
    FileDescriptor copy;
    const int own_file = request_.file ? lend(*request_.file, copy) : share(request_.input, copy);
    const Work job{.id = id_,
                   .input_size = input_size(),
                   .own_file = own_file >= 0,
                   .wants_progress = static_cast<bool>(request_.progress),
                   .admitted = admitted_,
                   .limits = request_.limits,
                   .specs = request_.specs};
    if (!send_packet(helper_.socket(), encode(job), own_file))
        lost({}, 1s);
}

std::uint64_t Attempt::input_size() const noexcept {
    return request_.file ? static_cast<std::uint64_t>(request_.file->size())
                         : request_.input.size();
}

/// -1 if the image has been read into the helper's input: mapping an everyday file takes longer. A
/// large one is lent: stored files are never changed, so that the helper may see it itself, by a
/// descriptor that can only read.
int Attempt::lend(const Blob& file, FileDescriptor& copy) {
    const std::span<std::byte> room = helper_.input().room();
    if (input_size() <= room.size()) {
        if (file.read(0, room.first(input_size())) != input_size())
            throw Error(ErrorCode::storage_unavailable, "The stored image ends early.");
        return -1;
    }
    const int descriptor = file.file_descriptor();
    const int flags = ::fcntl(descriptor, F_GETFL);
    const bool read_only = flags >= 0 && (flags & O_ACCMODE) == O_RDONLY;
    return read_only ? descriptor : share(file.read_all(), copy);
}

/// -1 if the image fits the helper's input; else a file of its own, `copy`.
int Attempt::share(ByteView image, FileDescriptor& copy) {
    if (image.size() <= helper_.input().size()) {
        helper_.input().load(image);
        return -1;
    }
    copy = make_sealed_copy("thumbjobs-image", image);
    return copy.get();
}

Answer Attempt::next_answer(Time deadline) {
    if (!wait_for_packet(deadline))
        lost({}, 1s);
    const auto packet = receive_packet(helper_.socket());
    if (!packet) // Closed: it is about to end, or closed its socket to annoy us.
        lost({}, 1s);
    const auto answer = decode_answer(packet->bytes);
    if (!answer)
        nonsense();
    return *answer;
}

bool Attempt::wait_for_packet(Time deadline) {
    for (;;) {
        const auto left = std::chrono::ceil<Milliseconds>(deadline - steady_clock::now());
        if (left <= 0ms) {
            helper_.kill();
            lost({.past_deadline = true}, 0ms);
        }
        if (request_.cancel && request_.cancel->cancelled()) {
            helper_.kill();
            throw Error(ErrorCode::cancelled, "The resize was cancelled.");
        }
        look_at_header();
        const bool expects = request_.cancel || (request_.header && !header_seen_);
        const auto pause = expects ? std::min(left, look_interval) : left;
        std::array<pollfd, 2> entries{
            {{helper_.socket(), POLLIN, 0}, {helper_.pidfd(), POLLIN, 0}}};
        if (::poll(entries.data(), entries.size(), static_cast<int>(pause.count())) <= 0)
            continue; // A pause is over, or a signal came.
        if ((entries[0].revents & POLLIN) != 0)
            return true;
        return false;
    }
}

/// One that the helper has noted, since it waits for no answer.
void Attempt::look_at_header() {
    const StatusPage& status = helper_.status();
    const std::size_t size = status.header_size;
    if (header_seen_ || size == 0 || size > status.header.size())
        return;
    const auto packet = status.header; // it may change
    const auto answer = decode_answer(ByteView(packet).first(size));
    const Header* const header = answer ? std::get_if<Header>(&*answer) : nullptr;
    if (header && header->id == id_ && !header->waits)
        tell_header(*header);
}

void Attempt::tell_header(const Header& header) {
    header_seen_ = true;
    predicted_ = header.predicted;
    if (request_.header)
        request_.header(header.info);
}

void Attempt::take_header(const Header& header, Admission::Ticket& ticket) {
    if (header.id != id_ || header_seen_ || !header.waits || header.predicted <= admitted_)
        nonsense();
    tell_header(header);
    answer_header(header, ticket);
}

void Attempt::answer_header(const Header& header, Admission::Ticket& ticket) {
    const std::int64_t bound = around_.options.image_bound();
    if (ticket) // It had told less the first time.
        nonsense();
    if (header.predicted > bound)
        refusal_.emplace(ErrorCode::image_too_large,
                         "To decode this image would take about " + mebibytes(header.predicted) +
                             " of memory (" + std::to_string(header.info.width) + " x " +
                             std::to_string(header.info.height) + " pixels); at most " +
                             mebibytes(bound) + " are granted.");
    else
        ticket = around_.admission.try_admit(header.predicted);
    const Bytes reply = ticket ? encode(Proceed{id_}) : encode(Abandon{id_});
    if (!send_packet(helper_.socket(), reply))
        lost({}, 1s);
}

ResizeResult Attempt::take_result(const Done& done) {
    if (done.id != id_ || done.images.size() != request_.specs.size())
        nonsense();
    helper_.cpu_ms = done.cpu_ms;
    look_at_header();
    check_memory_note();
    ResizeResult result;
    result.source = done.source;
    std::uint64_t offset = 0;
    const auto room = static_cast<std::uint64_t>(around_.options.output());
    for (std::size_t i = 0; i < done.images.size(); ++i) {
        const DoneImage& image = done.images[i];
        if (image.size > room - offset || !can_be(image, request_.specs[i], input_size()))
            nonsense();
        EncodedImage made{Bytes(image.size), image.media_type, image.width, image.height};
        if (!read_at(helper_.output(), offset, made.data))
            nonsense();
        const auto type = sniff_image(made.data);
        if (!type || type->media_type != made.media_type)
            nonsense();
        result.images.push_back(std::move(made));
        offset += image.size;
    }
    helper_.usable = true;
    return result;
}

void Attempt::take_failure(const Failed& failed) {
    if (failed.id != id_)
        nonsense();
    helper_.cpu_ms = failed.cpu_ms;
    look_at_header();
    check_memory_note();
    helper_.usable = is_image_fault(failed.code); // in anything else it is not believed
    if (helper_.usable)
        throw Error(failed.code, failed.message, failed.detail);
    throw Error(ErrorCode::internal, "The decoder process reported an internal error.",
                std::string(to_string(failed.code)) + ": " + failed.message + " " + failed.detail);
}

void Attempt::check_memory_note() {
    if (helper_.status().out_of_memory != 0)
        throw memory_verdict(around_.options.memory);
}

void Attempt::lost(Evidence evidence, Milliseconds grace) {
    const bool told = !evidence.past_deadline && !evidence.spoke_nonsense;
    const Ending ending = helper_.wait(grace);
    evidence.out_of_memory = helper_.status().out_of_memory != 0;
    evidence.spoke_nonsense = evidence.spoke_nonsense || (told && ending.by_us);
    evidence.refused_call = static_cast<int>(helper_.status().refused_call - 1); // anything
    evidence.memory_kill = told && around_.memory_kills.any_new();
    evidence.timeout = around_.options.timeout;
    evidence.memory = around_.options.memory;
    evidence.cpu_seconds = around_.options.cpu_seconds();
    look_at_header();
    throw verdict(ending, evidence);
}

void Attempt::nonsense() {
    helper_.kill();
    lost({.spoke_nonsense = true}, 0ms);
}

} // namespace thumbjobs::sandbox
