#include "backends/sqlite/sqlite_store.h"

#include "backends/common/store_checks.h"
#include "backends/sqlite/sqlite_queries.h"
#include "backends/sqlite/sqlite_readers.h"
#include "backends/sqlite/sqlite_writer.h"

namespace thumbjobs {
namespace {

#define TJ_OPERATION(name, is_durable)                                                             \
    constexpr SqliteOperation name##_operation {                                                   \
        .before_commit = "store." #name ".before_commit",                                          \
        .after_commit = "store." #name ".after_commit", .durable = is_durable                      \
    }

constexpr SqliteOperation create_operation{.before_commit = "store.create.before_commit",
                                           .after_commit = "store.create.after_commit",
                                           .durable = true,
                                           .adds = true};
TJ_OPERATION(probe, false);
TJ_OPERATION(claim, false);
TJ_OPERATION(renew, false);
TJ_OPERATION(mark_decoding, false);
TJ_OPERATION(report_progress, false);
TJ_OPERATION(complete, true);
TJ_OPERATION(fail, true);
TJ_OPERATION(give_back, false);
TJ_OPERATION(cancel, true);
TJ_OPERATION(retry, true);
TJ_OPERATION(remove, true);
TJ_OPERATION(sweep, true);
TJ_OPERATION(forget, true);
TJ_OPERATION(acquire, true);

#undef TJ_OPERATION

class SqliteStore final : public JobStore {
public:
    SqliteStore(const std::string& path, const BackendContext& context)
        : clock_(*context.clock),
          path_(path),
          writer_(path, context, notifier_),
          readers_(writer_.path()),
          history_(writer_.meta().history) {}

    ~SqliteStore() override { notifier_.set_listener({}); }

    std::string describe() const override { return "sqlite:" + path_; }
    std::string id() override { return writer_.meta().store_id; }

    void probe() override {
        writer_.run(probe_operation, [](SqliteTransitions&) {});
        readers_.run(
            [this](SqliteSession& session) { return sqlite::events_end(session, history_); });
    }

    void set_listener(Listener listener) override {
        const bool listening = static_cast<bool>(listener);
        notifier_.set_listener(std::move(listener));
        writer_.watch(listening);
    }

    CreateResult create(const NewJob& job) override {
        return writer_.run(create_operation,
                           [&](SqliteTransitions& write) { return write.create(job); });
    }

    std::vector<std::optional<JobRecord>> find(std::span<const JobId> ids) override {
        return readers_.run([&](SqliteSession& read) { return sqlite::find(read, ids); });
    }

    JobPage list(const ListQuery& query) override {
        require_range("limit", query.limit, 1, 500);
        std::optional<JobId> last;
        if (!query.cursor.empty())
            last = parse_list_cursor(query.cursor, query.ascending);
        return readers_.run(
            [&](SqliteSession& read) { return sqlite::list(read, query, last, history_); });
    }

    StoreStats stats() override {
        return readers_.run(
            [&](SqliteSession& read) { return sqlite::stats(read, clock_.boot()); });
    }

    EventPage events(const EventCursor& after, int limit) override {
        require_range("limit", limit, 1, 1'000);
        return readers_.run(
            [&](SqliteSession& read) { return sqlite::events(read, after, limit, history_); });
    }

    EventCursor events_end() override {
        return readers_.run(
            [&](SqliteSession& read) { return sqlite::events_end(read, history_); });
    }

    std::vector<LogLine> logs(const LogQuery& query) override {
        require_range("limit", query.limit, 1, 1'000);
        return readers_.run([&](SqliteSession& read) { return sqlite::logs(read, query); });
    }

    ClaimResult claim(const ClaimRequest& request) override {
        require_claim(request);
        return writer_.run(claim_operation,
                           [&](SqliteTransitions& write) { return write.claim(request); });
    }

    std::vector<LeaseState> renew(std::span<const Lease> leases, Milliseconds lease) override {
        if (leases.empty())
            return {};
        return writer_.run(renew_operation,
                           [&](SqliteTransitions& write) { return write.renew(leases, lease); });
    }

    void mark_decoding(const Lease& lease) override {
        writer_.run(mark_decoding_operation,
                    [&](SqliteTransitions& write) { write.mark_decoding(lease); });
    }

    void report_progress(const Lease& lease, double progress) override {
        require_progress(progress);
        writer_.run(report_progress_operation,
                    [&](SqliteTransitions& write) { write.report_progress(lease, progress); });
    }

    ClaimResult complete(const Lease& lease, const Completion& completion,
                         const ClaimRequest* next) override {
        require_kept(completion);
        if (next != nullptr)
            require_claim(*next);
        return writer_.run(complete_operation, [&](SqliteTransitions& write) {
            return write.complete(lease, completion, next);
        });
    }

    Job fail(const Lease& lease, const Failure& failure) override {
        return writer_.run(fail_operation,
                           [&](SqliteTransitions& write) { return write.fail(lease, failure); });
    }

    void give_back(const Lease& lease, Milliseconds delay, const LogNote& note) override {
        writer_.run(give_back_operation,
                    [&](SqliteTransitions& write) { write.give_back(lease, delay, note); });
    }

    Job cancel(const JobId& id, std::optional<Milliseconds> retention,
               const LogNote& note) override {
        return writer_.run(cancel_operation, [&](SqliteTransitions& write) {
            return write.cancel(id, retention, note);
        });
    }

    Job retry(const JobId& id, std::int64_t max_queued, const LogNote& note) override {
        return writer_.run(retry_operation, [&](SqliteTransitions& write) {
            return write.retry(id, max_queued, note);
        });
    }

    JobRecord remove(const JobId& id, Milliseconds tombstone_delay, const LogNote& note) override {
        return writer_.run(remove_operation, [&](SqliteTransitions& write) {
            return write.remove(id, tombstone_delay, note);
        });
    }

    SweepResult sweep(const SweepRequest& request) override {
        require_range("limit", request.limit, 1, 1'000);
        // Usually there is nothing to do, and then nobody's lock is taken.
        const bool needed = readers_.run([&](SqliteSession& read) {
            return sqlite::needs_sweep(read, clock_.wall(), clock_.boot());
        });
        if (!needed)
            return {};
        return writer_.run(sweep_operation,
                           [&](SqliteTransitions& write) { return write.sweep(request); });
    }

    std::vector<JobRecord> tombstones(int limit) override {
        require_range("limit", limit, 1, 1'000);
        return readers_.run(
            [&](SqliteSession& read) { return sqlite::tombstones(read, clock_.boot(), limit); });
    }

    void forget(std::span<const JobId> ids) override {
        if (!ids.empty())
            writer_.run(forget_operation, [&](SqliteTransitions& write) { write.forget(ids); });
    }

    bool acquire(std::string_view name, std::string_view owner, Milliseconds duration) override {
        return writer_.run(acquire_operation, [&](SqliteTransitions& write) {
            return write.acquire(name, owner, duration);
        });
    }

    std::int64_t keeps_up_to() const noexcept override { return most_kept_bytes; }

    BlobPtr open_kept(const JobId& id, std::size_t index) override {
        std::optional<Bytes> bytes =
            readers_.run([&](SqliteSession& read) { return sqlite::load_kept(read, id, index); });
        if (!bytes)
            throw_no_image(id);
        return make_blob(std::move(*bytes));
    }

private:
    const Clock& clock_;
    const std::string path_;
    Notifier notifier_;
    SqliteWriter writer_; ///< Closes after the readers.
    SqliteReaders readers_;
    const std::string history_;
};

} // namespace

std::shared_ptr<JobStore> open_sqlite_store(BackendUrl url, const BackendContext& context) {
    if (url.target.empty())
        throw Error(ErrorCode::invalid_argument,
                    "sqlite: needs the path of a file behind the colon, such as sqlite:jobs.db.");
    BackendContext adjusted = context;
    if (const auto durability = url.take("durability")) {
        if (*durability != "full" && *durability != "relaxed")
            throw Error(ErrorCode::invalid_argument,
                        "durability is '" + *durability + "'; it must be full or relaxed.");
        adjusted.relaxed_durability = *durability == "relaxed";
    }
    url.refuse_rest("durability");
    return std::make_shared<SqliteStore>(url.target, adjusted);
}

} // namespace thumbjobs
