#include "backends/redis/store/redis_store.h"

#include "backends/common/store_checks.h"
#include "backends/redis/client/facts.h"
#include "backends/redis/store/durability.h"
#include "backends/redis/store/job_fields.h"
#include "backends/redis/store/listener.h"
#include "backends/redis/store/operations.h"
#include "backends/redis/store/server_time.h"
#include "src/fail_point.h"
#include "src/random.h"

#include <thumbjobs/memory_full.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <mutex>

namespace thumbjobs {
namespace {

using redis::Client;
using redis::Operation;
using redis::operations;
using redis::Repeat;
using redis::Reply;

/// The words of one call of a script, behind the two that all scripts get.
class Arguments {
public:
    Arguments& add(std::string text) {
        texts_.push_back(std::move(text));
        return *this;
    }
    Arguments& add(std::string_view text) { return add(std::string(text)); }
    Arguments& add(const char* text) { return add(std::string(text)); }
    Arguments& add(const JobId& id) { return add(id.to_string()); }
    Arguments& add(bool value) { return add(value ? "1" : "0"); }
    Arguments& add(int value) { return add(std::to_string(value)); }
    Arguments& add(std::int64_t value) { return add(std::to_string(value)); }
    Arguments& add(std::uint64_t value) { return add(std::to_string(value)); }
    Arguments& add(Milliseconds value) { return add(std::to_string(value.count())); }
    Arguments& add(std::optional<Milliseconds> value) {
        return value ? add(*value) : add(std::string());
    }
    Arguments& add(const LogNote& note) { return add(redis::pack_note(note)); }
    Arguments& add(const Lease& lease) {
        return add(lease.job).add(lease.token).add(lease.claim_id);
    }
    Arguments& add(const ClaimRequest& request) {
        return add(request.nonce)
            .add(request.worker)
            .add(request.max_jobs)
            .add(request.lease)
            .add(random_hex(8));
    }

    const std::vector<std::string>& texts() const noexcept { return texts_; }

private:
    std::vector<std::string> texts_;
};

constexpr std::int64_t layout = 4; ///< Of keys and texts: open.lua writes it.

std::string exact(double value) {
    std::array<char, 32> text{};
    const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} ? std::string(text.data(), end) : "0";
}

class RedisStore final : public JobStore {
public:
    RedisStore(redis::ClientOptions options, redis::Durability durability,
               const BackendContext& context)
        : clock_(*context.clock),
          own_time_(context.clock == &Clock::system()),
          history_size_(std::to_string(context.event_history)),
          prefix_(options.tag() + ":"),
          client_(std::move(options)),
          durability_(durability),
          listener_(client_, prefix_, notifier_) {
        const redis::ServerFacts facts = redis::read_facts(client_);
        redis::require_version(facts);
        durability_.require(client_);
        if (context.warn)
            for (const std::string& sentence : redis::warnings_of(facts, client_.options()))
                context.warn(sentence);
        open();
    }

    ~RedisStore() override { RedisStore::set_listener({}); }

    std::string describe() const override { return client_.options().describe(); }
    std::string id() override;
    void probe() override { run(operations().probe, {}).text(); }
    void set_listener(Listener listener) override;

    CreateResult create(const NewJob& job) override;

    std::vector<std::optional<JobRecord>> find(std::span<const JobId> ids) override;
    JobPage list(const ListQuery& query) override;
    StoreStats stats() override;
    EventPage events(const EventCursor& after, int limit) override;
    EventCursor events_end() override;
    std::vector<LogLine> logs(const LogQuery& query) override;

    ClaimResult claim(const ClaimRequest& request) override;
    std::vector<LeaseState> renew(std::span<const Lease> leases, Milliseconds lease) override;
    void mark_decoding(const Lease& lease) override;
    void report_progress(const Lease& lease, double progress) override;
    ClaimResult complete(const Lease& lease, const Completion& completion,
                         const ClaimRequest* next) override;
    Job fail(const Lease& lease, const Failure& failure) override;
    void give_back(const Lease& lease, Milliseconds delay, const LogNote& note) override;

    Job cancel(const JobId& id, std::optional<Milliseconds> retention,
               const LogNote& note) override;
    Job retry(const JobId& id, std::int64_t max_queued, const LogNote& note) override;
    JobRecord remove(const JobId& id, Milliseconds tombstone_delay, const LogNote& note) override;

    SweepResult sweep(const SweepRequest& request) override;
    std::vector<JobRecord> tombstones(int limit) override;
    void forget(std::span<const JobId> ids) override;
    bool acquire(std::string_view name, std::string_view owner, Milliseconds duration) override;

private:
    enum class Sync { no, yes };

    /// Whether a script takes the words of several calls, and answers each.
    enum class Items { one, many };

    void open();
    Reply run(const Operation& operation, const Arguments& arguments,
              Repeat repeat = Repeat::always, Sync sync = Sync::no, Items items = Items::one);
    Reply run_once(const Operation& operation, const Arguments& arguments, Repeat repeat, Sync sync,
                   Items items);
    Reply run_item(const Operation& operation, const Arguments& arguments);
    Reply create_once(const NewJob& job, const std::string& data);
    std::string deadline_text(const NewJob& job);
    ClaimResult read_claim(const Reply& reply, const ClaimRequest& request);

    const Clock& clock_;
    const bool own_time_; ///< Redis tells the time. Not so where the caller brought a clock: tests.
    const std::string history_size_;
    const std::string prefix_;
    Client client_;
    const redis::DurabilityCheck durability_;
    redis::ServerTime server_time_;
    Notifier notifier_;
    redis::Listener listener_;
};

// --- Calling scripts

void RedisStore::open() {
    const Reply opened =
        run_once(operations().open, Arguments().add(random_hex(16)).add(random_hex(4)),
                 Repeat::always, Sync::no, Items::one);
    if (const std::int64_t version = opened.at(0).number(); version != layout)
        throw Error(ErrorCode::incompatible,
                    "The job store in Redis was made by another version of this program: its "
                    "layout is " +
                        std::to_string(version) + ", this version has layout " +
                        std::to_string(layout) + ".");
    if (own_time_)
        server_time_.note(opened.at(2).number(), clock_.boot());
}

Reply RedisStore::run(const Operation& operation, const Arguments& arguments, Repeat repeat,
                      Sync sync, Items items) {
    Reply reply = run_once(operation, arguments, repeat, sync, items);
    if (reply.is_error("TJNOSTORE")) { // Redis was emptied, or restarted without its data
        open();
        reply = run_once(operation, arguments, repeat, sync, items);
    }
    reply.require();
    return reply;
}

/// A call that may go together with others' of the same script, and has to be confirmed.
Reply RedisStore::run_item(const Operation& operation, const Arguments& arguments) {
    return run(operation, arguments, Repeat::always, Sync::yes, Items::many);
}

Reply RedisStore::run_once(const Operation& operation, const Arguments& arguments, Repeat repeat,
                           Sync sync, Items items) {
    std::string time;
    if (!own_time_)
        time = std::to_string(clock_.wall().time_since_epoch().count()) + " " +
               std::to_string(clock_.boot().count());
    const std::size_t shared = 2;
    std::vector<std::string_view> words{time, history_size_};
    words.insert(words.end(), arguments.texts().begin(), arguments.texts().end());
    const std::array<std::string_view, 1> keys{prefix_};

    fail_point(operation.before);
    Reply reply = sync == Sync::yes && durability_.waits()
                      ? durability_.eval(client_, operation.script, keys, words, repeat)
                  : items == Items::many
                      ? client_.eval_together(operation.script, keys, words, shared, repeat)
                      : client_.eval(operation.script, keys, words, repeat);
    fail_point(operation.after);
    return reply;
}

std::string RedisStore::id() {
    const std::string key = prefix_ + "meta";
    Reply id = client_.command({"HGET", key, "id"}, Repeat::always);
    if (id.require().is_nil()) {
        open();
        id = client_.command({"HGET", key, "id"}, Repeat::always);
    }
    return id.take_text();
}

void RedisStore::set_listener(Listener listener) {
    const bool listening = static_cast<bool>(listener);
    notifier_.set_listener(std::move(listener));
    if (listening)
        listener_.start();
    else
        listener_.stop();
}

// --- Submitting

/// The deadline in the time that the script compares with.
std::string RedisStore::deadline_text(const NewJob& job) {
    if (job.deadline == BootTime::max())
        return {};
    if (!own_time_)
        return std::to_string(job.deadline.count());
    if (!server_time_.is_fresh(clock_.boot())) {
        const Reply time = client_.command({"TIME"}, Repeat::always);
        server_time_.note(time.at(0).number() * 1'000 + time.at(1).number() / 1'000, clock_.boot());
    }
    return std::to_string(server_time_.of(job.deadline));
}

Reply RedisStore::create_once(const NewJob& job, const std::string& data) {
    Arguments arguments;
    arguments.add(job.id)
        .add(data)
        .add(job.priority)
        .add(job.max_attempts)
        .add(job.original.width)
        .add(job.original.height)
        .add(job.original.available)
        .add(job.idempotency_key)
        .add(job.idempotency_fingerprint)
        .add(job.max_queued)
        .add(deadline_text(job))
        .add(job.note);
    return run_item(operations().create, arguments);
}

CreateResult RedisStore::create(const NewJob& job) {
    const std::string data = redis::pack_data(job);
    Reply replies = create_once(job, data);
    if (replies.at(0).at(0).text() == "late" && own_time_ && clock_.boot() < job.deadline) {
        server_time_.forget(); // the server's clock was set forward
        replies = create_once(job, data);
    }
    const Reply& reply = replies.at(0);
    const std::string& answer = reply.at(0).text();
    if (answer == "conflict")
        throw_idempotency_conflict();
    if (answer == "late")
        throw_deadline_passed();
    if (answer == "full")
        throw_queue_full(job.max_queued);
    if (answer == "oom")
        throw MemoryFull("The job store's Redis has reached its memory limit.");
    if (own_time_)
        server_time_.note(reply.at(3).number(), clock_.boot());
    return {.job = redis::read_created(reply.at(2), data).job,
            .created = reply.at(1).number() == 1};
}

// --- Reading

std::vector<std::optional<JobRecord>> RedisStore::find(std::span<const JobId> ids) {
    std::vector<std::optional<JobRecord>> records;
    records.reserve(ids.size());
    constexpr std::size_t most = 500; // in one script
    for (std::size_t begin = 0; begin < ids.size(); begin += most) {
        Arguments arguments;
        for (const JobId& id : ids.subspan(begin, std::min(most, ids.size() - begin)))
            arguments.add(id);
        const Reply found = run(operations().find, arguments);
        for (const Reply& job : found.array())
            records.push_back(redis::read_record(job));
    }
    return records;
}

JobPage RedisStore::list(const ListQuery& query) {
    require_range("limit", query.limit, 1, 500);
    Arguments arguments;
    arguments.add(query.limit + 1); // one more tells of a next page
    arguments.add(query.cursor.empty()
                      ? std::string()
                      : parse_list_cursor(query.cursor, query.ascending).to_string());
    arguments.add(query.ascending);
    for (const JobState state : all_job_states)
        if (query.states.empty() ||
            std::find(query.states.begin(), query.states.end(), state) != query.states.end())
            arguments.add(static_cast<int>(state));

    const Reply reply = run(operations().list, arguments);
    JobPage page;
    page.events_cursor =
        make_event_cursor(reply.at(0).text(), static_cast<std::uint64_t>(reply.at(1).number()));
    constexpr std::size_t head = 2;
    const std::size_t found = reply.array().size() - head;
    const std::size_t shown = std::min(found, static_cast<std::size_t>(query.limit));
    for (std::size_t i = 0; i < shown; ++i)
        if (std::optional<JobRecord> record = redis::read_record(reply.at(head + i)))
            page.jobs.push_back(std::move(record->job));
    if (found > shown)
        page.next_cursor = make_list_cursor(
            JobId::parse(reply.at(head + shown - 1).at(0).text()).value_or(JobId{}),
            query.ascending);
    return page;
}

StoreStats RedisStore::stats() {
    const Reply reply = run(operations().stats, {});
    StoreStats stats;
    stats.queued = reply.at(0).number();
    stats.processing = reply.at(1).number();
    stats.succeeded = reply.at(2).number();
    stats.failed = reply.at(3).number();
    stats.cancelled = reply.at(4).number();
    stats.delayed = reply.at(5).number();
    if (const std::int64_t age = reply.at(6).number(); age >= 0)
        stats.oldest_ready_age = Milliseconds(age);
    stats.finished_last_minute = reply.at(7).number();
    return stats;
}

EventPage RedisStore::events(const EventCursor& after, int limit) {
    require_range("limit", limit, 1, 1'000);
    const std::size_t dash = after.find('-');
    const std::string history = after.substr(0, std::min(dash, after.size()));
    const auto sequence = parse_event_cursor(after, history);
    Arguments arguments;
    if (after.empty())
        arguments.add("-1");
    else
        arguments.add(sequence ? std::to_string(*sequence) : "-2"); // of no history
    arguments.add(limit).add(history).add(random_hex(4));
    const Reply reply = run(operations().events, arguments);

    const std::string& present = reply.at(0).text();
    const auto cursor = [&present](const Reply& number) {
        return make_event_cursor(present, static_cast<std::uint64_t>(number.number()));
    };
    EventPage page;
    if (reply.at(2).text() == "reset") {
        page.cursor = cursor(reply.at(1));
        page.events.push_back(
            {.kind = Event::Kind::reset, .cursor = page.cursor, .id = {}, .job = {}});
        return page;
    }
    constexpr std::size_t head = 3;
    for (std::size_t i = head; i < reply.array().size(); ++i) {
        const Reply& row = reply.at(i);
        Event& event = page.events.emplace_back(redis::read_event(row));
        event.cursor = cursor(row.at(0));
    }
    page.cursor = page.events.empty() ? (after.empty() ? cursor(reply.at(1)) : after)
                                      : page.events.back().cursor;
    return page;
}

EventCursor RedisStore::events_end() {
    const Reply reply =
        run(operations().events, Arguments().add("").add(1).add("").add(random_hex(4)));
    return make_event_cursor(reply.at(0).text(), static_cast<std::uint64_t>(reply.at(1).number()));
}

std::vector<LogLine> RedisStore::logs(const LogQuery& query) {
    require_range("limit", query.limit, 1, 1'000);
    const auto limit = static_cast<std::size_t>(query.limit);
    constexpr int stretch = 1'000; // events that one script looks at: Redis waits for it
    std::vector<LogLine> lines;
    std::string from = "+";
    while (lines.size() < limit && from != "-1") {
        Arguments arguments;
        arguments.add(from)
            .add(stretch)
            .add(static_cast<std::uint64_t>(limit - lines.size()))
            .add(query.job ? query.job->to_string() : std::string())
            .add(static_cast<int>(query.min_level));
        const Reply reply = run(operations().logs, arguments);
        from = std::to_string(reply.at(0).number());
        for (std::size_t i = 1; i < reply.array().size(); ++i) {
            LogLine line = redis::read_line(reply.at(i));
            if (!query.since || line.time >= *query.since)
                lines.push_back(std::move(line));
        }
    }
    std::reverse(lines.begin(), lines.end());
    return lines;
}

// --- Working

ClaimResult RedisStore::read_claim(const Reply& reply, const ClaimRequest& request) {
    ClaimResult result;
    for (std::size_t i = 1; i < reply.array().size(); ++i)
        result.jobs.push_back(redis::require_claimed(reply.at(i)));
    if (const std::int64_t due = reply.at(0).number(); due >= 0)
        result.next_due = Milliseconds(due);
    listener_.set_idle(result.jobs.size() < static_cast<std::size_t>(request.max_jobs));
    return result;
}

ClaimResult RedisStore::claim(const ClaimRequest& request) {
    require_claim(request);
    const Repeat repeat = request.nonce.empty() ? Repeat::if_unsent : Repeat::always;
    return read_claim(run(operations().claim, Arguments().add(request), repeat), request);
}

std::vector<LeaseState> RedisStore::renew(std::span<const Lease> leases, Milliseconds lease) {
    std::vector<LeaseState> states;
    if (leases.empty())
        return states;
    Arguments arguments;
    arguments.add(lease);
    for (const Lease& held : leases)
        arguments.add(held);
    const Reply reply = run(operations().renew, arguments);
    for (const Reply& held : reply.array())
        states.push_back(held.number() == 1 ? LeaseState::held : LeaseState::lost);
    return states;
}

void require_held(const Reply& reply) {
    if (reply.kind() != Reply::Kind::array && reply.text() == "lost")
        throw_lease_lost();
}

void RedisStore::mark_decoding(const Lease& lease) {
    require_held(run(operations().mark_decoding, Arguments().add(lease)));
}

void RedisStore::report_progress(const Lease& lease, double progress) {
    require_progress(progress);
    require_held(run(operations().report_progress, Arguments().add(lease).add(exact(progress))));
}

ClaimResult RedisStore::complete(const Lease& lease, const Completion& completion,
                                 const ClaimRequest* next) {
    if (next != nullptr)
        require_claim(*next);
    Arguments arguments;
    arguments.add(lease)
        .add(completion.original_width)
        .add(completion.original_height)
        .add(redis::pack_results(completion))
        .add(completion.drop_original)
        .add(completion.retention)
        .add(completion.note);
    if (next != nullptr)
        arguments.add(*next);
    else
        arguments.add("").add("").add(0).add(0).add("");
    const Reply replies = run_item(operations().complete, arguments);
    const Reply& reply = replies.at(0);
    require_held(reply);
    return next != nullptr ? read_claim(reply, *next) : ClaimResult{};
}

Job RedisStore::fail(const Lease& lease, const Failure& failure) {
    Arguments arguments;
    arguments.add(lease)
        .add(to_string(failure.error.code))
        .add(failure.error.message)
        .add(failure.crash)
        .add(failure.retryable)
        .add(failure.max_crashes)
        .add(failure.backoff)
        .add(failure.retention)
        .add(failure.original_width)
        .add(failure.original_height)
        .add(failure.note);
    const Reply reply = run(operations().fail, arguments, Repeat::always, Sync::yes);
    require_held(reply);
    return redis::require_record(reply).job;
}

void RedisStore::give_back(const Lease& lease, Milliseconds delay, const LogNote& note) {
    require_held(run(operations().give_back, Arguments().add(lease).add(delay).add(note)));
}

// --- Controlling

Job RedisStore::cancel(const JobId& id, std::optional<Milliseconds> retention,
                       const LogNote& note) {
    const Reply reply = run(operations().cancel, Arguments().add(id).add(retention).add(note),
                            Repeat::always, Sync::yes);
    const std::string& answer = reply.at(0).text();
    if (answer == "gone")
        throw_no_job(id);
    Job job = redis::require_record(reply.at(1)).job;
    if (answer == "conflict")
        throw Error(ErrorCode::conflict, "A job that has " + std::string(to_string(job.state)) +
                                             " cannot be cancelled.");
    return job;
}

Job RedisStore::retry(const JobId& id, std::int64_t max_queued, const LogNote& note) {
    const Reply reply = run(operations().retry, Arguments().add(id).add(max_queued).add(note),
                            Repeat::if_unsent, Sync::yes);
    const std::string& answer = reply.at(0).text();
    if (answer == "gone")
        throw_no_job(id);
    if (answer == "full")
        throw_queue_full(max_queued);
    Job job = redis::require_record(reply.at(1)).job;
    if (answer == "conflict")
        throw Error(ErrorCode::conflict,
                    job.state == JobState::succeeded
                        ? "A job that has succeeded cannot be run again."
                        : "The job cannot be run again: its original has been deleted.");
    return job;
}

JobRecord RedisStore::remove(const JobId& id, Milliseconds tombstone_delay, const LogNote& note) {
    const Reply reply = run(operations().remove, Arguments().add(id).add(tombstone_delay).add(note),
                            Repeat::if_unsent, Sync::yes);
    if (reply.at(0).text() == "gone")
        throw_no_job(id);
    return redis::require_record(reply.at(1));
}

// --- Keeping house

SweepResult RedisStore::sweep(const SweepRequest& request) {
    require_range("limit", request.limit, 1, 1'000);
    const Reply reply = run(operations().sweep, Arguments()
                                                    .add(request.worker)
                                                    .add(request.max_crashes)
                                                    .add(request.retention)
                                                    .add(request.tombstone_delay)
                                                    .add(request.limit));
    SweepResult result;
    result.requeued = static_cast<int>(reply.at(0).number());
    result.crashed = static_cast<int>(reply.at(1).number());
    result.failed = static_cast<int>(reply.at(2).number());
    result.expired = static_cast<int>(reply.at(3).number());
    result.more = result.requeued == request.limit || result.expired == request.limit;
    return result;
}

std::vector<JobRecord> RedisStore::tombstones(int limit) {
    require_range("limit", limit, 1, 1'000);
    const Reply reply = run(operations().tombstones, Arguments().add(limit));
    std::vector<JobRecord> records;
    for (const Reply& job : reply.array())
        records.push_back(redis::require_record(job));
    return records;
}

void RedisStore::forget(std::span<const JobId> ids) {
    constexpr std::size_t most = 500; // in one script
    for (std::size_t begin = 0; begin < ids.size(); begin += most) {
        Arguments arguments;
        for (const JobId& id : ids.subspan(begin, std::min(most, ids.size() - begin)))
            arguments.add(id);
        run(operations().forget, arguments);
    }
}

bool RedisStore::acquire(std::string_view name, std::string_view owner, Milliseconds duration) {
    return run(operations().acquire, Arguments().add(name).add(owner).add(duration)).number() == 1;
}

} // namespace

std::shared_ptr<JobStore> open_redis_store(BackendUrl url, const BackendContext& context) {
    redis::ClientOptions options = redis::ClientOptions::parse(url);
    options.lanes = 2; // one is under way while the next fills
    const redis::Durability durability = redis::parse_durability(url.take("durability"));
    url.refuse_rest(std::string(redis::ClientOptions::accepted) + ", durability");
    return std::make_shared<RedisStore>(std::move(options), durability, context);
}

} // namespace thumbjobs
