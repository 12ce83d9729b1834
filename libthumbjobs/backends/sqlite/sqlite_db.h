#pragma once

#include <thumbjobs/blob.h>
#include <thumbjobs/job.h>

#include <sqlite3.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace thumbjobs {

/// An open connection. Used by one thread at a time. Its methods throw what sqlite_error() makes.
class SqliteDb {
public:
    enum class Mode { read_write, read_only };

    SqliteDb(const std::string& path, Mode mode);

    sqlite3* get() const noexcept { return db_.get(); }

    /// Runs one or more statements without parameters.
    void exec(const char* sql);

    /// Closes; it must not fail, since every statement is gone by then.
    void close() noexcept { db_.reset(); }

private:
    struct Close {
        void operator()(sqlite3* db) const noexcept { sqlite3_close_v2(db); }
    };
    std::unique_ptr<sqlite3, Close> db_;
};

/// Throws the Error that stands for SQLite's result `code`: storage_full for a full disk,
/// incompatible for a file that is no database, internal for a fault of ours, else
/// store_unavailable.
[[noreturn]] void throw_sqlite_error(sqlite3* db, int code);

/// A prepared statement; outlived by its connection.
class SqliteStatement {
public:
    SqliteStatement(SqliteDb& db, std::string_view sql);
    sqlite3_stmt* get() const noexcept { return statement_.get(); }

private:
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
    };
    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// One run of a statement: binds all its parameters in order, and resets it at the end. Text and
/// ids are borrowed until then.
class SqliteRun {
public:
    template <class... Values>
    explicit SqliteRun(SqliteStatement& statement, const Values&... values)
        : statement_(statement.get()) {
        int index = 0;
        (bind(++index, values), ...);
    }
    ~SqliteRun() { sqlite3_reset(statement_); }
    SqliteRun(const SqliteRun&) = delete;
    SqliteRun& operator=(const SqliteRun&) = delete;

    /// Steps to the next row; false at the end. Columns are read from the first on.
    bool next();

    /// Runs a statement that returns no rows.
    void finish();

    // Each reads the next column of the row; null is 0 or empty.
    std::int64_t integer() { return sqlite3_column_int64(statement_, column_++); }
    int small() { return static_cast<int>(integer()); }
    double real() { return sqlite3_column_double(statement_, column_++); }
    std::string_view text();
    ByteView blob(); ///< Valid until the next row.
    JobId id();
    std::optional<WallTime> time();
    std::optional<std::int64_t> optional_integer();
    bool is_null() const { return sqlite3_column_type(statement_, column_) == SQLITE_NULL; }
    void skip() { ++column_; }

private:
    void check(int code);
    void bind(int index, std::int64_t value);
    void bind(int index, int value) { bind(index, static_cast<std::int64_t>(value)); }
    void bind(int index, bool value) { bind(index, static_cast<std::int64_t>(value)); }
    void bind(int index, double value);
    void bind(int index, std::string_view value);
    void bind(int index, const std::string& value) { bind(index, std::string_view(value)); }
    void bind(int index, ByteView value);
    void bind(int index, const JobId& value);
    void bind(int index, WallTime value) { bind(index, value.time_since_epoch().count()); }
    void bind(int index, BootTime value) { bind(index, value.count()); }
    void bind(int index, std::nullopt_t);
    template <class Value>
    void bind(int index, const std::optional<Value>& value) {
        if (value)
            bind(index, *value);
        else
            bind(index, std::nullopt);
    }

    sqlite3_stmt* statement_;
    int column_ = 0;
};

/// Null instead of empty text: shorter, and outside partial indices.
inline std::optional<std::string_view> text_or_null(std::string_view text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

} // namespace thumbjobs
