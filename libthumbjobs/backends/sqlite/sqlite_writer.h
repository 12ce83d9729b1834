#pragma once

#include "backends/common/notifier.h"
#include "backends/sqlite/sqlite_file.h"
#include "backends/sqlite/sqlite_schema.h"
#include "backends/sqlite/sqlite_transitions.h"

#include <thumbjobs/registry.h>

#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <vector>

namespace thumbjobs {

/// A kind of request to the writer.
struct SqliteOperation {
    const char* before_commit; ///< Fail points.
    const char* after_commit;
    bool durable;      ///< Answered only when the disk has it. Else, losing it at a power cut just
                       ///< queues the job again.
    bool adds = false; ///< A full disk is the caller's business, not an outage.
};

/// What a process writes, one transaction at a time. Requests that wait are committed together;
/// each has a savepoint, so that its error undoes nothing but itself, and is answered after the
/// commit.
///
/// There is no thread for it: who finds nobody writing leads, that is, it commits for all that
/// wait, and then hands over to one of those that came meanwhile. So a request that meets no other
/// costs no change of threads, and those that pile up behind a sync of the disk still share the
/// next one.
class SqliteWriter {
public:
    /// Opens, and if need be creates, the database.
    SqliteWriter(const std::string& path, const BackendContext& context, Notifier& notifier);

    /// Checkpoints and closes. Nobody may be in run() any more.
    ~SqliteWriter();
    SqliteWriter(const SqliteWriter&) = delete;
    SqliteWriter& operator=(const SqliteWriter&) = delete;

    const SqliteMeta& meta() const noexcept { return meta_; }
    const std::string& path() const noexcept { return file_.path(); }

    /// Runs `work(SqliteTransitions&)` in a transaction and returns what it returns once that is
    /// committed. Throws what it throws, or Error(store_unavailable). Thread-safe.
    template <class Work>
    auto run(const SqliteOperation& operation, const Work& work) {
        using Result = std::invoke_result_t<Work, SqliteTransitions&>;
        if constexpr (std::is_void_v<Result>) {
            execute(operation, work);
        } else {
            std::optional<Result> result;
            execute(operation,
                    [&](SqliteTransitions& transitions) { result.emplace(work(transitions)); });
            return std::move(*result);
        }
    }

    /// Whether to look for changes of other processes and to tell the notifier of them.
    void watch(bool on);

private:
    struct Request {
        Request(const SqliteOperation& what, std::function<void(SqliteTransitions&)> how)
            : operation(what), work(std::move(how)) {}

        const SqliteOperation& operation;
        std::function<void(SqliteTransitions&)> work;
        std::exception_ptr error;
        bool done = false;
        std::condition_variable changed; ///< It is done, or its turn to lead has come.
    };
    /// Shared, since who waits may go on, and be gone, before whoever wakes it has done so.
    using Batch = std::vector<std::shared_ptr<Request>>;

    void execute(const SqliteOperation& operation, std::function<void(SqliteTransitions&)> work);
    void take_turn(std::unique_lock<std::mutex>& lock, void (SqliteWriter::*work)());
    void run_watch();

    // All of these run in the thread whose turn it is.
    void serve();
    Batch take_batch();
    void answer(const Batch& batch);
    void transact(const Batch& batch);
    void run_one(Request& request, bool alone);
    void commit(const Batch& batch);
    void roll_back() noexcept;
    void set_durable(bool durable);
    bool disk_is_low();
    void notice_totals(const SqliteTotals& totals, JobStore::Change change);
    void look_for_foreign_changes();
    void checkpoint_if_due();
    void close() noexcept;

    static int on_commit(void* self, sqlite3* db, const char* name, int pages);

    SqliteFile file_;
    SqliteMeta meta_;
    const bool relaxed_;
    const std::int64_t disk_reserve_;
    Notifier& notifier_;

    // Used by the thread whose turn it is.
    std::optional<SqliteSession> session_;
    std::optional<SqliteTransitions> transitions_;
    bool durable_ = true;          ///< The connection's setting now.
    std::optional<bool> disk_low_; ///< Asked at most once in a batch.
    std::int64_t known_event_ = 0; ///< The newest that the listener was told of.
    std::int64_t data_version_ = 0;
    JobStore::Change untold_; ///< What the listener is to be told when the turn ends.
    int wal_pages_ = 0;
    int checkpoint_at_;

    std::mutex mutex_; ///< Guards the rest.
    std::condition_variable wake_;
    Batch waiting_;        ///< The first of them leads next.
    bool writing_ = false; ///< It is somebody's turn.
    bool watching_ = false;
    std::atomic<bool> stop_{false};
    std::thread watch_thread_;
};

} // namespace thumbjobs
