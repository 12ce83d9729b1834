#include "backends/filesystem/file_place.h"
#include "backends/filesystem/filesystem_storage.h"
#include "support/blobs.h"
#include "support/errors.h"

#include <QCoreApplication>
#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <set>
#include <thread>

using namespace thumbjobs;
using test::make_noise;

namespace {

constexpr const char* put_argument = "--put";

/// What the test starts itself for, to be killed in a put: three blobs into a folder.
int put_three(const std::string& folder, bool unnamed_files) {
    FilesystemStorage storage(folder, {.unnamed_files = unnamed_files});
    for (const char* const key : {"job/one", "job/two", "job/three"})
        storage.put(key, *copy_blob(make_noise(100'000)), BlobKind::original);
    return 0;
}

struct stat status_of(const QString& path) {
    struct stat status {};
    if (::lstat(path.toLocal8Bit().constData(), &status) != 0)
        throw std::runtime_error("no such file: " + path.toStdString());
    return status;
}

void write_file(const QString& path, const QByteArray& bytes) {
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
        throw std::runtime_error("cannot write " + path.toStdString());
}

/// Sets a file's time back, as if it had been written then.
void make_older(const QString& path, std::chrono::seconds age) {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    now.tv_sec -= age.count();
    const std::array<timespec, 2> times{now, now};
    if (::utimensat(AT_FDCWD, path.toLocal8Bit().constData(), times.data(), 0) != 0)
        throw std::runtime_error("cannot set the time of " + path.toStdString());
}

/// The largest file that this process may write, until the end of the scope.
class FileSizeLimit {
public:
    explicit FileSizeLimit(rlim_t bytes) {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        rlimit limit = before_;
        limit.rlim_cur = bytes;
        ::setrlimit(RLIMIT_FSIZE, &limit);
        handler_ = ::signal(SIGXFSZ, SIG_IGN);
    }
    ~FileSizeLimit() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        ::signal(SIGXFSZ, handler_);
    }
    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;

private:
    rlimit before_{};
    void (*handler_)(int) = nullptr;
};

/// Does without root's rights until the end of the scope.
class PlainUser {
public:
    PlainUser() : user_(::geteuid()) {
        constexpr uid_t nobody = 65'534;
        if (user_ == 0 && ::seteuid(nobody) != 0)
            throw std::runtime_error("seteuid");
    }
    ~PlainUser() {
        if (user_ == 0 && ::seteuid(user_) != 0)
            std::abort();
    }
    PlainUser(const PlainUser&) = delete;
    PlainUser& operator=(const PlainUser&) = delete;

private:
    uid_t user_;
};

} // namespace

class TestFilesystemStorage : public QObject {
    Q_OBJECT

private slots:
    void init();
    void cleanup();

    void reads_its_url_data();
    void reads_its_url();
    void refuses_urls_data();
    void refuses_urls();
    void keeps_everything_private();
    void blobs_of_a_job_share_a_folder();
    void outlives_its_object();

    void says_that_a_file_is_no_folder();
    void says_that_the_folder_cannot_be_written();
    void says_that_the_folder_cannot_be_made();
    void probe_notices_a_removed_folder();
    void remakes_a_removed_shard();

    void originals_leave_the_reserve();
    void full_file_size_leaves_nothing();
    void full_disk();

    void crash_leaves_nothing_named_data();
    void crash_leaves_nothing_named();
    void removes_stale_files();
    void adopts_spooled_files();
    void copies_named_files();
    void replaces_what_is_there();

    void follows_no_link_in_place_of_a_shard();
    void follows_no_link_in_place_of_a_blob();
    void refuses_a_link_in_place_of_its_folders();
    void lists_only_its_own_files();
    void refuses_a_damaged_stamp();

private:
    QString path(const QString& name) const { return folder_->filePath(name); }
    QString blob_path(const std::string& key) const;
    std::unique_ptr<FilesystemStorage> open(FilesystemStorage::Settings settings = {
                                                .durable = false}) const;
    QStringList files() const;

    std::optional<QTemporaryDir> folder_;
};

void TestFilesystemStorage::init() {
    folder_.emplace();
    QVERIFY(folder_->isValid());
}

void TestFilesystemStorage::cleanup() {
    folder_.reset();
}

QString TestFilesystemStorage::blob_path(const std::string& key) const {
    const FilePlace place = FilePlace::of_key(key);
    return path(
        QString::fromStdString("images/blobs/" + shard_name(place.shard) + '/' + place.name));
}

std::unique_ptr<FilesystemStorage>
TestFilesystemStorage::open(FilesystemStorage::Settings settings) const {
    return std::make_unique<FilesystemStorage>(path("images").toStdString(), settings);
}

/// All files of the storage, with their paths in it.
QStringList TestFilesystemStorage::files() const {
    QStringList found;
    QDirIterator all(path("images"), QDir::Files | QDir::Hidden | QDir::System,
                     QDirIterator::Subdirectories);
    while (all.hasNext())
        found << QDir(path("images")).relativeFilePath(all.next());
    found.sort();
    return found;
}

// --- Opening

void TestFilesystemStorage::reads_its_url_data() {
    QTest::addColumn<QString>("format");
    QTest::newRow("path") << "file:%1";
    QTest::newRow("URL of three slashes") << "file://%1";
    QTest::newRow("reserve") << "file:%1?reserve=1KiB";
    QTest::newRow("slash last") << "file:%1/";
    QTest::newRow("new folders") << "file:%1/one/two three/four";
}

void TestFilesystemStorage::reads_its_url() {
    QFETCH(QString, format);
    const std::string url = format.arg(path("images")).toStdString();
    const auto storage = Registry::builtin().open_storage(url, {});
    storage->put("job/original", *copy_blob(make_noise(10)), BlobKind::original);
    QCOMPARE(files().size(), 1);
    QVERIFY(storage->describe().starts_with("file:" + path("images").toStdString()));
}

void TestFilesystemStorage::refuses_urls_data() {
    QTest::addColumn<QString>("url");
    QTest::addColumn<QString>("message");
    QTest::newRow("no folder") << "file:"
                               << "names no folder of this machine";
    QTest::newRow("host") << "file://host/folder"
                          << "names no folder of this machine";
    QTest::newRow("unknown option") << "file:x?size=1"
                                    << "unknown option \"size\"; accepted: reserve";
    QTest::newRow("reserve of no size") << "file:x?reserve=lots"
                                        << "reserve of the file: URL is \"lots\"; accepted: a";
    QTest::newRow("negative reserve") << "file:x?reserve=-1"
                                      << "is \"-1\"; accepted: a";
}

void TestFilesystemStorage::refuses_urls() {
    QFETCH(QString, url);
    QFETCH(QString, message);
    const auto open = [&] { Registry::builtin().open_storage(url.toStdString(), {}); };
    EXPECT_ERROR(open(), invalid_argument);
    QVERIFY2(test::message_of(open).contains(message), qPrintable(test::message_of(open)));
}

void TestFilesystemStorage::keeps_everything_private() {
    const mode_t mask = ::umask(0);
    const auto storage = open();
    storage->put("job/original", *copy_blob(make_noise(10)), BlobKind::original);
    storage->stamp("store");
    ::umask(mask);
    for (const QString& file : files())
        QCOMPARE(status_of(path("images/" + file)).st_mode & 07777, mode_t{0600});
    for (const char* const folder : {"images", "images/blobs", "images/blobs/3f", "images/tmp"})
        QCOMPARE(status_of(path(folder)).st_mode & 07777, mode_t{0700});
}

void TestFilesystemStorage::blobs_of_a_job_share_a_folder() {
    std::set<int> shards;
    for (int i = 0; i < 2'000; ++i) {
        const std::string job = JobId::generate(Clock::system().wall()).to_string();
        const FilePlace place = FilePlace::of_key(job + "/original");
        QCOMPARE(FilePlace::of_key(job + "/1-0123456789abcdef/thumbnail").shard, place.shard);
        QVERIFY(place.shard >= 0 && place.shard < FilePlace::shards);
        QCOMPARE(key_of_name(place.name), std::optional(job + "/original"));
        shards.insert(place.shard);
    }
    QCOMPARE(static_cast<int>(shards.size()), int{FilePlace::shards});
}

void TestFilesystemStorage::outlives_its_object() {
    const Bytes bytes = make_noise(1'000);
    open()->put("job/original", *copy_blob(bytes), BlobKind::original);
    const BlobPtr blob = open()->open("job/original");
    QVERIFY(blob->read_all() == bytes);
}

// --- What cannot be used

void TestFilesystemStorage::says_that_a_file_is_no_folder() {
    write_file(path("images"), "x");
    EXPECT_ERROR(open(), storage_unavailable);
    const QString message = test::message_of([&] { open(); });
    QCOMPARE(message, "The image storage cannot open its folder: Not a directory.");
    EXPECT_ERROR(Registry::builtin().open_storage("file:" + path("images/below").toStdString(), {}),
                 storage_unavailable);
}

void TestFilesystemStorage::says_that_the_folder_cannot_be_written() {
    open();
    QVERIFY(::chmod(path("images/tmp").toLocal8Bit().constData(), 0500) == 0);
    QVERIFY(::chmod(folder_->path().toLocal8Bit().constData(), 0755) == 0);
    QVERIFY(::chmod(path("images").toLocal8Bit().constData(), 0755) == 0);
    const PlainUser user;
    try {
        open();
        QFAIL("opened");
    } catch (const Error& error) {
        QCOMPARE(error.code(), ErrorCode::storage_unavailable);
        const QString message = QString::fromUtf8(error.what());
        QVERIFY2(message.endsWith(": Permission denied."), error.what());
        QVERIFY2(!message.contains(folder_->path()), error.what());
        QVERIFY(QString::fromStdString(error.detail()).contains(path("images")));
    }
}

void TestFilesystemStorage::says_that_the_folder_cannot_be_made() {
    const auto open = [] { Registry::builtin().open_storage("file:/proc/thumbjobs/images", {}); };
    EXPECT_ERROR(open(), storage_unavailable);
    const QString message = test::message_of(open);
    QVERIFY2(message.startsWith("The image storage \"file:/proc/thumbjobs/images\" cannot") &&
                 message.contains("The image storage cannot make its folder: "),
             qPrintable(message));
}

void TestFilesystemStorage::probe_notices_a_removed_folder() {
    const auto storage = open();
    storage->probe();
    QVERIFY(QDir(path("images")).removeRecursively());
    EXPECT_ERROR(storage->probe(), storage_unavailable);
    EXPECT_ERROR(storage->put("job/original", *copy_blob(make_noise(1)), BlobKind::rendition),
                 storage_unavailable);
    EXPECT_ERROR(storage->open("job/original"), not_found);
}

void TestFilesystemStorage::remakes_a_removed_shard() {
    const auto storage = open();
    const QDir blobs(path("images/blobs"));
    const QStringList shards = blobs.entryList(QDir::Dirs | QDir::NoDotAndDotDot);
    QCOMPARE(int{FilePlace::shards}, static_cast<int>(shards.size()));
    for (const QString& shard : shards)
        QVERIFY(blobs.rmdir(shard));
    EXPECT_ERROR(storage->open("job/original"), not_found);
    QVERIFY(!storage->remove("job/original"));
    storage->put("job/original", *copy_blob(make_noise(10)), BlobKind::original);
    QCOMPARE(storage->open("job/original")->size(), std::int64_t{10});
    QCOMPARE(storage->list("", 10).blobs.size(), std::size_t{1});
}

// --- Full

void TestFilesystemStorage::originals_leave_the_reserve() {
    const auto storage = Registry::builtin().open_storage(
        "file:" + path("images").toStdString() + "?reserve=1000000TiB", {});
    EXPECT_ERROR(storage->put("job/original", *copy_blob(make_noise(1)), BlobKind::original),
                 storage_full);
    QVERIFY(files().isEmpty());
    storage->put("job/1-a/thumbnail", *copy_blob(make_noise(1)), BlobKind::rendition);
    QCOMPARE(files().size(), 1);
}

void TestFilesystemStorage::full_file_size_leaves_nothing() {
    const auto storage = open();
    const BlobPtr large = copy_blob(make_noise(1'000'000));
    {
        const FileSizeLimit limit(100'000);
        EXPECT_ERROR(storage->put("job/one", *large, BlobKind::original), storage_full);
    }
    QVERIFY(files().isEmpty());
    storage->put("job/one", *large, BlobKind::original);
    QCOMPARE(files().size(), 1);
}

void TestFilesystemStorage::full_disk() {
    // A mount namespace takes a thread of its own; the disk is gone with the thread.
    QString skipped;
    std::exception_ptr failure;
    std::jthread([&] {
        if (::unshare(CLONE_FS | CLONE_NEWNS) != 0 ||
            ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
            !QDir(folder_->path()).mkdir("images") ||
            ::mount("none", path("images").toLocal8Bit().constData(), "tmpfs", 0, "size=4m") != 0) {
            skipped = QString("no small disk can be mounted: %1").arg(std::strerror(errno));
            return;
        }
        try {
            const auto storage = open({.reserve = 1 << 20});
            const BlobPtr blob = copy_blob(make_noise(500'000));
            int originals = 0;
            const auto fill = [&](BlobKind kind, const char* prefix) {
                for (int i = 0; i < 100; ++i)
                    storage->put(prefix + std::to_string(i), *blob, kind), ++originals;
            };
            if (test::code_of([&] { fill(BlobKind::original, "o"); }) != ErrorCode::storage_full)
                throw std::runtime_error("the reserve was not kept");
            const int accepted = originals;
            if (test::code_of([&] { fill(BlobKind::rendition, "r"); }) != ErrorCode::storage_full)
                throw std::runtime_error("the disk never got full");
            if (accepted < 4 || originals < accepted + 1)
                throw std::runtime_error("the reserve is of no use");
            if (files().size() != originals)
                throw std::runtime_error("a failed put left a file");
            storage->probe();
            const auto again = open({.reserve = 1 << 20});
            if (again->list("", 1000).blobs.size() != static_cast<std::size_t>(originals))
                throw std::runtime_error("a full disk cannot be listed");
            for (const StoredBlob& stored : again->list("", 1000).blobs)
                again->remove(stored.key);
            again->put("job/original", *blob, BlobKind::original);
        } catch (...) {
            failure = std::current_exception();
        }
    }).join();
    if (!skipped.isEmpty())
        QSKIP(qPrintable(skipped));
    if (failure)
        std::rethrow_exception(failure);
}

// --- Crashes and temporary files

void TestFilesystemStorage::crash_leaves_nothing_named_data() {
    QTest::addColumn<QByteArray>("point");
    QTest::addColumn<bool>("unnamed");
    QTest::addColumn<int>("stored");
    for (const bool unnamed : {true, false}) {
        const char* const kind = unnamed ? "unnamed" : "named";
        QTest::addRow("before the name, %s", kind)
            << QByteArray("storage.before_rename") << unnamed << 0;
        QTest::addRow("after the name, %s", kind)
            << QByteArray("storage.after_rename") << unnamed << 1;
        QTest::addRow("before the third name, %s", kind)
            << QByteArray("storage.before_rename:3") << unnamed << 2;
    }
}

void TestFilesystemStorage::crash_leaves_nothing_named() {
#ifndef THUMBJOBS_FAIL_POINTS
    QSKIP("this build has no fail points");
#endif
    QFETCH(QByteArray, point);
    QFETCH(bool, unnamed);
    QFETCH(int, stored);
    QProcess process;
    auto environment = QProcessEnvironment::systemEnvironment();
    environment.insert("THUMBJOBS_FAIL_POINT", QString::fromLatin1(point));
    process.setProcessEnvironment(environment);
    process.start(QCoreApplication::applicationFilePath(),
                  {put_argument, path("images"), unnamed ? "unnamed" : "named"});
    QVERIFY(process.waitForFinished());
    QCOMPARE(process.exitStatus(), QProcess::CrashExit);

    const auto storage = open();
    const StoredBlobPage page = storage->list("", 1000);
    QCOMPARE(page.blobs.size(), static_cast<std::size_t>(stored));
    for (const StoredBlob& blob : page.blobs)
        QVERIFY(storage->open(blob.key)->read_all() == make_noise(100'000));

    // Where files have names while they are written, the one being written stays, for an hour.
    const QStringList left = QDir(path("images/tmp")).entryList(QDir::Files);
    const bool dies_before = point.startsWith("storage.before");
    QCOMPARE(left.size(), !unnamed && dies_before ? 1 : 0);
    for (const QString& name : left)
        make_older(path("images/tmp/" + name), std::chrono::hours(2));
    storage->list("", 1);
    QVERIFY(QDir(path("images/tmp")).entryList(QDir::Files).isEmpty());
}

void TestFilesystemStorage::removes_stale_files() {
    open();
    const QString stale = "thumbjobs-0123456789abcdef0123456789abcdef";
    const QString young = "thumbjobs-00000000000000000000000000000000";
    const QStringList foreign{"thumbjobs-x", "other.tmp", stale + "0"};
    const auto place = [&] {
        for (const QString& name : QStringList{stale, young} + foreign) {
            write_file(path("images/tmp/" + name), "x");
            if (name != young)
                make_older(path("images/tmp/" + name), std::chrono::minutes(61));
        }
    };
    const auto left = [&] {
        const QStringList names = QDir(path("images/tmp")).entryList(QDir::Files, QDir::Name);
        return std::set<QString>(names.begin(), names.end());
    };
    std::set<QString> expected(foreign.begin(), foreign.end());
    expected.insert(young);

    place();
    const auto storage = open();
    QCOMPARE(left(), expected);
    place();
    storage->list("", 1);
    QCOMPARE(left(), expected);
}

void TestFilesystemStorage::adopts_spooled_files() {
    const auto storage = open();
    const Bytes bytes = make_noise(100'000);
    const BlobPtr spool = test::make_spooled_blob(bytes, folder_->path().toStdString());
    constexpr std::array<timespec, 2> long_ago{};
    QVERIFY(::futimens(spool->file_descriptor(), long_ago.data()) == 0);
    struct stat before {};
    QVERIFY(::fstat(spool->file_descriptor(), &before) == 0);

    storage->put("job/original", *spool, BlobKind::original);
    const struct stat after = status_of(blob_path("job/original"));
    QCOMPARE(after.st_ino, before.st_ino);
    QCOMPARE(after.st_nlink, nlink_t{1});
    QCOMPARE(after.st_mode & 07777, mode_t{0600});
    QVERIFY(storage->list("", 1).blobs.at(0).age < std::chrono::minutes(1));
    QVERIFY(storage->open("job/original")->read_all() == bytes);

    // One that is in the way is replaced.
    const Bytes others = make_noise(1'000, 2);
    storage->put("job/original", *test::make_spooled_blob(others, folder_->path().toStdString()),
                 BlobKind::original);
    QVERIFY(storage->open("job/original")->read_all() == others);
    QCOMPARE(files().size(), 1);
}

void TestFilesystemStorage::copies_named_files() {
    const auto storage = open();
    write_file(path("photo"), "bytes of a photo");
    storage->put("job/original", *open_file_blob(path("photo").toStdString()), BlobKind::original);
    QVERIFY(status_of(blob_path("job/original")).st_ino != status_of(path("photo")).st_ino);
    write_file(path("photo"), "other bytes");
    QCOMPARE(storage->open("job/original")->size(), std::int64_t{16});
}

void TestFilesystemStorage::replaces_what_is_there() {
    for (const bool unnamed : {true, false}) {
        const auto storage = open({.durable = false, .unnamed_files = unnamed});
        storage->put("job/original", *copy_blob(make_noise(10)), BlobKind::original);
        const BlobPtr opened = storage->open("job/original");
        make_older(blob_path("job/original"), std::chrono::hours(5));
        storage->put("job/original", *copy_blob(make_noise(10)), BlobKind::original);
        QVERIFY(storage->list("", 1).blobs.at(0).age < std::chrono::minutes(1));
        QVERIFY(opened->read_all() == make_noise(10));
        QCOMPARE(files().size(), 1);
    }
}

// --- What does not belong there

void TestFilesystemStorage::follows_no_link_in_place_of_a_shard() {
    const auto storage = open();
    const QString shard = QFileInfo(blob_path("job/original")).path();
    QVERIFY(QDir().rmdir(shard));
    QVERIFY(QDir().mkdir(path("elsewhere")));
    QVERIFY(QFile::link(path("elsewhere"), shard));
    EXPECT_ERROR(storage->put("job/original", *copy_blob(make_noise(10)), BlobKind::original),
                 storage_unavailable);
    EXPECT_ERROR(storage->open("job/original"), storage_unavailable);
    EXPECT_ERROR(storage->remove("job/original"), storage_unavailable);
    QVERIFY(QDir(path("elsewhere")).isEmpty());
}

void TestFilesystemStorage::follows_no_link_in_place_of_a_blob() {
    for (const bool unnamed : {true, false}) {
        const auto storage = open({.durable = false, .unnamed_files = unnamed});
        write_file(path("secret"), "secret");
        QVERIFY(QFile::link(path("secret"), blob_path("job/original")));
        EXPECT_ERROR(storage->open("job/original"), storage_unavailable);
        QVERIFY(storage->list("", 10).blobs.empty());
        storage->put("job/original", *copy_blob(make_noise(10)), BlobKind::original);
        QCOMPARE(storage->open("job/original")->size(), std::int64_t{10});
        QCOMPARE(status_of(path("secret")).st_size, off_t{6});
        QVERIFY(storage->remove("job/original"));
        QVERIFY(QFile::exists(path("secret")));
    }
}

void TestFilesystemStorage::refuses_a_link_in_place_of_its_folders() {
    for (const char* const name : {"blobs", "tmp"}) {
        init();
        QVERIFY(QDir(folder_->path()).mkpath("images") && QDir().mkdir(path("elsewhere")));
        QVERIFY(QFile::link(path("elsewhere"), path(QString("images/") + name)));
        EXPECT_ERROR(open(), storage_unavailable);
        QVERIFY(QDir(path("elsewhere")).isEmpty());
    }
}

void TestFilesystemStorage::lists_only_its_own_files() {
    const auto storage = open();
    storage->put("job/original", *copy_blob(make_noise(10)), BlobKind::original);
    write_file(path("images/README"), "x");
    write_file(path("images/blobs/README"), "x");
    write_file(path("images/blobs/00/UPPER"), "x");
    write_file(path("images/blobs/00/.hidden"), "x");
    write_file(path("images/blobs/00/two..dots"), "x");
    QVERIFY(QDir(path("images/blobs/00")).mkdir("folder"));
    QVERIFY(::mkfifo(path("images/blobs/00/pipe").toLocal8Bit().constData(), 0600) == 0);
    const StoredBlobPage page = storage->list("", 1000);
    QCOMPARE(page.blobs.size(), std::size_t{1});
    QCOMPARE(page.blobs[0].key, std::string("job/original"));
    QVERIFY(page.cursor.empty());
}

void TestFilesystemStorage::refuses_a_damaged_stamp() {
    const auto storage = open();
    for (const QByteArray& stamp : {QByteArray(), QByteArray("store"), QByteArray("\n"),
                                    QByteArray("Store\n"), QByteArray(1000, 'a') + '\n'}) {
        write_file(path("images/stamp"), stamp);
        EXPECT_ERROR(storage->stamp("store"), incompatible);
    }
    QVERIFY(QFile::remove(path("images/stamp")));
    QVERIFY(QFile::link(path("elsewhere"), path("images/stamp")));
    EXPECT_ERROR(storage->stamp("store"), storage_unavailable);
    QVERIFY(!QFile::exists(path("elsewhere")));
}

int main(int argc, char** argv) {
    const QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.size() == 4 && arguments[1] == put_argument)
        return put_three(arguments[2].toStdString(), arguments[3] == "unnamed");
    TestFilesystemStorage tests;
    return QTest::qExec(&tests, argc, argv);
}

#include "tst_filesystem_storage.moc"
