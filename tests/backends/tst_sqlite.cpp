// What is particular to the SQLite store: its file, its plans, its reaction to faults.
#include "backends/sqlite/sqlite_schema.h"
#include "backends/sqlite/sqlite_sql.h"
#include "backends/sqlite_truth.h"
#include "conformance/job_store_conformance.h"
#include "support/fake_clock.h"

#include <thumbjobs/json.h>

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <linux/magic.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstring>
#include <functional>
#include <limits>
#include <thread>

namespace {

std::atomic<int> sync_count{0};
std::atomic<long> filesystem_type{0}; ///< What statfs() shall say; 0: the truth.

} // namespace

// Count syncs, and pass a folder off as one of another filesystem: these stand in front of the C
// library's for everything in this process.
extern "C" int fsync(int file) {
    ++sync_count;
    return static_cast<int>(syscall(SYS_fsync, file));
}
extern "C" int fdatasync(int file) {
    ++sync_count;
    return static_cast<int>(syscall(SYS_fdatasync, file));
}
extern "C" int statfs(const char* path, struct statfs* result) {
    const auto status = static_cast<int>(syscall(SYS_statfs, path, result));
    if (status == 0 && filesystem_type != 0)
        result->f_type = filesystem_type;
    return status;
}

namespace {

using namespace thumbjobs;
using test::error_of;
using test::second;

class TestSqlite : public QObject {
    Q_OBJECT

private slots:
    void init() { folder_ = std::make_unique<QTemporaryDir>(); }

    void refuses_bad_urls();
    void refuses_a_missing_folder();
    void refuses_a_network_filesystem_data();
    void refuses_a_network_filesystem();
    void refuses_what_is_no_database();
    void refuses_a_database_of_another_program();
    void refuses_a_newer_version();
    void stamps_its_file();
    void a_database_of_before_is_migrated();
    void survives_a_restart();
    void a_reboot_ends_leases_and_delays();
    void notices_that_its_file_is_gone();
    void keeps_a_reserve_of_the_disk();
    void survives_a_full_disk();
    void waits_for_the_disk_where_it_must();
    void one_failed_request_undoes_only_itself();
    void bounds_its_log_file();
    void every_statement_uses_its_index_data();
    void every_statement_uses_its_index();

private:
    std::string path() const { return folder_->filePath("jobs.db").toStdString(); }
    std::shared_ptr<JobStore> open(BackendContext context = {}) {
        context.clock = &clock_;
        return Registry::builtin().open_store("sqlite:" + path(), context);
    }
    NewJob new_job() const {
        NewJob job;
        job.id = JobId::generate(clock_.wall());
        job.original = {.filename = "a.jpg", .media_type = "image/jpeg", .bytes = 1};
        job.original_key = job.id.to_string() + "/original";
        job.specs = {RenditionSpec{}};
        return job;
    }
    ClaimRequest request() {
        return {
            .worker = "w", .nonce = std::to_string(++nonces_), .max_jobs = 1, .lease = 10 * second};
    }
    void write_file(const QByteArray& bytes) const {
        QFile file(QString::fromStdString(path()));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(bytes);
    }
    QByteArray read_file() const {
        QFile file(QString::fromStdString(path()));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }

    std::unique_ptr<QTemporaryDir> folder_;
    test::FakeClock clock_;
    int nonces_ = 0;
};

void TestSqlite::refuses_bad_urls() {
    const auto open_url = [this](const std::string& url) {
        Registry::builtin().open_store(url, {.clock = &clock_});
    };
    EXPECT_ERROR(invalid_argument, open_url("sqlite:"));
    EXPECT_ERROR(invalid_argument, open_url("sqlite:" + path() + "?durability=never"));
    EXPECT_ERROR(invalid_argument, open_url("sqlite:" + path() + "?colour=red"));
    open_url("sqlite:" + path() + "?durability=relaxed");
}

void TestSqlite::refuses_a_missing_folder() {
    const std::string missing = folder_->filePath("no/such/jobs.db").toStdString();
    EXPECT_ERROR(store_unavailable,
                 Registry::builtin().open_store("sqlite:" + missing, {.clock = &clock_}));
    write_file("x");
    EXPECT_ERROR(store_unavailable, Registry::builtin().open_store("sqlite:" + path() + "/jobs.db",
                                                                   {.clock = &clock_}));
    EXPECT_ERROR(incompatible, Registry::builtin().open_store(
                                   "sqlite:" + folder_->path().toStdString(), {.clock = &clock_}));
    EXPECT_ERROR(store_unavailable,
                 Registry::builtin().open_store("sqlite:/proc/jobs.db", {.clock = &clock_}));
}

void TestSqlite::refuses_a_network_filesystem_data() {
    QTest::addColumn<qint64>("type");
    QTest::addColumn<bool>("network");
    QTest::newRow("nfs") << qint64{NFS_SUPER_MAGIC} << true;
    QTest::newRow("smb") << qint64{SMB2_SUPER_MAGIC} << true;
    QTest::newRow("9p") << qint64{V9FS_MAGIC} << true;
    QTest::newRow("ceph") << qint64{CEPH_SUPER_MAGIC} << true;
    QTest::newRow("ext4") << qint64{EXT4_SUPER_MAGIC} << false;
    QTest::newRow("xfs") << qint64{XFS_SUPER_MAGIC} << false;
    QTest::newRow("a local one in user space") << qint64{0x65735546} << false;
}

void TestSqlite::refuses_a_network_filesystem() {
    QFETCH(const qint64, type);
    QFETCH(const bool, network);
    filesystem_type = type;
    const QString code = error_of([this] { open(); });
    filesystem_type = 0;
    QCOMPARE(code.contains("incompatible"), network);
    QCOMPARE(QFile::exists(QString::fromStdString(path())), !network); // nothing was begun there
}

void TestSqlite::refuses_what_is_no_database() {
    const QByteArray text = QByteArray("This is a letter, not a database. ").repeated(200);
    write_file(text);
    EXPECT_ERROR(incompatible, open());
    QCOMPARE(read_file(), text);
}

void TestSqlite::refuses_a_database_of_another_program() {
    test::alter_sqlite(path(), "CREATE TABLE recipes (name TEXT)");
    const QByteArray before = read_file();
    EXPECT_ERROR(incompatible, open());
    QCOMPARE(read_file(), before);
}

void TestSqlite::refuses_a_newer_version() {
    open();
    test::alter_sqlite(path(), "PRAGMA user_version = 99");
    const QByteArray before = read_file();
    try {
        open();
        QFAIL("opened");
    } catch (const Error& error) {
        QCOMPARE(error.code(), ErrorCode::incompatible);
        QVERIFY2(QString(error.what()).contains("newer version"), error.what());
        QVERIFY2(QString(error.what()).contains("99"), error.what());
    }
    QCOMPARE(read_file(), before);
}

void TestSqlite::stamps_its_file() {
    open()->create(new_job());
    SqliteDb db(path(), SqliteDb::Mode::read_write);
    const auto ask = [&db](const char* sql) {
        SqliteStatement statement(db, sql);
        SqliteRun row(statement);
        return row.next() ? std::string(row.text()) : std::string();
    };
    QCOMPARE(ask("PRAGMA application_id"), std::to_string(0x746a6f62));
    QCOMPARE(ask("PRAGMA user_version"), std::string("2"));
    QCOMPARE(ask("PRAGMA journal_mode"), std::string("wal"));
    // A clean end leaves one file to copy, and the lock file.
    const QStringList files = QDir(folder_->path()).entryList(QDir::Files);
    QVERIFY(files.contains("jobs.db") && files.contains("jobs.db.lock"));
}

void TestSqlite::a_database_of_before_is_migrated() {
    QFile schema(TEST_MIGRATIONS "/001_initial.sql");
    QVERIFY(schema.open(QIODevice::ReadOnly));
    const std::array<JobId, 2> ids{JobId::generate(clock_.wall()), JobId::generate(clock_.wall())};
    const auto insert = [&](int number, const std::string& rest) {
        const QByteArray id(
            reinterpret_cast<const char*>(ids[std::size_t(number) - 1].bytes().data()), 16);
        return "INSERT INTO jobs (number, id, token, decoding, ending, attempts, crashes, progress,"
               " updated_at, width, height, available, max_attempts, priority, created_at, bytes,"
               " specs, original_key, place, due, state, renditions, rendition_keys) VALUES (" +
               std::to_string(number) + ", x'" + id.toHex().toStdString() +
               "', 1, 0, 0, 1, 0, 0, 1000, 64, 48, 1, 3, 0, 1000, 10, '" +
               to_json(std::vector<RenditionSpec>{{.name = "a"}, {.name = "b"}}) + "', 'key', " +
               rest + ");";
    };
    const std::string renditions = to_json(std::vector<Rendition>{test::completion().renditions});
    test::alter_sqlite(
        path(), schema.readAll().toStdString() +
                    "PRAGMA application_id = 0x746a6f62; PRAGMA user_version = 1;"
                    "INSERT INTO meta VALUES (1, 'former-store', 'abc', 'another boot');"
                    "UPDATE totals SET last_job = 2, ready = 1, succeeded = 1;" +
                    insert(1, "3, NULL, 2, '" + renditions + "', 'job/claim/a\njob/claim/b'") +
                    insert(2, "0, 5, 0, NULL, NULL"));

    const auto store = open();
    QCOMPARE(store->id(), std::string("former-store"));
    auto records = store->find(ids);
    QCOMPARE(records.at(0)->rendition_keys,
             (std::vector<std::string>{"job/claim/a", "job/claim/b"}));
    QCOMPARE(records.at(0)->job.state, JobState::succeeded);
    EXPECT_ERROR(not_found, store->open_kept(ids[0], 0));
    QCOMPARE(test::find_sqlite_faults(path()), std::string());

    // The next ones may be kept, and the old ones go as before.
    Completion done = test::completion();
    done.rendition_keys = {"", "job/claim/wide"};
    done.kept = {Bytes(2'345, std::byte{7}), {}};
    store->complete(store->claim(request()).jobs.at(0).lease, done, nullptr);
    QCOMPARE(store->open_kept(ids[1], 0)->size(), std::int64_t{2'345});
    store->remove(ids[0], Milliseconds::zero(), {});
    QCOMPARE(test::find_sqlite_faults(path()), std::string());
    records = store->find(ids);
    QCOMPARE(records.at(1)->rendition_keys, done.rendition_keys);
    QVERIFY(records.at(0)->deleted);
}

void TestSqlite::survives_a_restart() {
    std::string id;
    EventCursor cursor;
    const NewJob job = new_job();
    Lease lease;
    {
        const auto store = open();
        id = store->id();
        store->create(job);
        cursor = store->events_end();
        lease = store->claim(request()).jobs.at(0).lease;
    }
    const auto store = open();
    QCOMPARE(store->id(), id);
    const EventPage page = store->events(cursor, 10);
    QCOMPARE(page.events.size(), std::size_t{1});
    QCOMPARE(page.events[0].job->state, JobState::processing);
    Completion done = test::completion();
    done.rendition_keys = {"job/claim/thumbnail", ""};
    done.kept = {{}, Bytes(999, std::byte{7})};
    store->complete(lease, done, nullptr);
    QCOMPARE(store->stats().succeeded, 1);
    QCOMPARE(open()->open_kept(job.id, 1)->read_all(), done.kept[1]);
    QCOMPARE(test::find_sqlite_faults(path()), std::string());
}

void TestSqlite::a_reboot_ends_leases_and_delays() {
    EventCursor cursor;
    Lease lease;
    {
        const auto store = open();
        for (int i = 0; i < 3; ++i)
            store->create(new_job());
        lease = store->claim(request()).jobs.at(0).lease;
        Failure failed = test::failure(ErrorCode::storage_unavailable, true);
        failed.backoff = 3'600 * second;
        store->fail(store->claim(request()).jobs.at(0).lease, failed);
        QVERIFY(store->acquire("sweeper", "old", 3'600 * second));
        cursor = store->events_end();
    }
    test::alter_sqlite(path(), "UPDATE meta SET boot_id = 'another'");
    clock_.advance(-1'000 * second); // the boot clock begins anew
    const auto store = open();
    QCOMPARE(store->stats().delayed, 0);
    QCOMPARE(store->sweep({.worker = "w"}).requeued, 1);
    for (int i = 0; i < 3; ++i)
        QCOMPARE(store->claim(request()).jobs.size(), std::size_t{1});
    QVERIFY(store->acquire("sweeper", "new", second));
    // A power cut may have taken the last events back, so their cursors count no more.
    QCOMPARE(store->events(cursor, 10).events.at(0).kind, Event::Kind::reset);
    EXPECT_ERROR(lease_lost, store->complete(lease, test::completion(), nullptr));
    QCOMPARE(test::find_sqlite_faults(path()), std::string());
}

void TestSqlite::notices_that_its_file_is_gone() {
    const auto store = open();
    const NewJob job = new_job();
    store->create(job);
    QVERIFY(QFile::rename(QString::fromStdString(path()), folder_->filePath("moved.db")));
    EXPECT_ERROR(store_unavailable, store->create(new_job()));
    EXPECT_ERROR(store_unavailable, store->probe());
    QVERIFY(QFile::rename(folder_->filePath("moved.db"), QString::fromStdString(path())));
    store->probe();
    store->create(new_job());
    QCOMPARE(store->stats().queued, 2);
}

void TestSqlite::keeps_a_reserve_of_the_disk() {
    { open()->create(new_job()); }
    const auto store = open({.disk_reserve = std::numeric_limits<std::int64_t>::max()});
    EXPECT_ERROR(storage_full, store->create(new_job()));
    store->complete(store->claim(request()).jobs.at(0).lease, test::completion(), nullptr);
    QCOMPARE(store->stats().succeeded, 1);
    QCOMPARE(store->stats().queued, 0);
}

void TestSqlite::survives_a_full_disk() {
    // A mount namespace takes a thread of its own; the disk is gone with the thread.
    QString skipped;
    std::string fault;
    std::thread([&] {
        if (::unshare(CLONE_FS | CLONE_NEWNS) != 0 ||
            ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
            ::mount("none", folder_->path().toLocal8Bit().constData(), "tmpfs", 0, "size=3m") !=
                0) {
            skipped = QString("no small disk can be mounted: %1").arg(std::strerror(errno));
            return;
        }
        QFile ballast(folder_->filePath("ballast"));
        if (!ballast.open(QIODevice::WriteOnly) || ballast.write(QByteArray(100'000, 'x')) < 0)
            fault = "no ballast";
        ballast.close();
        const auto store = open({.disk_reserve = 0});
        std::int64_t acknowledged = 0;
        const QString full = error_of([&] {
            for (; acknowledged < 10'000; ++acknowledged)
                store->create(new_job());
        });
        const QString claim = error_of([&] { store->claim(request()); });
        if (full != "storage_full" || claim != "store_unavailable")
            fault = (full + " " + claim).toStdString();
        if (store->stats().queued != acknowledged)
            fault = "lost or half-written jobs";
        ballast.remove();
        const QString after = error_of([&] {
            store->complete(store->claim(request()).jobs.at(0).lease, test::completion(), nullptr);
            store->create(new_job());
        });
        if (after != "none" || store->stats().queued != acknowledged)
            fault = "it did not recover: " + after.toStdString();
        if (fault.empty())
            fault = test::find_sqlite_faults(path());
    }).join();
    if (!skipped.isEmpty())
        QSKIP(qPrintable(skipped));
    QCOMPARE(fault, std::string());
}

void TestSqlite::waits_for_the_disk_where_it_must() {
    const auto store = open();
    const auto syncs = [](const std::function<void()>& call) {
        const int before = sync_count;
        call();
        return sync_count - before;
    };
    const NewJob job = new_job();
    const NewJob other = new_job();
    QCOMPARE(syncs([&] { store->create(job); }), 1);
    store->create(other);
    Lease lease;
    QCOMPARE(syncs([&] {
                 lease = store->claim(request()).jobs.at(0).lease;
                 store->renew(std::span(&lease, 1), second);
                 store->mark_decoding(lease);
                 store->report_progress(lease, 0.5);
                 store->give_back(lease, Milliseconds::zero(), {});
                 lease = store->claim(request()).jobs.at(0).lease;
                 store->sweep({.worker = "w"}); // nothing to do
                 store->probe();
             }),
             0);
    QCOMPARE(syncs([&] { store->complete(lease, test::completion(), nullptr); }), 1);
    QCOMPARE(syncs([&] { store->cancel(other.id, {}, {}); }), 1);
    QCOMPARE(syncs([&] { store->retry(other.id, 0, {}); }), 1);
    lease = store->claim(request()).jobs.at(0).lease;
    QCOMPARE(syncs([&] { store->fail(lease, test::failure(ErrorCode::image_corrupt, false)); }), 1);
    QCOMPARE(syncs([&] { store->remove(job.id, second, {}); }), 1);
    const auto relaxed = open({.relaxed_durability = true});
    QCOMPARE(syncs([&] { relaxed->create(new_job()); }), 0);
}

void TestSqlite::one_failed_request_undoes_only_itself() {
    // Requests of many threads are committed together; those that fail leave nothing behind.
    const auto store = open();
    const NewJob keyed = [this] {
        NewJob job = new_job();
        job.idempotency_key = "key";
        job.idempotency_fingerprint = "1";
        return job;
    }();
    store->create(keyed);
    std::atomic<int> created{0};
    std::atomic<int> refused{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&, i] {
            for (int j = 0; j < 25; ++j) {
                NewJob job = new_job();
                if ((i + j) % 2 == 0) {
                    job.idempotency_key = "key";
                    job.idempotency_fingerprint = "2";
                }
                try {
                    store->create(job);
                    ++created;
                } catch (const Error& error) {
                    if (error.code() == ErrorCode::idempotency_conflict)
                        ++refused;
                }
            }
        });
    for (std::thread& thread : threads)
        thread.join();
    QCOMPARE(created.load(), 100);
    QCOMPARE(refused.load(), 100);
    QCOMPARE(store->stats().queued, 101);
    QCOMPARE(test::find_sqlite_faults(path()), std::string());
}

void TestSqlite::bounds_its_log_file() {
    const auto store = open({.event_history = 100, .relaxed_durability = true});
    store->create(new_job());
    for (int i = 0; i < 6'000; ++i) {
        const ClaimResult claimed = store->claim(request());
        store->give_back(claimed.jobs.at(0).lease, Milliseconds::zero(), {});
    }
    const qint64 size = QFileInfo(QString::fromStdString(path()) + "-wal").size();
    QVERIFY2(size < 40 << 20, std::to_string(size).c_str());
    QVERIFY(QFileInfo(QString::fromStdString(path())).size() < 1 << 20);
    QCOMPARE(test::find_sqlite_faults(path()), std::string());
}

void TestSqlite::every_statement_uses_its_index_data() {
    QTest::addColumn<int>("sql");
    for (int sql = 0; sql < static_cast<int>(Sql::end); ++sql) {
        const std::string_view text = sql_text(static_cast<Sql>(sql));
        if (text.starts_with("SELECT") || text.starts_with("UPDATE") ||
            text.starts_with("DELETE") || text.starts_with("INSERT"))
            QTest::addRow("%d %.60s", sql, std::string(text).c_str()) << sql;
    }
}

void TestSqlite::every_statement_uses_its_index() {
    QFETCH(const int, sql);
    const auto store = open();
    SqliteDb db(path(), SqliteDb::Mode::read_write);
    SqliteStatement statement(db,
                              "EXPLAIN QUERY PLAN " + std::string(sql_text(static_cast<Sql>(sql))));
    for (SqliteRun row(statement); row.next();) {
        row.skip();
        row.skip();
        row.skip();
        const std::string step(row.text());
        // All that is in jobs_ready is ready, in the order of claiming: a claim reads its
        // beginning.
        QVERIFY2(step.find("SCAN") == std::string::npos ||
                     step == "SCAN jobs USING INDEX jobs_ready",
                 step.c_str());
        QVERIFY2(step.find("TEMP B-TREE") == std::string::npos, step.c_str());
    }
}

} // namespace

QTEST_GUILESS_MAIN(TestSqlite)
#include "tst_sqlite.moc"
