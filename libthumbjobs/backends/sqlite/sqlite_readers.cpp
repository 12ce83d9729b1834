#include "backends/sqlite/sqlite_readers.h"

#include "backends/sqlite/sqlite_schema.h"

namespace thumbjobs {

std::unique_ptr<SqliteSession> SqliteReaders::take() {
    std::unique_lock lock(mutex_);
    freed_.wait(lock, [this] { return !idle_.empty() || open_ < most; });
    if (!idle_.empty()) {
        std::unique_ptr<SqliteSession> session = std::move(idle_.back());
        idle_.pop_back();
        return session;
    }
    ++open_;
    lock.unlock();
    try {
        return std::make_unique<SqliteSession>(open_sqlite_reader(path_));
    } catch (...) {
        lock.lock();
        --open_;
        freed_.notify_one();
        throw;
    }
}

void SqliteReaders::put_back(std::unique_ptr<SqliteSession> session) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(session));
    freed_.notify_one();
}

SqliteReaders::Snapshot::~Snapshot() {
    sqlite3_step(end_);
    sqlite3_reset(end_);
}

} // namespace thumbjobs
