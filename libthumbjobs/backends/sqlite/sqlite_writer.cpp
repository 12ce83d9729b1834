#include "backends/sqlite/sqlite_writer.h"

#include "src/fail_point.h"

#include <algorithm>
#include <utility>

namespace thumbjobs {
namespace {

constexpr std::size_t largest_batch = 256;
constexpr std::chrono::milliseconds lock_patience{10'000};
constexpr std::chrono::milliseconds watch_interval{200};

/// Pages in the write-ahead log at which it is copied into the database: 16 MiB.
constexpr int checkpoint_pages = 4'000;
/// How many more have to come when readers kept a checkpoint from starting the log anew.
constexpr int checkpoint_again = 1'000;

/// A full disk is an outage to everyone but those who add something.
std::exception_ptr for_operation(const SqliteOperation& operation, const Error& error) {
    if (error.code() == ErrorCode::storage_full && !operation.adds)
        return std::make_exception_ptr(
            Error(ErrorCode::store_unavailable, error.what(), error.detail()));
    return std::make_exception_ptr(error);
}

std::exception_ptr for_operation(const SqliteOperation& operation) {
    try {
        throw;
    } catch (const Error& error) {
        return for_operation(operation, error);
    } catch (const std::exception& error) {
        return std::make_exception_ptr(
            Error(ErrorCode::internal, "The job store failed in an unexpected way.", error.what()));
    }
}

} // namespace

SqliteWriter::SqliteWriter(const std::string& path, const BackendContext& context,
                           Notifier& notifier)
    : file_(path),
      relaxed_(context.relaxed_durability),
      disk_reserve_(context.disk_reserve),
      notifier_(notifier),
      checkpoint_at_(checkpoint_pages) {
    {
        const SqliteFileLock lock(file_, lock_patience, stop_);
        session_.emplace(open_sqlite_database(file_, context.clock->boot(), meta_));
        file_.pin();
    }
    sqlite3_wal_hook(session_->db().get(), on_commit, this);
    transitions_.emplace(*session_, *context.clock, context.event_history,
                         [this] { return disk_is_low(); });
    known_event_ = load_totals(*session_).last_event;
    watch_thread_ = std::thread([this] { run_watch(); });
}

SqliteWriter::~SqliteWriter() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    wake_.notify_one();
    watch_thread_.join();
    close();
}

void SqliteWriter::watch(bool on) {
    {
        const std::lock_guard lock(mutex_);
        watching_ = on;
    }
    wake_.notify_one();
}

void SqliteWriter::execute(const SqliteOperation& operation,
                           std::function<void(SqliteTransitions&)> work) {
    const auto request = std::make_shared<Request>(operation, std::move(work));
    std::unique_lock lock(mutex_);
    waiting_.push_back(request);
    const auto may_lead = [&] { return !writing_ && waiting_.front() == request; };
    while (!request->done) {
        if (!may_lead()) {
            request->changed.wait(lock, [&] { return request->done || may_lead(); });
            continue;
        }
        take_turn(lock, &SqliteWriter::serve);
    }
    lock.unlock();
    if (request->error) // taken out, for who led may be the last to let go of the request
        std::rethrow_exception(std::exchange(request->error, nullptr));
}

/// Does `work` while nobody else writes, hands over and tells the listener, in this order: whom the
/// listener wakes shall find the way free.
void SqliteWriter::take_turn(std::unique_lock<std::mutex>& lock, void (SqliteWriter::*work)()) {
    writing_ = true;
    lock.unlock();
    (this->*work)();
    const JobStore::Change change = std::exchange(untold_, {});
    lock.lock();
    writing_ = false;
    const std::shared_ptr<Request> next = waiting_.empty() ? nullptr : waiting_.front();
    lock.unlock(); // or whoever is woken would meet the locked mutex
    if (next)
        next->changed.notify_one();
    if (change.work || change.events)
        notifier_.notify(change);
    lock.lock();
}

/// Looks for what other processes have written, while somebody wants to know.
void SqliteWriter::run_watch() {
    std::unique_lock lock(mutex_);
    while (!stop_) {
        if (!watching_) {
            wake_.wait(lock);
            continue;
        }
        if (wake_.wait_for(lock, watch_interval) == std::cv_status::no_timeout || writing_ ||
            !waiting_.empty())
            continue; // who writes sees foreign changes, too
        take_turn(lock, &SqliteWriter::look_for_foreign_changes);
    }
}

void SqliteWriter::serve() {
    Batch batch;
    std::optional<SqliteFileLock> lock;
    try {
        lock.emplace(file_, lock_patience, stop_);
        batch = take_batch(); // only now: more may have come while others had the lock
        transact(batch);
    } catch (...) {
        if (batch.empty())
            batch = take_batch();
        for (const auto& request : batch)
            request->error = for_operation(request->operation);
    }
    answer(batch);
    if (lock)
        checkpoint_if_due();
}

SqliteWriter::Batch SqliteWriter::take_batch() {
    const std::lock_guard lock(mutex_);
    const std::size_t count = std::min(waiting_.size(), largest_batch);
    const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(count);
    Batch batch(waiting_.begin(), end);
    waiting_.erase(waiting_.begin(), end);
    return batch;
}

void SqliteWriter::answer(const Batch& batch) {
    {
        const std::lock_guard lock(mutex_);
        for (const auto& request : batch)
            request->done = true;
    }
    for (const auto& request : batch)
        request->changed.notify_one();
}

void SqliteWriter::transact(const Batch& batch) {
    file_.require_pinned();
    set_durable(!relaxed_ && std::any_of(batch.begin(), batch.end(), [](const auto& request) {
        return request->operation.durable;
    }));
    disk_low_.reset();
    session_->run(Sql::begin);
    try {
        transitions_->begin();
        const SqliteTotals before = transitions_->totals();
        for (const auto& request : batch)
            run_one(*request, batch.size() == 1);
        if (transitions_->has_changes())
            commit(batch);
        else
            roll_back();
        const bool foreign = before.last_event != known_event_;
        JobStore::Change change = transitions_->change();
        change.work |= foreign && before.queued() > 0;
        change.events |= foreign;
        notice_totals(transitions_->totals(), change);
    } catch (...) {
        roll_back();
        throw;
    }
}

void SqliteWriter::run_one(Request& request, bool alone) {
    const SqliteTransitions::Mark mark = transitions_->mark();
    if (!alone)
        session_->run(Sql::savepoint);
    try {
        request.work(*transitions_);
        if (!alone)
            session_->run(Sql::release);
    } catch (...) {
        // SQLite itself ends the transaction after some errors, and all of it is lost.
        if (alone || sqlite3_get_autocommit(session_->db().get()) != 0)
            throw;
        session_->run(Sql::rollback_to);
        session_->run(Sql::release);
        transitions_->restore(mark);
        request.error = for_operation(request.operation);
    }
}

void SqliteWriter::commit(const Batch& batch) {
    transitions_->finish();
    for (const auto& request : batch)
        fail_point(request->operation.before_commit);
    session_->run(Sql::commit);
    for (const auto& request : batch)
        fail_point(request->operation.after_commit);
}

void SqliteWriter::roll_back() noexcept {
    if (sqlite3_get_autocommit(session_->db().get()) == 0)
        sqlite3_exec(session_->db().get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void SqliteWriter::set_durable(bool durable) {
    if (durable == durable_)
        return;
    session_->db().exec(durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
    durable_ = durable;
}

bool SqliteWriter::disk_is_low() {
    if (!disk_low_)
        disk_low_ = file_.free_bytes() < disk_reserve_;
    return *disk_low_;
}

void SqliteWriter::notice_totals(const SqliteTotals& totals, JobStore::Change change) {
    known_event_ = totals.last_event;
    untold_.work |= change.work;
    untold_.events |= change.events;
}

void SqliteWriter::look_for_foreign_changes() {
    try {
        std::int64_t version = 0;
        {
            SqliteRun row((*session_)[Sql::data_version]);
            if (row.next())
                version = row.integer();
        }
        if (version == data_version_)
            return;
        const SqliteTotals totals = load_totals(*session_);
        data_version_ = version;
        if (totals.last_event != known_event_)
            notice_totals(totals, {.work = totals.queued() > 0, .events = true});
    } catch (const Error&) {
        // The next call of somebody who waits for the answer will tell.
    }
}

int SqliteWriter::on_commit(void* self, sqlite3*, const char*, int pages) {
    static_cast<SqliteWriter*>(self)->wal_pages_ = pages;
    return SQLITE_OK;
}

void SqliteWriter::checkpoint_if_due() {
    if (wal_pages_ < checkpoint_pages)
        checkpoint_at_ = checkpoint_pages; // somebody started the log anew
    if (wal_pages_ < checkpoint_at_)
        return;
    try {
        set_durable(true);
    } catch (const Error&) {
        return; // the next commit meets the same fault, and has somebody to tell
    }
    // Passive: readers are never waited for. What they hold back, the next checkpoint copies. A
    // failure leaves the log as it is.
    sqlite3_wal_checkpoint_v2(session_->db().get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr,
                              nullptr);
    checkpoint_at_ = wal_pages_ + checkpoint_again;
}

void SqliteWriter::close() noexcept {
    transitions_.reset();
    try {
        stop_ = false;
        const SqliteFileLock lock(file_, lock_patience, stop_);
        set_durable(true);
        session_->close(); // as the last connection to the file, it checkpoints and removes the log
    } catch (const Error&) {
        sqlite3_db_config(session_->db().get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
        session_->close();
    }
}

} // namespace thumbjobs
