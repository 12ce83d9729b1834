#include "backends/redis/store/job_fields.h"

#include "backends/redis/store/pack.h"

namespace thumbjobs::redis {
namespace {

constexpr std::size_t data_members = 8;
constexpr std::size_t spec_members = 11;
constexpr std::size_t rendition_members = 6;

[[noreturn]] void refuse(const std::string& detail) {
    throw Error(ErrorCode::store_unavailable, "The job store holds something unreadable.", detail);
}

WallTime at(std::uint64_t milliseconds) {
    return WallTime(Milliseconds(static_cast<std::int64_t>(milliseconds)));
}

std::optional<WallTime> time_or_none(std::uint64_t milliseconds) {
    return milliseconds == 0 ? std::nullopt : std::optional(at(milliseconds));
}

/// An enumerator that is stored by its number.
template <class Enum>
Enum to_enum(int value, Enum last) {
    if (value < 0 || value > static_cast<int>(last))
        refuse("A field of a job in Redis is out of range.");
    return static_cast<Enum>(value);
}

void add_spec(Packer& fields, const RenditionSpec& spec) {
    fields.add(spec.name)
        .add(spec.width)
        .add(spec.height)
        .add(static_cast<int>(spec.fit))
        .add(static_cast<int>(spec.gravity))
        .add(static_cast<int>(spec.format))
        .add(spec.quality)
        .add(spec.background ? std::int64_t{*spec.background} : std::int64_t{-1})
        .add(spec.enlarge)
        .add(spec.keep_profile)
        .add(spec.linear_light);
}

RenditionSpec read_spec(Unpacker& fields) {
    RenditionSpec spec;
    spec.name = fields.text();
    spec.width = fields.small();
    spec.height = fields.small();
    spec.fit = to_enum(fields.small(), Fit::inside);
    spec.gravity = to_enum(fields.small(), Gravity::north_west);
    spec.format = to_enum(fields.small(), OutputFormat::avif);
    spec.quality = fields.small();
    if (const std::int64_t background = fields.integer(); background >= 0)
        spec.background = static_cast<std::uint32_t>(background);
    spec.enlarge = fields.integer() != 0;
    spec.keep_profile = fields.integer() != 0;
    spec.linear_light = fields.integer() != 0;
    return spec;
}

/// Takes the array of what was submitted off the front of `text`.
void read_data(std::string_view& text, JobRecord& record) {
    Unpacker fields(text);
    Job& job = record.job;
    job.original.filename = fields.text();
    job.original.media_type = fields.text();
    job.original.bytes = fields.integer();
    record.original_key = fields.text();
    job.request_id = fields.text();
    job.traceparent = fields.text();
    const int specs = fields.small();
    const int metadata = fields.small();
    for (int i = 0; i < specs; ++i)
        job.specs.push_back(read_spec(fields));
    for (int i = 0; i < metadata; ++i) {
        std::string name = fields.text();
        job.metadata.emplace(std::move(name), fields.text());
    }
    text = fields.behind();
}

/// What is behind a job's head.
std::string_view body_of(std::string_view text) {
    constexpr std::size_t numbers = 95; // bytes of all that read_head() reads before the code
    BinaryReader head(text);
    head.skip(numbers);
    for (const int length : {1, 4, 1, 4, 4})
        head.text(length);
    return head.left();
}

/// Reads a job's head: HEAD of scripts/common.lua. Returns the token.
std::uint64_t read_head(std::string_view text, JobRecord& record) {
    BinaryReader head(text);
    Job& job = record.job;
    job.state = to_enum(static_cast<int>(head.integer(1)), JobState::cancelled);
    record.deleted = head.integer(1) != 0;
    job.attempts = static_cast<int>(head.integer(2));
    job.crashes = static_cast<int>(head.integer(2));
    job.progress = head.real();
    job.updated_at = at(head.integer(6));
    job.started_at = time_or_none(head.integer(6));
    job.finished_at = time_or_none(head.integer(6));
    job.next_attempt_at = time_or_none(static_cast<std::uint64_t>(head.real()));
    job.expires_at = time_or_none(static_cast<std::uint64_t>(head.real()));
    job.original.width = static_cast<int>(head.integer(4));
    job.original.height = static_cast<int>(head.integer(4));
    job.original.available = head.integer(1) != 0;
    head.skip(12); // the job's number
    job.priority = static_cast<std::int16_t>(head.integer(2));
    job.max_attempts = static_cast<int>(head.integer(2));
    job.created_at = at(head.integer(6));
    const std::uint64_t token = head.integer(6);
    head.skip(
        4); // whether it decodes, how the claim ended, whether it was alone, whether it is late
    head.skip(6); // since when it is in the store
    const std::string_view code = head.text(1);
    const std::string_view message = head.text(4);
    if (!code.empty())
        job.error = JobError{.code = parse_error_code(code).value_or(ErrorCode::internal),
                             .message = std::string(message)};
    record.claim_id = head.text(1);
    return token; // the claim's nonce and the idempotency key are the scripts'
}

void read_results(std::string_view text, JobRecord& record) {
    Unpacker fields(text);
    for (int left = fields.small(); left > 0; --left) {
        Rendition& rendition = record.job.renditions.emplace_back();
        rendition.name = fields.text();
        rendition.media_type = fields.text();
        rendition.width = fields.small();
        rendition.height = fields.small();
        rendition.bytes = fields.integer();
        rendition.checksum = fields.text();
    }
    while (fields.left() > 0)
        record.rendition_keys.push_back(fields.text());
}

JobId read_id(std::string_view text) {
    const std::optional<JobId> id = JobId::parse(text);
    if (!id)
        refuse("A job's id in Redis is not one.");
    return *id;
}

/// The head may be older than what is behind it: an event's. Returns the token.
std::uint64_t read_job(std::string_view head, std::string_view body, JobRecord& record) {
    const std::uint64_t token = read_head(head, record);
    read_data(body, record);
    if (!record.job.original.available)
        record.original_key.clear();
    // An event of before the success has none yet.
    if (record.job.state == JobState::succeeded && !body.empty())
        read_results(body, record);
    return token;
}

/// The same, of the whole text.
std::uint64_t read_job(std::string_view text, JobRecord& record) {
    const std::string_view body = body_of(text);
    return read_job(text, body, record);
}

/// An event's parts: see event_of() in scripts/common.lua.
struct EventText {
    explicit EventText(std::string_view text) {
        constexpr std::size_t id_size = 36;
        if (text.size() <= id_size)
            refuse("An event in Redis is too short.");
        id = read_id(text.substr(0, id_size));
        level = text[id_size];
        Unpacker note(text.substr(id_size + 1));
        message = note.text();
        worker = note.text();
        head = note.behind();
    }

    JobId id;
    char level;
    std::string message;
    std::string worker;
    std::string_view head;
};

} // namespace

std::string pack_data(const NewJob& job) {
    Packer fields(data_members + spec_members * job.specs.size() + 2 * job.metadata.size());
    fields.add(job.original.filename)
        .add(job.original.media_type)
        .add(job.original.bytes)
        .add(job.original_key)
        .add(job.request_id)
        .add(job.traceparent)
        .add(static_cast<std::int64_t>(job.specs.size()))
        .add(static_cast<std::int64_t>(job.metadata.size()));
    for (const RenditionSpec& spec : job.specs)
        add_spec(fields, spec);
    for (const auto& [name, value] : job.metadata)
        fields.add(name).add(value);
    return std::move(fields).take();
}

std::string pack_results(const Completion& completion) {
    Packer fields(1 + rendition_members * completion.renditions.size() +
                  completion.rendition_keys.size());
    fields.add(static_cast<std::int64_t>(completion.renditions.size()));
    for (const Rendition& rendition : completion.renditions)
        fields.add(rendition.name)
            .add(rendition.media_type)
            .add(rendition.width)
            .add(rendition.height)
            .add(rendition.bytes)
            .add(rendition.checksum);
    for (const std::string& key : completion.rendition_keys)
        fields.add(key);
    return std::move(fields).take();
}

std::string pack_note(const LogNote& note) {
    Packer fields(2);
    fields.add(note.message).add(note.worker);
    const char level =
        note.message.empty() ? '-' : static_cast<char>('0' + static_cast<int>(note.level));
    return level + std::move(fields).take();
}

std::optional<JobRecord> read_record(const Reply& answer) {
    if (answer.is_nil() || answer.at(1).is_nil())
        return std::nullopt;
    return require_record(answer);
}

JobRecord require_record(const Reply& answer) {
    return require_claimed(answer).record;
}

ClaimedJob require_claimed(const Reply& answer) {
    if (answer.at(1).is_nil())
        refuse("A job in Redis has lost its text.");
    ClaimedJob claimed;
    JobRecord& record = claimed.record;
    record.job.id = read_id(answer.at(0).text());
    const std::uint64_t token = read_job(answer.at(1).text(), record);
    claimed.lease = {.job = record.job.id, .token = token, .claim_id = record.claim_id};
    return claimed;
}

JobRecord read_created(const Reply& answer, std::string_view data) {
    JobRecord record;
    record.job.id = read_id(answer.at(0).text());
    const std::string& text = answer.at(1).text();
    const std::string_view body = body_of(text);
    read_job(text, body.empty() ? data : body, record);
    return record;
}

Event read_event(const Reply& row) {
    const EventText text(row.at(1).text());
    Event event;
    event.id = text.id;
    event.kind = Event::Kind::deleted;
    const Reply& present = row.at(2).at(1);
    if (present.is_nil()) // the job is erased by now
        return event;
    JobRecord record;
    record.job.id = text.id;
    read_job(text.head, body_of(present.text()), record);
    if (!record.deleted) {
        event.kind = Event::Kind::job;
        event.job = std::move(record.job);
    }
    return event;
}

LogLine read_line(const Reply& row) {
    const EventText text(row.at(1).text());
    JobRecord record;
    read_head(text.head, record);
    if (const Reply& present = row.at(2).at(1); !present.is_nil()) {
        std::string_view body = body_of(present.text());
        read_data(body, record);
    }
    LogLine line;
    line.sequence = static_cast<std::uint64_t>(row.at(0).number());
    line.time = record.job.updated_at;
    line.level = static_cast<LogLevel>(text.level - '0');
    line.job = text.id;
    line.state = record.job.state;
    line.message = text.message;
    line.worker = text.worker;
    line.request_id = record.job.request_id;
    return line;
}

} // namespace thumbjobs::redis
