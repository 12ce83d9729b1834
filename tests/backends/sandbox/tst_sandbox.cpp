#include "backends/sandbox/fixture.h"
#include "support/errors.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <unistd.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

using namespace thumbjobs;
using namespace thumbjobs::test;

class SandboxTest : public QObject {
    Q_OBJECT

private slots:
    void returns_what_the_inner_resizer_made();
    void tells_header_and_progress();
    void passes_images_faults_on();
    void large_and_empty_inputs();
    void accidents_data();
    void accidents();
    void a_spin_inside_of_libvips_ends();
    void answers_survive_data();
    void answers_survive();
    void helpers_are_locked();
    void a_lock_that_does_not_hold_is_refused_data();
    void a_lock_that_does_not_hold_is_refused();
    void worn_helpers_are_replaced();
    void old_helpers_are_replaced();
    void old_helpers_get_no_image();
    void per_image_uses_a_helper_once();
    void dies_between_jobs();
    void cancel_ends_an_attempt();
    void exceptions_of_callbacks_reach_the_caller();
    void leaves_nothing_behind();
    void refuses_bad_urls_data();
    void refuses_bad_urls();
};

void SandboxTest::returns_what_the_inner_resizer_made() {
    const auto resizer = open_accidents("helpers=1");
    QVERIFY(resizer->isolated());
    QVERIFY(resizer->describe().starts_with("accidents in 1 sandboxed"));
    QCOMPARE(resizer->input_types(), std::vector<std::string>{"image/gif"});

    Order order("ok\nbody");
    order.specs.resize(2);
    order.specs[0].name = "first";
    order.specs[0].width = 17;
    order.specs[1].name = "second";
    order.specs[1].format = OutputFormat::png;
    const ResizeResult result = resizer->resize(order.request());
    QCOMPARE(result.source.width, 4);
    QCOMPARE(result.source.height, 3);
    QCOMPARE(result.images.size(), std::size_t{2});
    QCOMPARE(echoed(result.images[0]), order.input);
    QCOMPARE(echoed(result.images[1]), order.input);
    QCOMPARE(result.images[0].media_type, std::string("image/jpeg"));
    QCOMPARE(result.images[1].media_type, std::string("image/png"));
    QCOMPARE(result.images[0].width, 17);
}

void SandboxTest::tells_header_and_progress() {
    const auto resizer = open_accidents("helpers=1");
    const Order order("slow 640 480");
    ResizeRequest request = order.request();
    std::vector<ImageInfo> headers;
    std::vector<double> fractions;
    request.header = [&](const ImageInfo& info) { headers.push_back(info); };
    request.progress = [&](double fraction) { fractions.push_back(fraction); };
    resizer->resize(request);
    QCOMPARE(headers.size(), std::size_t{1});
    QCOMPARE(headers[0].width, 640);
    QCOMPARE(headers[0].media_type, std::string("image/gif"));
    QVERIFY(std::ranges::count(fractions, 0.5) >= 1);
}

void SandboxTest::passes_images_faults_on() {
    const auto resizer = open_accidents("helpers=1");
    EXPECT_ERROR(resize_order(*resizer, "corrupt"), image_corrupt);
    EXPECT_ERROR(resize_order(*resizer, "no such"), not_an_image);
    QCOMPARE(message_of([&] { resize_order(*resizer, "corrupt"); }), "The file is damaged.");
    QCOMPARE(child_processes().size(), std::size_t{2}); // the same helper, and the spare
}

void SandboxTest::large_and_empty_inputs() {
    const auto resizer = open_accidents("helpers=1");
    Order large("ok\n" + std::string(20'000'000, 'x'));
    large.specs[0].width = large.specs[0].height = 2000; // so that it may be as large
    for (int i = 0; i < 3; ++i) {
        QVERIFY(echoed(resizer->resize(large.request()).images[0]) == large.input);
        QCOMPARE(echoed(resize_order(*resizer, "ok").images[0]), std::string("ok"));
    }
    EXPECT_ERROR(resize_order(*resizer, ""), not_an_image);
}

void SandboxTest::accidents_data() {
    QTest::addColumn<ErrorCode>("code");
    QTest::addColumn<QString>("says");
    const auto row = [](const char* order, ErrorCode code, const char* says) {
        QTest::newRow(order) << code << QString(says);
    };
    row("segv", ErrorCode::decoder_crashed, "SIGSEGV");
    row("stack", ErrorCode::decoder_crashed, "SIGSEGV");
    row("abort", ErrorCode::decoder_crashed, "SIGABRT");
    row("fpe", ErrorCode::decoder_crashed, "SIGFPE");
    row("exit", ErrorCode::decoder_crashed, "exit status 0");
    row("spin", ErrorCode::decoder_timeout, "within 0.5 s");
    row("sleep", ErrorCode::decoder_timeout, "within 0.5 s");
    row("stop", ErrorCode::decoder_timeout, "within 0.5 s");
    row("close", ErrorCode::decoder_crashed, "no answer");
    row("garbage", ErrorCode::decoder_crashed, "no answer");
    row("half", ErrorCode::decoder_crashed, "no answer");
    row("other", ErrorCode::decoder_crashed, "no answer");
    for (const char* made : {"claim", "page", "page-as-jpeg", "huge", "wide", "send-files"})
        row(made, ErrorCode::decoder_crashed, "no answer");
    row("fill", ErrorCode::decoder_out_of_memory, "64 MiB");
    row("ignore", ErrorCode::decoder_out_of_memory, "64 MiB");
    row("new", ErrorCode::decoder_out_of_memory, "64 MiB");
    row("socket", ErrorCode::decoder_forbidden, "system call socket");
    row("exec", ErrorCode::decoder_forbidden, "system call execve");
    // From 2.41 on, glibc blocks all signals around it: then nobody in the helper can tell its
    // name.
    row("fork", ErrorCode::decoder_forbidden,
        __GLIBC_PREREQ(2, 41) ? "name is not known" : "system call clone");
    row("vfork-like", ErrorCode::decoder_forbidden, "system call clone");
    row("ptrace", ErrorCode::decoder_forbidden, "system call ptrace");
    row("kill", ErrorCode::decoder_forbidden, "system call kill");
    row("tgkill", ErrorCode::decoder_forbidden, "system call tgkill");
    row("unlink", ErrorCode::decoder_forbidden, "system call unlink");
    row("memfd", ErrorCode::decoder_forbidden, "system call memfd_create");
    row("executable", ErrorCode::decoder_forbidden, "system call mmap");
    row("executable-later", ErrorCode::decoder_forbidden, "system call mprotect");
    row("write-shared", ErrorCode::decoder_forbidden, "system call mmap");
    row("signal-us", ErrorCode::decoder_forbidden, "system call fcntl");
    row("outlive-us", ErrorCode::decoder_forbidden, "system call prctl");
    row("write-to-us", ErrorCode::decoder_forbidden, "system call process_vm_writev");
    row("io_uring", ErrorCode::decoder_forbidden, "system call io_uring_setup");
    row("truncate", ErrorCode::decoder_forbidden, "system call ftruncate");
    row("blocked", ErrorCode::decoder_forbidden, "name is not known");
    row("lying-note", ErrorCode::decoder_forbidden, "number 2147483647");
}

void SandboxTest::accidents() {
    QFETCH(ErrorCode, code);
    QFETCH(QString, says);
    // Only what never ends needs a short deadline; others may be slow on a busy machine.
    const std::string timeout = code == ErrorCode::decoder_timeout ? "500ms" : "30s";
    const auto resizer = open_accidents("helpers=1&memory=64MiB&timeout=" + timeout);
    const std::string order = QTest::currentDataTag();
    const auto call = [&] { resize_order(*resizer, order); };
    QCOMPARE(code_of(call), std::optional(code));
    const QString message = message_of(call);
    QVERIFY2(message.contains(says), qPrintable(message));
    QCOMPARE(echoed(resize_order(*resizer, "ok").images[0]), std::string("ok"));
}

void SandboxTest::a_spin_inside_of_libvips_ends() {
    // An empty gzip member, and a byte behind it.
    constexpr std::string_view gzip("\x1f\x8b\x08\0\0\0\0\0\0\3\3\0\0\0\0\0\0\0\0\0x", 21);
    const auto resizer = open_accidents("helpers=2&timeout=1s&libvips=1");
    std::optional<ErrorCode> code;
    std::thread hung(
        [&] { code = code_of([&] { resize_order(*resizer, "guess\n" + std::string(gzip)); }); });
    for (int i = 0; i < 20; ++i)
        resize_order(*resizer, "ok");
    hung.join();
    // Later releases of libvips do not spin any more; then the file's type is not known.
    QVERIFY(!code || code == ErrorCode::decoder_timeout);
    if (!code)
        qInfo("this libvips does not spin");
}

void SandboxTest::answers_survive_data() {
    QTest::addColumn<int>("unused");
    for (const char* order : {"open", "write-input", "thread", "inherited"})
        QTest::newRow(order) << 0;
}

void SandboxTest::answers_survive() {
    const int stray = ::dup(STDERR_FILENO); // without FD_CLOEXEC: a new program would have it
    const auto resizer = open_accidents("helpers=1");
    resize_order(*resizer, QTest::currentDataTag());
    ::close(stray);
}

/// By what the kernel says of them.
void SandboxTest::helpers_are_locked() {
    const auto resizer = open_accidents("helpers=1&memory=64MiB");
    resize_order(*resizer, "ok");
    QTRY_COMPARE(child_processes().size(), std::size_t{2});
    const auto number = [](const std::string& text) {
        return QString::fromStdString(text).simplified().section(' ', 0, 0);
    };
    for (const int pid : child_processes()) {
        QTRY_COMPARE(number(proc_line(pid, "status", "Seccomp:")), QString("2")); // the spare, too
        QCOMPARE(number(proc_line(pid, "status", "NoNewPrivs:")), QString("1"));
        for (const char* set : {"CapEff:", "CapPrm:", "CapInh:"})
            QCOMPARE(number(proc_line(pid, "status", set)).toULongLong(nullptr, 16), 0ULL);
        QCOMPARE(number(proc_line(pid, "limits", "Max core file size")), QString("0"));
        QCOMPARE(number(proc_line(pid, "limits", "Max open files")), QString("64"));
        for (const char* limit : {"Max cpu time", "Max data size", "Max file size"})
            QVERIFY2(number(proc_line(pid, "limits", limit)).toULongLong() > 0, limit);
    }
}

void SandboxTest::a_lock_that_does_not_hold_is_refused_data() {
    QTest::addColumn<QString>("says");
    QTest::newRow("makes-sockets") << "could still make a socket";
    QTest::newRow("opens-files") << "could still open a file";
}

void SandboxTest::a_lock_that_does_not_hold_is_refused() {
    QFETCH(QString, says);
    const QTemporaryDir folder;
    const QString program = folder.filePath(QTest::currentDataTag());
    QVERIFY(QFile::link(SANDBOX_TEST_WORKER, program));
    const std::string url = "sandbox:accident:?worker=" + program.toStdString();
    const auto open = [&] { Registry::builtin().open_resizer(url, {}); };
    EXPECT_ERROR(open(), incompatible);
    QVERIFY2(message_of(open).contains(says), qPrintable(message_of(open)));
    QCOMPARE(child_processes().size(), std::size_t{0});
}

void SandboxTest::worn_helpers_are_replaced() {
    // The others are far below both bounds.
    for (const char* bound : {"recycle_after=3", "recycle_above=60MiB"}) {
        const auto resizer = open_accidents(std::string("helpers=1&") + bound);
        QTRY_COMPARE(child_processes().size(), std::size_t{2});
        const std::set<int> before = child_processes();
        resize_order(*resizer, "hoard");
        resize_order(*resizer, "ok");
        QVERIFY(child_processes() == before);
        for (int i = 0; i < 6; ++i)
            resize_order(*resizer, "ok");
        QTRY_VERIFY2(child_processes() != before, bound);
        QTRY_COMPARE(child_processes().size(), std::size_t{2});
    }
}

void SandboxTest::old_helpers_are_replaced() {
    const auto resizer = open_accidents("helpers=1&recycle_older=200ms");
    QTRY_COMPARE(child_processes().size(), std::size_t{2});
    const std::set<int> before = child_processes();
    const auto replaced = [&] {
        resize_order(*resizer, "ok");
        return child_processes() != before;
    };
    QTRY_VERIFY(replaced());
    QTRY_COMPARE(child_processes().size(), std::size_t{2});
}

/// Also where they were idle meanwhile: each has had one image, none a second.
void SandboxTest::old_helpers_get_no_image() {
    const auto resizer = open_accidents("helpers=1&recycle_older=10ms");
    std::set<int> seen;
    constexpr std::size_t images = 10;
    for (std::size_t i = 0; i < images; ++i) {
        seen.merge(child_processes());
        resize_order(*resizer, "ok");
        QElapsedTimer timer;
        timer.start();
        QTRY_VERIFY(timer.hasExpired(10));
    }
    QVERIFY2(seen.size() >= images, QByteArray::number(qulonglong(seen.size())));
}

void SandboxTest::per_image_uses_a_helper_once() {
    const auto resizer = open_accidents("helpers=1&per_image=1");
    std::set<int> seen;
    for (int i = 0; i < 3; ++i) {
        QTRY_COMPARE(child_processes().size(), std::size_t{2});
        seen.merge(child_processes());
        resize_order(*resizer, "ok");
        QTRY_VERIFY(!std::ranges::includes(seen, child_processes())); // one came for one that went
    }
}

void SandboxTest::dies_between_jobs() {
    const auto resizer = open_accidents("helpers=1");
    QTRY_COMPARE(child_processes().size(), std::size_t{2});
    const std::set<int> before = child_processes();
    resize_order(*resizer, "die-soon");
    QTRY_VERIFY(child_processes() != before);
    QTRY_COMPARE(child_processes().size(), std::size_t{2});
    for (int i = 0; i < 5; ++i)
        resize_order(*resizer, "ok");
}

void SandboxTest::cancel_ends_an_attempt() {
    const auto resizer = open_accidents("helpers=1");
    const Order order("spin");
    CancelToken cancel;
    ResizeRequest request = order.request();
    request.cancel = &cancel;
    request.header = [&](const ImageInfo&) { cancel.cancel(); };
    QElapsedTimer timer;
    timer.start();
    EXPECT_ERROR(resizer->resize(request), cancelled);
    QVERIFY(timer.elapsed() < 2000);
    resize_order(*resizer, "ok");
}

void SandboxTest::exceptions_of_callbacks_reach_the_caller() {
    const auto resizer = open_accidents("helpers=1");
    const Order order("spin");
    ResizeRequest request = order.request();
    request.header = [](const ImageInfo&) { throw Error(ErrorCode::lease_lost, "Gone."); };
    EXPECT_ERROR(resizer->resize(request), lease_lost);
    resize_order(*resizer, "ok");
}

void SandboxTest::leaves_nothing_behind() {
    open_accidents("helpers=1").reset();
    QCOMPARE(child_processes().size(), std::size_t{0});
    const std::size_t before = open_descriptors();
    {
        const auto resizer = open_accidents("helpers=2");
        for (const char* order : {"ok", "segv", "garbage", "socket", "ok", "corrupt"})
            code_of([&] { resize_order(*resizer, order); });
    }
    QCOMPARE(open_descriptors(), before);
    QCOMPARE(child_processes().size(), std::size_t{0});
}

void SandboxTest::refuses_bad_urls_data() {
    QTest::addColumn<QString>("url");
    QTest::addColumn<QString>("says");
    const auto row = [](const char* url, const char* says) { QTest::newRow(url) << url << says; };
    row("sandbox:", "names no resizer");
    row("sandbox:sandbox:vips:", "another");
    row("sandbox:vips:?helpers=257", "helpers");
    row("sandbox:vips:?timeout=9ms", "timeout");
    row("sandbox:vips:?memory=15MiB", "memory");
    row("sandbox:vips:?per_image=yes", "per_image");
    row("sandbox:vips:?worker=/nonexistent", "worker");
    row("sandbox:accident:?speed=1&worker=" SANDBOX_TEST_WORKER, "speed");
    row("sandbox:other:?worker=" SANDBOX_TEST_WORKER, "other");
    row("sandbox:vips:?worker=/bin/true", "before it was ready");
}

void SandboxTest::refuses_bad_urls() {
    QFETCH(QString, url);
    QFETCH(QString, says);
    const QString message =
        message_of([&] { Registry::builtin().open_resizer(url.toStdString(), {}); });
    QVERIFY2(message.contains(says), qPrintable(message));
    QCOMPARE(child_processes().size(), std::size_t{0});
}

QTEST_GUILESS_MAIN(SandboxTest)
#include "tst_sandbox.moc"
