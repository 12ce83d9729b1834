/// What a power cut costs. The data lie on a disk of their own, whose blocks are copied in the
/// middle of a stream of submits, with all writers stopped. The copy holds what had been synced by
/// then, and what the kernel had written of itself: what would be there after the power came back.
#include "crash/client.h"
#include "src/sha256.h"
#include "support/redis_server.h"
#include "support/test_images.h"
#include "support/thumbd_process.h"

#include <thumbjobs/thumbjobs.h>

#include <QTemporaryDir>
#include <QTest>

#include <sched.h>
#include <sys/mount.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <functional>
#include <future>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace thumbjobs;
using namespace thumbjobs::test;
using namespace std::chrono_literals;

namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

void run(const std::vector<std::string>& words) {
    const Finished finished = run_program(words);
    if (finished.status.code != 0)
        throw std::runtime_error(words.front() + ": " + finished.errors);
}

/// A file that is a disk, mounted.
class Disk {
public:
    Disk(std::string file, std::string folder) : folder_(std::move(folder)) {
        run({"mkdir", folder_});
        run({"mount", "-o", "loop", file, folder_});
    }
    ~Disk() { ::umount2(folder_.c_str(), MNT_DETACH); }
    Disk(const Disk&) = delete;
    Disk& operator=(const Disk&) = delete;

    const std::string& folder() const noexcept { return folder_; }

private:
    const std::string folder_;
};

/// A disk in a file, with nothing on it.
std::string make_disk(const QTemporaryDir& folder) {
    std::string file = folder.filePath("disk").toStdString();
    run({"truncate", "-s", "128M", file});
    run({"mkfs.ext4", "-q", file});
    return file;
}

/// Submits one image after the other until it is told to stop, or a submit fails.
class Producer {
public:
    using Submit = std::function<std::optional<JobId>()>;

    explicit Producer(Submit submit)
        : thread_([this, submit = std::move(submit)] {
              while (!stop_) {
                  const std::optional<JobId> id = submit();
                  if (!id)
                      return;
                  jobs_.push_back({*id, std::chrono::steady_clock::now()});
              }
          }) {}
    ~Producer() { finish(); }

    /// Copies the disk's file while `pid`, which writes to the disk, is stopped.
    void cut_power(pid_t pid, const std::string& disk, const std::string& copy) {
        ::kill(pid, SIGSTOP);
        cut_ = std::chrono::steady_clock::now();
        // The kernel may go on writing: only a copy that the disk still equals is of one moment.
        for (int tries = 0; tries == 0 || run_program({"cmp", "-s", disk, copy}).status.code != 0;
             ++tries) {
            if (tries == 20)
                throw std::runtime_error("the disk does not come to rest");
            run({"cp", "--sparse=always", disk, copy});
        }
        stop_ = true;
    }

    void finish() {
        if (thread_.joinable())
            thread_.join();
    }

    struct Losses {
        int acknowledged = 0;
        int lost = 0;
        std::chrono::milliseconds window{0}; ///< From the first lost one to the cut.
    };

    /// Of what was acknowledged before the cut.
    template <typename IsThere>
    Losses losses(const IsThere& is_there) const {
        Losses result;
        for (const auto& [id, at] : jobs_) {
            if (at > cut_)
                break;
            ++result.acknowledged;
            if (is_there(id))
                continue;
            if (result.lost++ == 0)
                result.window = std::chrono::ceil<std::chrono::milliseconds>(cut_ - at);
        }
        return result;
    }

private:
    struct Acknowledged {
        JobId id;
        SteadyTime at;
    };

    std::atomic<bool> stop_ = false;
    std::vector<Acknowledged> jobs_; ///< Of the thread until finish().
    SteadyTime cut_{};
    std::thread thread_;
};

/// Long enough for several turns of `everysec`; a cut at any moment is as good as another.
void submit_for_a_while() {
    std::promise<void> never;
    never.get_future().wait_for(2500ms);
}

void print(const char* what, const Producer::Losses& losses) {
    qInfo("%s: %d of %d acknowledged jobs lost, those of the last %lld ms", what, losses.lost,
          losses.acknowledged, static_cast<long long>(losses.window.count()));
}

} // namespace

class PowerCutTest : public QObject {
    Q_OBJECT

    const Bytes image_ = make_test_image({.width = 64, .height = 48});

private slots:
    void initTestCase();
    void redis_data();
    void redis();
    void sqlite_and_files_data();
    void sqlite_and_files();
};

/// Mounts are this process' own, and end with it.
void PowerCutTest::initTestCase() {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr))
        QSKIP(qPrintable(QString("no small disk can be mounted: %1").arg(std::strerror(errno))));
    const QTemporaryDir folder;
    try {
        const Disk disk(make_disk(folder), folder.filePath("mounted").toStdString());
    } catch (const std::exception& error) {
        QSKIP(qPrintable(QString("no small disk can be mounted: %1").arg(error.what())));
    }
}

void PowerCutTest::redis_data() {
    QTest::addColumn<std::string>("append_fsync");
    for (const char* const when : {"always", "everysec", "no"})
        QTest::newRow(when) << std::string(when);
}

void PowerCutTest::redis() {
    QFETCH(std::string, append_fsync);
    const QTemporaryDir folder;
    const std::string path = folder.path().toStdString();
    const std::string file = make_disk(folder);
    const auto open_engine = [](const RedisServer& server) {
        EngineOptions options;
        options.store = server.url();
        options.storage = "memory:";
        options.workers = 0;
        return Engine::open(options);
    };

    std::optional<Producer> producer;
    {
        const Disk disk(file, path + "/before");
        const RedisServer server(
            {.append_fsync = append_fsync, .config = {"dir " + disk.folder()}});
        run({"sync", "-f", disk.folder()}); // the start is not what is cut
        const auto engine = open_engine(server);
        producer.emplace([&] { return engine->submit({.image = copy_blob(image_)}).job.id; });
        submit_for_a_while();
        producer->cut_power(server.pid(), file, path + "/copy");
        server.send_signal(SIGCONT);
        producer->finish();
    }

    const Disk disk(path + "/copy", path + "/after");
    const RedisServer server({.append_fsync = append_fsync, .config = {"dir " + disk.folder()}});
    const auto engine = open_engine(server);
    const auto losses = producer->losses([&](const JobId& id) { return engine->get(id); });
    print(("appendfsync " + append_fsync).c_str(), losses);
    QVERIFY(losses.acknowledged > 0);
    if (append_fsync == "always")
        QCOMPARE(losses.lost, 0);
    else if (append_fsync == "everysec")
        QVERIFY(losses.window <= 5s); // two, and what a sync takes on a busy disk
    else
        QVERIFY(losses.lost > 0); // so the copy is a cut indeed
}

void PowerCutTest::sqlite_and_files_data() {
    QTest::addColumn<bool>("relaxed");
    QTest::addColumn<bool>("as_files"); // thumbnails, instead of in the database
    QTest::newRow("durable") << false << false;
    QTest::newRow("durable, thumbnails as files") << false << true;
    QTest::newRow("relaxed") << true << false;
}

void PowerCutTest::sqlite_and_files() {
    QFETCH(bool, relaxed);
    QFETCH(bool, as_files);
    const QTemporaryDir folder;
    const std::string path = folder.path().toStdString();
    const std::string file = make_disk(folder);
    std::optional<Producer> producer;
    {
        const Disk disk(file, path + "/before");
        ThumbdProcess::Options options{.data_dir = disk.folder() + "/data"};
        if (relaxed)
            options.arguments.push_back("--relaxed-durability");
        if (as_files)
            options.arguments.insert(options.arguments.end(), {"--inline-thumbnails", "0"});
        const ThumbdProcess thumbd(options);
        run({"sync", "-f", disk.folder()});
        int number = 0;
        producer.emplace([&, client = Client(thumbd.port())]() -> std::optional<JobId> {
            const auto id = client.submit(image_, std::to_string(++number));
            return id ? JobId::parse(*id) : std::nullopt;
        });
        submit_for_a_while();
        producer->cut_power(thumbd.pid(), file, path + "/copy");
        thumbd.send_signal(SIGKILL);
        producer->finish();
    }

    const Disk disk(path + "/copy", path + "/after");
    EngineOptions options = EngineOptions::in_directory(disk.folder() + "/data");
    options.workers = 0;
    const auto engine = Engine::open(options);
    int made = 0;
    const auto losses = producer->losses([&](const JobId& id) {
        try {
            const auto job = engine->get(id);
            if (!job || engine->open_original(id)->read_all() != image_)
                return false;
            if (job->state != JobState::succeeded)
                return true;
            const auto opened = engine->open_rendition(id);
            ++made;
            return "sha256:" + sha256_hex(*opened.blob) == opened.rendition.checksum;
        } catch (const Error&) {
            return false; // the job is there, and an image is not
        }
    });
    print(relaxed ? "relaxed durability" : "default durability", losses);
    QVERIFY(losses.acknowledged > 0);
    if (relaxed)
        QVERIFY(losses.lost > 0);
    else
        QCOMPARE(losses.lost, 0);
    QVERIFY(relaxed || made > 0);
}

QTEST_GUILESS_MAIN(PowerCutTest)
#include "tst_power_cut.moc"
