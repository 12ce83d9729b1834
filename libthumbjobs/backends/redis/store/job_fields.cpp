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

/// An enumerator that is stored by its number.
template <class Enum>
Enum read_enum(Unpacker& fields, Enum last) {
    const int value = fields.small();
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
    spec.fit = read_enum(fields, Fit::inside);
    spec.gravity = read_enum(fields, Gravity::north_west);
    spec.format = read_enum(fields, OutputFormat::avif);
    spec.quality = fields.small();
    if (const std::int64_t background = fields.integer(); background >= 0)
        spec.background = static_cast<std::uint32_t>(background);
    spec.enlarge = fields.integer() != 0;
    spec.keep_profile = fields.integer() != 0;
    spec.linear_light = fields.integer() != 0;
    return spec;
}

/// Each of these takes its array off the front of `text`. The order is that of scripts/common.lua.
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

void read_status(std::string_view& text, JobRecord& record) {
    Unpacker fields(text);
    Job& job = record.job;
    job.state = read_enum(fields, JobState::cancelled);
    record.deleted = fields.integer() != 0;
    job.attempts = fields.small();
    job.crashes = fields.small();
    job.progress = fields.real();
    job.updated_at = WallTime(Milliseconds(fields.integer()));
    job.started_at = fields.time();
    job.finished_at = fields.time();
    job.next_attempt_at = fields.time();
    job.expires_at = fields.time();
    const std::string code = fields.text();
    std::string message = fields.text();
    if (!code.empty())
        job.error = JobError{.code = parse_error_code(code).value_or(ErrorCode::internal),
                             .message = std::move(message)};
    job.original.width = fields.small();
    job.original.height = fields.small();
    job.original.available = fields.integer() != 0;
    text = fields.behind();
}

/// Returns the token.
std::uint64_t read_control(std::string_view& text, JobRecord& record) {
    Unpacker fields(text);
    fields.text(); // the job's number
    record.job.priority = fields.small();
    record.job.max_attempts = fields.small();
    record.job.created_at = WallTime(Milliseconds(fields.integer()));
    const auto token = static_cast<std::uint64_t>(fields.integer());
    fields.integer(); // whether it decodes
    fields.integer(); // how the claim ended
    record.claim_id = fields.text();
    text = fields.behind();
    return token;
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

/// The head of `text` may be older than what is behind it: an event's. Returns the token.
std::uint64_t read_job(std::string_view head, std::string_view body, JobRecord& record) {
    read_status(head, record);
    const std::uint64_t token = read_control(head, record);
    read_data(body, record);
    if (!record.job.original.available)
        record.original_key.clear();
    // An event of before the success has none yet.
    if (record.job.state == JobState::succeeded && !body.empty())
        read_results(body, record);
    return token;
}

/// What is behind a job's status and control block.
std::string_view body_of(std::string_view text) {
    return Unpacker(Unpacker(text).behind()).behind();
}

/// An event's parts: see tell() in scripts/common.lua.
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
    const std::string& text = answer.at(1).text();
    const std::uint64_t token = read_job(text, body_of(text), record);
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
    std::string_view head = text.head;
    read_status(head, record);
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
