#include "server/api_client.h"
#include "support/gzip.h"
#include "support/test_images.h"
#include "support/thumbd_process.h"

#include <QDir>
#include <QFile>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

using namespace thumbd::test;
using thumbjobs::test::gzip;
using thumbjobs::test::make_test_image;
using thumbjobs::test::run_program;
using thumbjobs::test::thumbd_binary;
using thumbjobs::test::ThumbdProcess;

namespace {

constexpr std::string_view drawing =
    R"(<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><path d="M0 0h9v9"/></svg>)";

/// Takes minutes: noise upon noise. One turn with many octaves would do for older renderers only.
std::string endless_drawing() {
    std::string text = "<svg xmlns='http://www.w3.org/2000/svg' width='4000' height='4000'>"
                       "<filter id='f'>";
    for (int i = 0; i < 20'000; ++i)
        text += "<feTurbulence baseFrequency='0.9' numOctaves='9'/>";
    return text + "</filter><rect width='4000' height='4000' filter='url(#f)'/></svg>";
}

/// The processes that thumbd has started.
std::set<int> helpers_of(pid_t daemon) {
    std::set<int> helpers;
    const std::string tasks = "/proc/" + std::to_string(daemon) + "/task";
    for (const auto& task : std::filesystem::directory_iterator(tasks)) {
        std::ifstream list(task.path() / "children");
        for (int pid = 0; list >> pid;)
            helpers.insert(pid);
    }
    return helpers;
}

/// Whether a process has a file of this name, or of one that begins so, among its libraries.
bool has_loaded(pid_t process, std::string_view name) {
    std::ifstream maps("/proc/" + std::to_string(process) + "/maps");
    for (std::string line; std::getline(maps, line);)
        if (std::string_view(line).substr(line.rfind('/') + 1).starts_with(name))
            return true;
    return false;
}

} // namespace

/// The sandbox as one sees it through thumbd.
class ThumbdSandboxTest : public QObject {
    Q_OBJECT

    QTemporaryDir directory_;
    const thumbjobs::Bytes jpeg_ = make_test_image({});

    std::string data(const char* name) const { return directory_.filePath(name).toStdString(); }

private slots:
    void modes_data() {
        QTest::addColumn<bool>("sandboxed");
        QTest::newRow("on") << true;
        QTest::newRow("off") << false;
        QTest::newRow("auto") << true;
        QTest::newRow("per-image") << true;
    }

    void modes() {
        QFETCH(const bool, sandboxed);
        const std::string mode = QTest::currentDataTag();
        ThumbdProcess daemon({.data_dir = data(QTest::currentDataTag()),
                              .arguments = {"--workers", "1", "--sandbox", mode}});
        ApiClient client(daemon.port());
        QCOMPARE(metric(client.get("/metrics").body, "thumbjobs_sandboxed"), double(sandboxed));
        for (int i = 0; i < 3; ++i) {
            // One for the worker and one to spare.
            QTRY_COMPARE(helpers_of(daemon.pid()).size(), std::size_t{sandboxed ? 2u : 0u});
            const std::set<int> before = helpers_of(daemon.pid());
            QVERIFY(!client.submit_and_wait(jpeg_).isEmpty());
            if (mode == "per-image")
                QTRY_VERIFY(helpers_of(daemon.pid()) != before);
            else
                QVERIFY(helpers_of(daemon.pid()) == before);
        }
        QVERIFY(has_loaded(daemon.pid(), "libQt6Core"));
        if (DECODERS_APART)
            QCOMPARE(has_loaded(daemon.pid(), "libvips"), !sandboxed);
        QCOMPARE(daemon.terminate().code, 0);
    }

    void helpers_end_with_their_service() {
        ThumbdProcess daemon({.data_dir = data("killed"), .arguments = {"--workers", "1"}});
        QTRY_COMPARE(helpers_of(daemon.pid()).size(), std::size_t{2});
        const std::set<int> helpers = helpers_of(daemon.pid());
        daemon.kill();
        const auto ended = [](int pid) { // or waits for whoever inherits it
            std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
            std::string stat;
            return !std::getline(file, stat) || stat.find(") Z") != std::string::npos;
        };
        for (const int helper : helpers)
            QTRY_VERIFY(ended(helper));
    }

    void the_self_test_proves_the_lock() {
        const auto passed = run_program({thumbd_binary(), "--self-test"});
        QCOMPARE(passed.status.code, 0);
        for (const char* word : {"self-test passed", "socket: SIGSYS", "open: ENOENT"})
            QVERIFY2(passed.output.find(word) != std::string::npos, passed.output.c_str());
        const auto failed =
            run_program({thumbd_binary(), "--self-test", "--resizer", "vips:?worker=/bin/true"});
        QCOMPARE(failed.status.code, 2);
    }

    void a_lock_that_does_not_hold_is_an_error_or_a_warning() {
        const std::string broken = "vips:?worker=/bin/true";
        const auto refused = run_program({thumbd_binary(), "--listen", "127.0.0.1:0", "--data-dir",
                                          data("refused"), "--resizer", broken});
        QCOMPARE(refused.status.code, 2);
        QVERIFY2(refused.errors.find("before it was ready") != std::string::npos,
                 refused.errors.c_str());

        // Without a sandbox there is no such option, so the program is hidden instead.
        const auto bare = directory_.filePath("bin");
        QVERIFY(QDir().mkpath(bare));
        QVERIFY(QFile::copy(QString::fromStdString(thumbd_binary()), bare + "/thumbd"));
        QVERIFY(QFile::copy("/bin/true", bare + "/thumbjobs-worker"));
        ThumbdProcess daemon({.binary = (bare + "/thumbd").toStdString(),
                              .data_dir = data("fallback"),
                              .arguments = {"--sandbox", "auto"}});
        ApiClient client(daemon.port());
        QVERIFY(daemon.log().find("WITHOUT a sandbox") != std::string::npos);
        QCOMPARE(metric(client.get("/metrics").body, "thumbjobs_sandboxed"), 0.0);
        QVERIFY(!client.submit_and_wait(jpeg_).isEmpty());
    }

    void further_formats_are_switched_on() {
        {
            ThumbdProcess daemon({.data_dir = data("plain")});
            const auto refused = ApiClient(daemon.port()).post("/v1/jobs", drawing);
            QCOMPARE(refused.status, 415);
            QCOMPARE(refused.problem_code(), QString("unsupported_format"));
        }
        ThumbdProcess daemon({.data_dir = data("formats"), .arguments = {"--formats=+svg,-jpeg"}});
        ApiClient client(daemon.port());
        const auto made = client.post("/v1/jobs?format=png", drawing, "Prefer: wait=30\r\n").json();
        QCOMPARE(made.value("status").toString(), QString("succeeded"));
        QCOMPARE(made.value("width").toInt(), 40);
        QCOMPARE(client.submit(jpeg_).problem_code(), QString("unsupported_format"));
    }

    void further_formats_need_the_sandbox() {
        const auto refused = run_program({thumbd_binary(), "--listen", "127.0.0.1:0", "--data-dir",
                                          data("unsafe"), "--sandbox", "off", "--formats", "+svg"});
        QCOMPARE(refused.status.code, 2);
        QVERIFY2(refused.errors.find("svg needs the sandbox") != std::string::npos,
                 refused.errors.c_str());
    }

    void compressed_drawings_hang_nothing() {
        ThumbdProcess daemon({.data_dir = data("compressed"),
                              .arguments = {"--workers", "2", "--max-crashes", "1", "--formats",
                                            "+svg", "--resize-timeout", "2s"}});
        ApiClient client(daemon.port());
        // libvips' own look at the type would not come back from it.
        const auto packed = [](std::string_view text) {
            return gzip(QByteArray(text.data(), int(text.size()))).toStdString() + "trailing";
        };
        const auto plain = packed(drawing);
        QCOMPARE(client.post("/v1/jobs", plain, "Prefer: wait=30\r\n").text("status"),
                 QString("succeeded"));

        const auto endless = client.post("/v1/jobs", packed(endless_drawing())).json();
        for (int i = 0; i < 3; ++i)
            QVERIFY(!client.submit_and_wait(jpeg_).isEmpty());
        const auto failed = client.get(path_of(endless, "?wait=30")).json();
        QCOMPARE(failed.value("status").toString(), QString("failed"));
        QCOMPARE(failed.value("error").toObject().value("code").toString(),
                 QString("decoder_timeout"));
    }

    /// A file that was found in the wild: JSON in gzip with something behind its end. libvips
    /// before 8.17 spins over the question whether it is an SVG.
    void a_file_that_its_decoder_spins_over() {
        const auto spinning =
            QByteArray::fromHex("1f8b0800000000000003344cbb0d84300ced19c37526a0a5a26200446111c359"
                                "0a01c50e3a097977cce9a8deff5d105111da0be62aba6f547e1c8bbed847caca"
                                "0b3f49ae29995900fa2a65e13dcb53535c1dc72900cb50d51f2976897d07ed82"
                                "4928c051e874ed3ece1ffadb66cd0d0000ffff03003aa87748800000000bde59"
                                "fe22ab000000030000000168dda87768dda87748affe0168dda8770000005300"
                                "0000004f5e706172746974696f6e4b65793d25323868747470")
                .toStdString();
        {
            ThumbdProcess daemon({.data_dir = data("no-svg")});
            const auto refused = ApiClient(daemon.port()).post("/v1/jobs", spinning);
            QCOMPARE(refused.problem_code(), QString("not_an_image"));
        }
        ThumbdProcess daemon(
            {.data_dir = data("spinning"),
             .arguments = {"--workers", "2", "--formats", "+svg", "--resize-timeout", "1s"}});
        ApiClient client(daemon.port());
        const auto job = client.post("/v1/jobs", spinning).json();
        for (int i = 0; i < 3; ++i)
            QVERIFY(!client.submit_and_wait(jpeg_).isEmpty());
        const auto failed = client.get(path_of(job, "?wait=60")).json();
        QCOMPARE(failed.value("status").toString(), QString("failed"));
        const auto code = failed.value("error").toObject().value("code").toString();
        if (code == "not_an_image")
            QSKIP("this libvips does not spin");
        QCOMPARE(code, QString("decoder_timeout"));
        QCOMPARE(failed.value("crashes").toInt(), 3);
    }

    void incidents_fail_their_job_and_no_other() {
        ThumbdProcess daemon({.data_dir = data("incidents"),
                              .arguments = {"--workers", "2", "--max-crashes", "1", "--resizer",
                                            "sandbox:accident:?helpers=2&timeout=1s&memory=64MiB"
                                            "&worker=" SANDBOX_TEST_WORKER}});
        ApiClient client(daemon.port());
        const std::vector<std::pair<std::string, QString>> accidents{
            {"segv", "decoder_crashed"},
            {"spin", "decoder_timeout"},
            {"fill", "decoder_out_of_memory"},
            {"socket", "decoder_forbidden"}};
        std::vector<QJsonObject> jobs;
        for (const auto& [order, code] : accidents)
            jobs.push_back(client.post("/v1/jobs", "GIF89a\n" + order).json());
        const auto other = client.post("/v1/jobs", "GIF89a\nok", "Prefer: wait=30\r\n");
        QCOMPARE(other.text("status"), QString("succeeded"));
        for (std::size_t i = 0; i < jobs.size(); ++i) {
            const auto job = client.get(path_of(jobs[i], "?wait=30")).json();
            QCOMPARE(job.value("status").toString(), QString("failed"));
            const auto error = job.value("error").toObject();
            QCOMPARE(error.value("code").toString(), accidents[i].second);
            QVERIFY(error.value("message").toString().endsWith('.'));
            QCOMPARE(job.value("crashes").toInt(), 1);
            // Counted after the commit.
            QTRY_COMPARE(
                metric(client.get("/metrics").body,
                       "thumbjobs_decoder_crashes_total{code=\"" + accidents[i].second + "\"}"),
                1.0);
        }
    }
};

QTEST_GUILESS_MAIN(ThumbdSandboxTest)
#include "thumbd_sandbox_test.moc"
