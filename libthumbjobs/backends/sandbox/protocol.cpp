#include "backends/sandbox/protocol.h"

#include "backends/sandbox/wire.h"
#include "src/text.h"

#include <algorithm>
#include <limits>
#include <type_traits>

namespace thumbjobs::sandbox {
namespace {

constexpr std::uint32_t magic = 0x42534A54; // "TJSB" in memory

constexpr std::size_t max_url = 4096;
constexpr std::size_t max_name = 64;
constexpr std::size_t max_media_type = 64;
constexpr std::size_t max_message = 1024;
constexpr std::size_t max_detail = 4096;
constexpr std::size_t max_specs = 32;
constexpr std::size_t max_input_types = 64;
constexpr std::int64_t max_bytes = std::int64_t{1} << 48;
constexpr int max_side = 1 << 24; // of a rendition

template <typename Type>
constexpr std::uint16_t tag = 0;
template <>
constexpr std::uint16_t tag<Setup> = 1;
template <>
constexpr std::uint16_t tag<Work> = 2;
template <>
constexpr std::uint16_t tag<Proceed> = 3;
template <>
constexpr std::uint16_t tag<Abandon> = 4;
template <>
constexpr std::uint16_t tag<Ready> = 17;
template <>
constexpr std::uint16_t tag<Header> = 18;
template <>
constexpr std::uint16_t tag<Progress> = 19;
template <>
constexpr std::uint16_t tag<Done> = 20;
template <>
constexpr std::uint16_t tag<Failed> = 21;
template <>
constexpr std::uint16_t tag<Abandoned> = 22;

std::int64_t read_bytes(Reader& in) noexcept {
    return in.number<std::int64_t>(0, max_bytes);
}

/// Of an original, whose header may claim anything: refusing it is up to the limits.
int read_side(Reader& in) noexcept {
    return in.number<std::int32_t>(0, std::numeric_limits<std::int32_t>::max());
}

std::string read_printable(Reader& in, std::size_t size) {
    std::string text = in.text(size);
    if (!is_printable_ascii(text))
        in.refuse();
    return text;
}

template <typename Enum>
Enum read_enum(Reader& in, Enum last) noexcept {
    return static_cast<Enum>(in.number<std::uint8_t>(0, static_cast<std::uint8_t>(last)));
}

template <typename Enum>
void write_enum(Writer& out, Enum value) {
    out.number(static_cast<std::uint8_t>(value));
}

// --- parts -----------------------------------------------------------------

void write(Writer& out, const ImageLimits& limits) {
    out.number(limits.max_bytes);
    out.number(limits.max_pixels);
    out.number(std::int32_t{limits.max_frames});
    out.number(limits.max_dimension);
}

void read(Reader& in, ImageLimits& limits) {
    limits.max_bytes = in.number<std::int64_t>();
    limits.max_pixels = in.number<std::int64_t>();
    limits.max_frames = in.number<std::int32_t>();
    limits.max_dimension = in.number<std::int64_t>();
}

void write(Writer& out, const RenditionSpec& spec) {
    out.text(spec.name, max_name);
    out.number(std::int32_t{spec.width});
    out.number(std::int32_t{spec.height});
    write_enum(out, spec.fit);
    write_enum(out, spec.gravity);
    write_enum(out, spec.format);
    out.number(static_cast<std::uint8_t>(spec.quality));
    out.flag(spec.background.has_value());
    out.number(spec.background.value_or(0));
    out.flag(spec.enlarge);
    out.flag(spec.keep_profile);
    out.flag(spec.linear_light);
}

void read(Reader& in, RenditionSpec& spec) {
    spec.name = in.text(max_name);
    spec.width = in.number<std::int32_t>();
    spec.height = in.number<std::int32_t>();
    spec.fit = read_enum(in, Fit::inside);
    spec.gravity = read_enum(in, Gravity::north_west);
    spec.format = read_enum(in, OutputFormat::avif);
    spec.quality = in.number<std::uint8_t>(0, 100);
    const bool background = in.flag();
    const auto colour = in.number<std::uint32_t>();
    if (background)
        spec.background = colour;
    spec.enlarge = in.flag();
    spec.keep_profile = in.flag();
    spec.linear_light = in.flag();
}

void write(Writer& out, const ImageInfo& info) {
    out.text(info.media_type, max_media_type);
    out.number(std::int32_t{info.width});
    out.number(std::int32_t{info.height});
    out.number(std::int32_t{info.frames});
}

void read(Reader& in, ImageInfo& info) {
    info.media_type = read_printable(in, max_media_type);
    info.width = read_side(in);
    info.height = read_side(in);
    info.frames = in.number<std::int32_t>(0, std::numeric_limits<std::int32_t>::max());
}

// --- messages --------------------------------------------------------------

void write(Writer& out, const Setup& setup) {
    out.text(setup.resizer, max_url);
    out.number(setup.memory);
    out.number(setup.output);
    out.number(setup.cpu_seconds);
    out.number(setup.shared_input);
    out.flag(setup.network_namespace);
}

void read(Reader& in, Setup& setup) {
    setup.resizer = in.text(max_url);
    setup.memory = read_bytes(in);
    setup.output = read_bytes(in);
    setup.cpu_seconds = read_bytes(in);
    setup.shared_input = read_bytes(in);
    setup.network_namespace = in.flag();
}

void write(Writer& out, const Ready& ready) {
    out.text(ready.description, max_message);
    const std::size_t types = std::min(ready.input_types.size(), max_input_types);
    out.number(static_cast<std::uint8_t>(types));
    for (std::size_t i = 0; i < types; ++i)
        out.text(ready.input_types[i], max_media_type);
    out.text(ready.socket_refused, max_name);
    out.text(ready.open_refused, max_name);
    out.number(ready.landlock);
    out.flag(ready.network_namespace);
}

void read(Reader& in, Ready& ready) {
    ready.description = read_printable(in, max_message);
    const std::size_t types = in.number<std::uint8_t>(0, max_input_types);
    for (std::size_t i = 0; i < types && in.good(); ++i)
        ready.input_types.push_back(read_printable(in, max_media_type));
    ready.socket_refused = read_printable(in, max_name);
    ready.open_refused = read_printable(in, max_name);
    ready.landlock = in.number<std::int32_t>(0, 1000);
    ready.network_namespace = in.flag();
}

void write(Writer& out, const Work& job) {
    out.number(job.id);
    out.number(job.input_size);
    out.flag(job.own_file);
    out.flag(job.wants_progress);
    out.number(job.admitted);
    write(out, job.limits);
    out.number(static_cast<std::uint8_t>(std::min(job.specs.size(), max_specs)));
    for (std::size_t i = 0; i < std::min(job.specs.size(), max_specs); ++i)
        write(out, job.specs[i]);
}

void read(Reader& in, Work& job) {
    job.id = in.number<std::uint64_t>();
    job.input_size = in.number<std::uint64_t>(0, max_bytes);
    job.own_file = in.flag();
    job.wants_progress = in.flag();
    job.admitted = read_bytes(in);
    read(in, job.limits);
    job.specs.resize(in.number<std::uint8_t>(1, max_specs));
    for (RenditionSpec& spec : job.specs)
        read(in, spec);
    if (!in.good())
        return;
    try {
        validate(job.specs);
    } catch (const Error&) {
        in.refuse();
    }
}

void write(Writer& out, const Header& header) {
    out.number(header.id);
    write(out, header.info);
    out.number(header.predicted);
    out.flag(header.waits);
}

void read(Reader& in, Header& header) {
    header.id = in.number<std::uint64_t>();
    read(in, header.info);
    header.predicted = read_bytes(in);
    header.waits = in.flag();
}

void write(Writer& out, const Progress& progress) {
    out.number(progress.id);
    out.real(progress.fraction);
}

void read(Reader& in, Progress& progress) {
    progress.id = in.number<std::uint64_t>();
    progress.fraction = in.fraction();
}

void write(Writer& out, const Done& done) {
    out.number(done.id);
    write(out, done.source);
    out.number(done.cpu_ms);
    out.number(static_cast<std::uint8_t>(std::min(done.images.size(), max_specs)));
    for (std::size_t i = 0; i < std::min(done.images.size(), max_specs); ++i) {
        const DoneImage& image = done.images[i];
        out.number(image.size);
        out.text(image.media_type, max_media_type);
        out.number(std::int32_t{image.width});
        out.number(std::int32_t{image.height});
    }
}

void read(Reader& in, Done& done) {
    done.id = in.number<std::uint64_t>();
    read(in, done.source);
    done.cpu_ms = in.number<std::uint64_t>();
    done.images.resize(in.number<std::uint8_t>(1, max_specs));
    for (DoneImage& image : done.images) {
        image.size = in.number<std::uint64_t>(1, max_bytes);
        image.media_type = read_printable(in, max_media_type);
        image.width = in.number<std::int32_t>(1, max_side);
        image.height = in.number<std::int32_t>(1, max_side);
    }
}

void write(Writer& out, const Failed& failed) {
    out.number(failed.id);
    out.text(to_string(failed.code), max_name);
    out.number(failed.cpu_ms);
    out.text(truncate_utf8(failed.message, max_message), max_message);
    out.text(truncate_utf8(failed.detail, max_detail), max_detail);
}

void read(Reader& in, Failed& failed) {
    failed.id = in.number<std::uint64_t>();
    const auto code = parse_error_code(in.text(max_name));
    if (!code)
        in.refuse();
    failed.code = code.value_or(ErrorCode::internal);
    failed.cpu_ms = in.number<std::uint64_t>();
    failed.message = in.text(max_message);
    failed.detail = in.text(max_detail);
    // A helper's own words reach people and logs.
    failed.message = to_valid_utf8(failed.message);
    failed.detail = to_valid_utf8(failed.detail);
}

/// Proceed, Abandon, Abandoned.
template <typename IdOnly>
void write(Writer& out, const IdOnly& message) {
    out.number(message.id);
}

template <typename IdOnly>
void read(Reader& in, IdOnly& message) {
    message.id = in.number<std::uint64_t>();
}

// --- packets ---------------------------------------------------------------

template <typename Message>
Bytes encode_variant(const Message& message) {
    return std::visit(
        [](const auto& body) {
            Writer out;
            out.number(magic);
            out.number(protocol_version);
            out.number(tag<std::decay_t<decltype(body)>>);
            write(out, body);
            return out.take();
        },
        message);
}

template <typename Message, typename Body>
bool try_read(Reader in, std::uint16_t type, std::optional<Message>& message) {
    if (type != tag<Body>)
        return false;
    Body body;
    read(in, body);
    if (in.at_end())
        message = std::move(body);
    return true;
}

template <typename Message, typename... Bodies>
std::optional<Message> decode_variant(ByteView packet, std::variant<Bodies...>*) {
    if (packet.size() > max_packet)
        return std::nullopt;
    Reader in(packet);
    const bool ours = in.number<std::uint32_t>() == magic;
    const bool known = in.number<std::uint16_t>() == protocol_version;
    const auto type = in.number<std::uint16_t>();
    std::optional<Message> message;
    if (ours && known && in.good())
        static_cast<void>((try_read<Message, Bodies>(in, type, message) || ...));
    return message;
}

} // namespace

Bytes encode(const Order& order) {
    return encode_variant(order);
}

Bytes encode(const Answer& answer) {
    return encode_variant(answer);
}

std::optional<Order> decode_order(ByteView packet) {
    return decode_variant<Order>(packet, static_cast<Order*>(nullptr));
}

std::optional<Answer> decode_answer(ByteView packet) {
    return decode_variant<Answer>(packet, static_cast<Answer*>(nullptr));
}

} // namespace thumbjobs::sandbox
