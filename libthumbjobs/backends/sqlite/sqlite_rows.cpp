#include "backends/sqlite/sqlite_rows.h"

#include "backends/common/store_checks.h"

#include <thumbjobs/json.h>

#include <algorithm>

namespace thumbjobs {
namespace {

constexpr std::int64_t to_column(Place place) {
    return static_cast<std::int64_t>(place);
}

template <class Enum>
Enum from_column(std::int64_t value, Enum last) {
    if (value < 0 || value > static_cast<std::int64_t>(last))
        throw Error(ErrorCode::store_unavailable, "The job database is damaged.",
                    "A column holds the unknown value " + std::to_string(value) + ".");
    return static_cast<Enum>(value);
}

/// Ends each line, so that empty ones at the end are read again.
std::string join_lines(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines)
        text.append(line).append(1, '\n');
    return text;
}

std::vector<std::string> split_lines(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        lines.emplace_back(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return lines;
}

/// What `due` holds for this entry, see the migration.
std::optional<std::int64_t> due_column(const SqliteJob& job) {
    switch (job.place) {
    case Place::succeeded:
    case Place::failed:
    case Place::cancelled: {
        const auto& expires = job.entry.record.job.expires_at;
        return expires ? std::optional(expires->time_since_epoch().count()) : std::nullopt;
    }
    default:
        return job.entry.due.count();
    }
}

/// Where the table `kept` has this rendition.
std::int64_t kept_place(const SqliteJob& job, std::size_t index) {
    return job.number * static_cast<std::int64_t>(most_renditions) +
           static_cast<std::int64_t>(index);
}

/// Most jobs of a store ask for the same renditions, and a job is read several times while it
/// passes through: each thread keeps the ones that it read last.
std::vector<RenditionSpec> read_specs(std::string_view text) {
    constexpr std::size_t longest_kept = 4096;
    thread_local struct {
        std::string text;
        std::vector<RenditionSpec> specs;
    } last;
    if (last.text.empty() || text != last.text) {
        std::vector<RenditionSpec> specs = parse_rendition_specs(text);
        if (text.size() > longest_kept)
            return specs;
        last = {std::string(text), std::move(specs)};
    }
    return last.specs;
}

std::optional<std::string_view> error_code_column(const Job& job) {
    return job.error ? std::optional(to_string(job.error->code)) : std::nullopt;
}

std::optional<std::string_view> error_message_column(const Job& job) {
    return job.error ? std::optional(std::string_view(job.error->message)) : std::nullopt;
}

/// Runs an UPDATE that begins with TJ_STATUS_ASSIGNMENTS.
template <class... More>
void run_update(SqliteStatement& statement, const SqliteJob& row, const More&... more) {
    const Job& job = row.entry.record.job;
    SqliteRun(statement, static_cast<int>(job.state), job.attempts, job.crashes, job.progress,
              job.updated_at, job.started_at, job.finished_at, job.next_attempt_at, job.expires_at,
              error_code_column(job), error_message_column(job), job.original.width,
              job.original.height, job.original.available, to_column(row.place), due_column(row),
              static_cast<std::int64_t>(row.entry.token), row.entry.decoding,
              static_cast<int>(row.entry.ending), text_or_null(row.entry.record.claim_id), more...)
        .finish();
}

} // namespace

Place place_of(const rules::Entry& entry, BootTime now) {
    if (entry.record.deleted)
        return Place::tombstone;
    switch (entry.record.job.state) {
    case JobState::queued:
        return entry.due <= now ? Place::ready : Place::delayed;
    case JobState::processing:
        return Place::processing;
    case JobState::succeeded:
        return Place::succeeded;
    case JobState::failed:
        return Place::failed;
    case JobState::cancelled:
        return Place::cancelled;
    }
    return Place::cancelled;
}

void read_control(SqliteRun& row, SqliteJob& job) {
    rules::Entry& entry = job.entry;
    job.number = row.integer();
    entry.record.job.id = row.id();
    job.place = from_column(row.integer(), Place::tombstone);
    entry.due = BootTime(row.integer());
    entry.token = static_cast<std::uint64_t>(row.integer());
    entry.decoding = row.integer() != 0;
    entry.ending = from_column(row.integer(), rules::Ending::revoked);
    entry.record.claim_id = row.text();
    entry.record.original_key = row.text();
    entry.record.rendition_keys = split_lines(row.text());
    entry.record.job.max_attempts = row.small();
    entry.record.deleted = job.place == Place::tombstone;
}

void read_status(SqliteRun& row, Job& job) {
    job.state = from_column(row.integer(), JobState::cancelled);
    job.attempts = row.small();
    job.crashes = row.small();
    job.progress = row.real();
    job.updated_at = WallTime(Milliseconds(row.integer()));
    job.started_at = row.time();
    job.finished_at = row.time();
    job.next_attempt_at = row.time();
    job.expires_at = row.time();
    if (row.is_null()) {
        row.skip();
        row.skip();
    } else {
        const std::string_view code = row.text();
        job.error =
            JobError{parse_error_code(code).value_or(ErrorCode::internal), std::string(row.text())};
    }
    job.original.width = row.small();
    job.original.height = row.small();
    job.original.available = row.integer() != 0;
}

void read_details(SqliteRun& row, Job& job) {
    job.max_attempts = row.small();
    job.priority = row.small();
    job.created_at = WallTime(Milliseconds(row.integer()));
    job.original.bytes = row.integer();
    job.original.filename = row.text();
    job.original.media_type = row.text();
    job.specs = read_specs(row.text());
    if (const std::string_view metadata = row.text(); !metadata.empty())
        job.metadata = parse_metadata(metadata);
    job.request_id = row.text();
    job.traceparent = row.text();
    // An event of before the success has none yet.
    if (const std::string_view renditions = row.text();
        !renditions.empty() && job.state == JobState::succeeded)
        job.renditions = parse_renditions(renditions);
}

SqliteJob read_status_row(SqliteRun& row) {
    SqliteJob job;
    read_control(row, job);
    read_status(row, job.entry.record.job);
    return job;
}

SqliteJob read_job_row(SqliteRun& row) {
    SqliteJob job = read_status_row(row);
    read_details(row, job.entry.record.job);
    return job;
}

void insert_job(SqliteSession& session, const SqliteJob& row, const NewJob& made) {
    const Job& job = row.entry.record.job;
    const std::string specs = to_json(job.specs);
    const std::string metadata = job.metadata.empty() ? std::string{} : to_json(job.metadata);
    SqliteRun(session[Sql::insert_job], row.number, job.id, to_column(row.place), row.entry.due,
              text_or_null(row.entry.record.original_key), job.updated_at, job.original.width,
              job.original.height, job.original.available, job.max_attempts, job.priority,
              job.created_at, job.original.bytes, text_or_null(job.original.filename),
              text_or_null(job.original.media_type), specs, text_or_null(metadata),
              text_or_null(job.request_id), text_or_null(job.traceparent),
              text_or_null(made.idempotency_key), text_or_null(made.idempotency_fingerprint))
        .finish();
}

void update_status(SqliteSession& session, const SqliteJob& row) {
    run_update(session[Sql::update_status], row, row.number);
}

void update_success(SqliteSession& session, const SqliteJob& row) {
    const std::string renditions = to_json(row.entry.record.job.renditions);
    const std::string keys = join_lines(row.entry.record.rendition_keys);
    run_update(session[Sql::update_success], row, renditions, text_or_null(keys),
               text_or_null(row.entry.record.original_key), row.number);
}

void insert_kept(SqliteSession& session, const SqliteJob& row, std::span<const Bytes> kept) {
    const std::vector<std::string>& keys = row.entry.record.rendition_keys;
    for (std::size_t i = 0; i < keys.size(); ++i)
        if (keys[i].empty())
            SqliteRun(session[Sql::keep], kept_place(row, i), ByteView(kept[i])).finish();
}

void delete_kept(SqliteSession& session, const SqliteJob& row) {
    const std::vector<std::string>& keys = row.entry.record.rendition_keys;
    if (std::any_of(keys.begin(), keys.end(), [](const auto& key) { return key.empty(); }))
        SqliteRun(session[Sql::delete_kept], kept_place(row, 0),
                  kept_place(row, most_renditions - 1))
            .finish();
}

void append_journal(SqliteSession& session, std::int64_t sequence, const SqliteJob& row,
                    const LogNote& note) {
    const Job& job = row.entry.record.job;
    const bool has_line = !note.message.empty();
    const auto if_line = [has_line](std::string_view text) {
        return has_line ? text_or_null(text) : std::nullopt;
    };
    SqliteRun(session[Sql::append_journal], sequence, row.number, job.id, row.entry.record.deleted,
              has_line ? std::optional(static_cast<int>(note.level)) : std::nullopt,
              if_line(note.message), if_line(note.worker), static_cast<int>(job.state),
              job.attempts, job.crashes, job.progress, job.updated_at, job.started_at,
              job.finished_at, job.next_attempt_at, job.expires_at, error_code_column(job),
              error_message_column(job), job.original.width, job.original.height,
              job.original.available)
        .finish();
}

} // namespace thumbjobs
