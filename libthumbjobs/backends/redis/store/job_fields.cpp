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

void read_data(const std::string& data, JobRecord& record) {
    Unpacker fields(data);
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
}

/// The order of scripts/common.lua.
void read_status(const std::string& status, JobRecord& record) {
    Unpacker fields(status);
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
    if (!job.original.available)
        record.original_key.clear();
}

/// The order of scripts/common.lua. Returns the token.
std::uint64_t read_control(const std::string& control, JobRecord& record) {
    Unpacker fields(control);
    fields.integer(); // the job's number
    record.job.priority = fields.small();
    record.job.max_attempts = fields.small();
    record.job.created_at = WallTime(Milliseconds(fields.integer()));
    const auto token = static_cast<std::uint64_t>(fields.integer());
    fields.integer(); // whether it decodes
    fields.integer(); // how the claim ended
    record.claim_id = fields.text();
    return token;
}

void read_results(const std::string& results, JobRecord& record) {
    Unpacker fields(results);
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

JobId read_id(const Reply& text) {
    const std::optional<JobId> id = JobId::parse(text.text());
    if (!id)
        refuse("A job's id in Redis is not one.");
    return *id;
}

JobRecord read_with_status(const Reply& answer, const std::string& status) {
    JobRecord record;
    record.job.id = read_id(answer.at(0));
    read_data(answer.at(1).text(), record);
    read_status(status, record);
    read_control(answer.at(3).text(), record);
    // An event of before the success has none yet.
    if (record.job.state == JobState::succeeded && !answer.at(4).is_nil())
        read_results(answer.at(4).text(), record);
    return record;
}

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

std::optional<JobRecord> read_record(const Reply& answer) {
    if (answer.is_nil() || answer.at(1).is_nil())
        return std::nullopt;
    return read_with_status(answer, answer.at(2).text());
}

JobRecord require_record(const Reply& answer) {
    std::optional<JobRecord> record = read_record(answer);
    if (!record)
        refuse("A job in Redis has lost its fields.");
    return std::move(*record);
}

Lease read_lease(const Reply& answer, const JobRecord& record) {
    JobRecord control;
    return {.job = record.job.id,
            .token = read_control(answer.at(3).text(), control),
            .claim_id = record.claim_id};
}

Event read_event(const std::string& status, const Reply& answer) {
    Event event;
    event.id = read_id(answer.at(0));
    event.kind = Event::Kind::deleted;
    if (answer.at(1).is_nil()) // the job is erased by now
        return event;
    JobRecord record = read_with_status(answer, status);
    if (!record.deleted) {
        event.kind = Event::Kind::job;
        event.job = std::move(record.job);
    }
    return event;
}

LogLine read_line(const Reply& row) {
    JobRecord record;
    if (!row.at(6).is_nil())
        read_data(row.at(6).text(), record);
    read_status(row.at(1).text(), record);
    LogLine line;
    line.sequence = static_cast<std::uint64_t>(row.at(0).number());
    line.time = record.job.updated_at;
    line.level = static_cast<LogLevel>(row.at(2).number());
    line.job = read_id(row.at(3));
    line.state = record.job.state;
    line.message = row.at(4).text();
    line.worker = row.at(5).text();
    line.request_id = record.job.request_id;
    return line;
}

} // namespace thumbjobs::redis
