#include "backends/sqlite/sqlite_queries.h"

#include "backends/common/finished_counter.h"
#include "backends/common/store_checks.h"
#include "backends/sqlite/sqlite_rows.h"
#include "backends/sqlite/sqlite_totals.h"

#include <algorithm>

namespace thumbjobs::sqlite {
namespace {

struct Listed {
    JobId id;
    std::int64_t number = 0;
};

std::vector<Place> places_of(const std::vector<JobState>& states) {
    std::vector<Place> places;
    for (const JobState state : all_job_states) {
        if (!states.empty() && std::find(states.begin(), states.end(), state) == states.end())
            continue;
        if (state == JobState::queued)
            places.push_back(Place::ready);
        // Behind the two kinds of queued jobs, places stand in the order of states.
        places.push_back(static_cast<Place>(static_cast<int>(state) + 1));
    }
    return places;
}

/// The first `wanted` jobs of these places, merged from the first of each.
std::vector<Listed> merge_places(SqliteSession& session, const ListQuery& query,
                                 const std::optional<JobId>& last, std::size_t wanted) {
    JobId::Bytes highest;
    highest.fill(0xff);
    const JobId from = last.value_or(query.ascending ? JobId{} : JobId(highest));
    std::vector<Listed> all;
    for (const Place place : places_of(query.states)) {
        SqliteRun row(session[query.ascending ? Sql::list_ascending : Sql::list_descending],
                      static_cast<int>(place), from, static_cast<std::int64_t>(wanted));
        while (row.next()) {
            const JobId id = row.id();
            all.push_back({.id = id, .number = row.integer()});
        }
    }
    std::sort(all.begin(), all.end(), [&query](const Listed& a, const Listed& b) {
        return query.ascending ? a.id < b.id : b.id < a.id;
    });
    all.resize(std::min(all.size(), wanted));
    return all;
}

std::optional<std::int64_t> oldest(SqliteSession& session, Place place, std::int64_t until) {
    SqliteRun row(session[Sql::oldest_in_place], static_cast<int>(place), until);
    return row.next() ? std::optional(row.integer()) : std::nullopt;
}

EventPage reset_page(const EventCursor& end) {
    EventPage page;
    page.events.push_back({.kind = Event::Kind::reset, .cursor = end, .id = {}, .job = {}});
    page.cursor = end;
    return page;
}

Event read_event(SqliteRun& row, const std::string& history) {
    Event event;
    event.cursor = make_event_cursor(history, static_cast<std::uint64_t>(row.integer()));
    event.id = row.id();
    const bool deleted = row.integer() != 0;
    const bool erased = row.is_null(); // the job, by now
    row.skip();
    event.kind = deleted || erased ? Event::Kind::deleted : Event::Kind::job;
    if (event.kind == Event::Kind::job) {
        Job& job = event.job.emplace();
        job.id = event.id;
        read_status(row, job);
        read_details(row, job);
    }
    return event;
}

} // namespace

std::vector<std::optional<JobRecord>> find(SqliteSession& session, std::span<const JobId> ids) {
    std::vector<std::optional<JobRecord>> records;
    records.reserve(ids.size());
    for (const JobId& id : ids) {
        SqliteRun row(session[Sql::load_job], id);
        if (row.next())
            records.emplace_back(read_job_row(row).entry.record);
        else
            records.emplace_back();
    }
    return records;
}

JobPage list(SqliteSession& session, const ListQuery& query, const std::optional<JobId>& last,
             const std::string& history) {
    JobPage page;
    page.events_cursor = events_end(session, history);
    const auto limit = static_cast<std::size_t>(query.limit);
    std::vector<Listed> listed =
        merge_places(session, query, last, limit + 1); // one more tells of a next page
    const bool more = listed.size() > limit;
    listed.resize(std::min(listed.size(), limit));
    page.jobs.reserve(listed.size());
    for (const Listed& job : listed) {
        SqliteRun row(session[Sql::load_number], job.number);
        if (row.next())
            page.jobs.push_back(std::move(read_job_row(row).entry.record.job));
    }
    if (more)
        page.next_cursor = make_list_cursor(listed.back().id, query.ascending);
    return page;
}

StoreStats stats(SqliteSession& session, BootTime now) {
    const SqliteTotals totals = load_totals(session);
    StoreStats stats;
    stats.queued = totals.queued();
    stats.processing = totals[Place::processing];
    stats.succeeded = totals[Place::succeeded];
    stats.failed = totals[Place::failed];
    stats.cancelled = totals[Place::cancelled];
    stats.delayed = totals[Place::delayed];
    std::optional<std::int64_t> ready_since = oldest(session, Place::ready, now.count());
    if (stats.delayed > 0) { // some may be ready that no claim has moved yet
        SqliteRun row(session[Sql::count_delayed_until], now);
        if (row.next())
            stats.delayed -= row.integer();
        const auto since = oldest(session, Place::delayed, now.count());
        if (since)
            ready_since = std::min(*since, ready_since.value_or(*since));
    }
    if (ready_since)
        stats.oldest_ready_age = now - BootTime(*ready_since);
    const std::int64_t second = FinishedCounter::second_of(now);
    SqliteRun row(session[Sql::finished_since], second - FinishedCounter::seconds, second);
    if (row.next())
        stats.finished_last_minute = row.integer();
    return stats;
}

EventPage events(SqliteSession& session, const EventCursor& after, int limit,
                 const std::string& history) {
    const SqliteTotals totals = load_totals(session);
    std::int64_t from = totals.first_event - 1;
    if (!after.empty()) {
        const auto sequence = parse_event_cursor(after, history);
        if (!sequence || *sequence > static_cast<std::uint64_t>(totals.last_event) ||
            static_cast<std::int64_t>(*sequence) < from)
            return reset_page(
                make_event_cursor(history, static_cast<std::uint64_t>(totals.last_event)));
        from = static_cast<std::int64_t>(*sequence);
    }
    EventPage page;
    page.cursor = make_event_cursor(history, static_cast<std::uint64_t>(from));
    SqliteRun row(session[Sql::read_journal], from, limit);
    while (row.next())
        page.events.push_back(read_event(row, history));
    if (!page.events.empty())
        page.cursor = page.events.back().cursor;
    return page;
}

EventCursor events_end(SqliteSession& session, const std::string& history) {
    return make_event_cursor(history, static_cast<std::uint64_t>(load_totals(session).last_event));
}

std::vector<LogLine> logs(SqliteSession& session, const LogQuery& query) {
    // Reads backwards through the bounded journal: an index by job would cost every transition.
    const std::int64_t first = load_totals(session).first_event;
    const WallTime since = query.since.value_or(WallTime(Milliseconds(0)));
    SqliteRun row(session[Sql::read_log], first, static_cast<int>(query.min_level), since,
                  query.job, query.limit);
    std::vector<LogLine> lines;
    while (row.next()) {
        LogLine& line = lines.emplace_back();
        line.sequence = static_cast<std::uint64_t>(row.integer());
        line.time = WallTime(Milliseconds(row.integer()));
        line.level = static_cast<LogLevel>(row.integer());
        line.job = row.id();
        line.state = static_cast<JobState>(row.integer());
        line.message = row.text();
        line.worker = row.text();
        line.request_id = row.text();
    }
    std::reverse(lines.begin(), lines.end());
    return lines;
}

std::vector<JobRecord> tombstones(SqliteSession& session, BootTime now, int limit) {
    std::vector<JobRecord> records;
    SqliteRun row(session[Sql::tombstones_until], now, limit);
    while (row.next())
        records.push_back(std::move(read_job_row(row).entry.record));
    return records;
}

std::optional<Bytes> load_kept(SqliteSession& session, const JobId& id, std::size_t index) {
    if (index >= most_renditions)
        return std::nullopt;
    SqliteRun row(session[Sql::load_kept], id, static_cast<std::int64_t>(index));
    if (!row.next())
        return std::nullopt;
    const ByteView bytes = row.blob();
    return Bytes(bytes.begin(), bytes.end());
}

bool needs_sweep(SqliteSession& session, WallTime wall, BootTime boot) {
    const std::int64_t now = wall.time_since_epoch().count();
    return oldest(session, Place::processing, boot.count()) ||
           oldest(session, Place::succeeded, now) || oldest(session, Place::failed, now) ||
           oldest(session, Place::cancelled, now);
}

} // namespace thumbjobs::sqlite
