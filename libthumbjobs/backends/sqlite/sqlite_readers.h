#pragma once

#include "backends/sqlite/sqlite_sql.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace thumbjobs {

/// The reading connections of a store: opened when needed, a few at most, and kept. Thread-safe.
class SqliteReaders {
public:
    explicit SqliteReaders(std::string path) : path_(std::move(path)) {}

    /// Runs `read(SqliteSession&)` in a read transaction, so that all of it sees one state, and
    /// returns what it returns.
    template <class Read>
    auto run(const Read& read) {
        const Borrowed session(*this);
        const Snapshot snapshot(session.get());
        return read(session.get());
    }

private:
    static constexpr int most = 8;

    class Borrowed {
    public:
        explicit Borrowed(SqliteReaders& readers) : readers_(readers), session_(readers.take()) {}
        ~Borrowed() { readers_.put_back(std::move(session_)); }
        Borrowed(const Borrowed&) = delete;
        Borrowed& operator=(const Borrowed&) = delete;
        SqliteSession& get() const { return *session_; }

    private:
        SqliteReaders& readers_;
        std::unique_ptr<SqliteSession> session_;
    };

    class Snapshot {
    public:
        explicit Snapshot(SqliteSession& session) : end_(session[Sql::rollback].get()) {
            session.run(Sql::read_begin);
        }
        ~Snapshot();
        Snapshot(const Snapshot&) = delete;
        Snapshot& operator=(const Snapshot&) = delete;

    private:
        sqlite3_stmt* const end_; ///< Prepared before it is needed: ending must not fail.
    };

    std::unique_ptr<SqliteSession> take();
    void put_back(std::unique_ptr<SqliteSession> session);

    const std::string path_;
    std::mutex mutex_;
    std::condition_variable freed_;
    std::vector<std::unique_ptr<SqliteSession>> idle_;
    int open_ = 0; ///< Idle or in use.
};

} // namespace thumbjobs
