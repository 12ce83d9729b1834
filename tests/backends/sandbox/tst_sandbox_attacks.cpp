// What a decoder that was taken over can still try: against the service, against the image that it
// was lent, against the walls behind seccomp.
#include "backends/sandbox/attempt.h"
#include "backends/sandbox/channel.h"
#include "backends/sandbox/fixture.h"
#include "backends/sandbox/pool.h"
#include "support/errors.h"
#include "worker/isolation.h"
#include "worker/landlock.h"

#include <QDeadlineTimer>
#include <QTemporaryFile>
#include <QTest>

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

using namespace thumbjobs;
using namespace thumbjobs::sandbox;
using thumbjobs::test::child_processes;
using thumbjobs::test::echoed;
using thumbjobs::test::open_accidents;
using thumbjobs::test::open_descriptors;

namespace {

/// The parts of a sandbox, without the resizer around them.
struct Parts {
    Options options = Options::parse(BackendUrl::parse(
        "sandbox:accident:?helpers=1&memory=64MiB&timeout=30s&worker=" SANDBOX_TEST_WORKER));
    Admission admission{options.budget};
    MemoryKills memory_kills;

    /// Of a helper without a pool, with one second of processor time.
    Setup setup() const {
        return {.resizer = "accident:",
                .memory = options.memory,
                .output = options.output(),
                .cpu_seconds = 1,
                .shared_input = shared_input_size,
                .network_namespace = false};
    }

    ResizeResult run(Helper& helper, const std::string& input) {
        const thumbjobs::test::Order order(input);
        const ResizeRequest request = order.request();
        Admission::Ticket ticket;
        return Attempt(helper, request, {options, admission, memory_kills}).run(ticket).value();
    }
};

/// The exit status of a process that does no more than `body`.
template <typename Body>
int in_child(const Body& body) {
    const pid_t pid = ::fork();
    if (pid == 0)
        ::_exit(body());
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

enum Escape : int { reads_files = 1, connects = 2, sends_signals = 4 };

/// What this process may do that Landlock can forbid.
int escapes() {
    int found = 0;
    if (::open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0)
        found |= reads_files;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(9);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int line = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::connect(line, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ||
        errno != EACCES)
        found |= connects;
    if (::kill(::getppid(), 0) == 0)
        found |= sends_signals;
    return found;
}

int landlock_abi() {
    constexpr unsigned version = 1;
    return static_cast<int>(
        ::syscall(SYS_landlock_create_ruleset, nullptr, std::size_t{0}, version));
}

std::string network_of(const std::string& process) {
    std::error_code unreadable;
    return std::filesystem::read_symlink("/proc/" + process + "/ns/net", unreadable).string();
}

} // namespace

class SandboxAttacksTest : public QObject {
    Q_OBJECT

private slots:
    void too_much_processor_time_is_told();
    void landlock_forbids_what_it_can();
    void helpers_are_behind_landlock();
    void helpers_have_a_network_of_their_own();
    void originals_cannot_be_changed_data();
    void originals_cannot_be_changed();
    void files_that_are_sent_do_not_pile_up();
    void results_are_copies();
    void hidden_output_is_given_back();
    void idle_helpers_give_memory_back();
    void a_spare_helper_starts_alone();
    void helpers_that_ended_or_chatter_get_no_image_data();
    void helpers_that_ended_or_chatter_get_no_image();
};

void SandboxAttacksTest::too_much_processor_time_is_told() {
    Parts parts;
    Helper helper(SANDBOX_TEST_WORKER, parts.setup());
    QVERIFY(receive_packet(helper.socket())); // ready
    std::optional<Error> error;
    try {
        parts.run(helper, "spin");
    } catch (const Error& thrown) {
        error = thrown;
    }
    QVERIFY(error && error->code() == ErrorCode::decoder_timeout);
    QVERIFY2(QString(error->what()).contains("of processor time"), error->what());
    const Ending ending = helper.wait(Milliseconds{0});
    QVERIFY(ending.known && ending.by_signal && !ending.by_us);
    QCOMPARE(ending.status, SIGXCPU);
}

void SandboxAttacksTest::landlock_forbids_what_it_can() {
    const int abi = landlock_abi();
    if (abi < 1)
        QSKIP("this kernel has no Landlock");
    QCOMPARE(in_child(escapes), reads_files | connects | sends_signals);
    const auto restricted = [] {
        ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        constexpr int failed = 64;
        return worker::restrict_files_and_network() > 0 ? escapes() : failed;
    };
    QCOMPARE(in_child(restricted), (abi >= 4 ? 0 : connects) | (abi >= 6 ? 0 : sends_signals));
}

void SandboxAttacksTest::helpers_are_behind_landlock() {
    const int abi = landlock_abi();
    const std::string told = open_accidents("helpers=1")->describe();
    if (abi < 1) {
        QVERIFY2(told.find("no Landlock") != std::string::npos, told.c_str());
        QSKIP("this kernel has no Landlock");
    }
    QVERIFY2(told.find("Landlock " + std::to_string(abi) + ",") != std::string::npos, told.c_str());
}

void SandboxAttacksTest::helpers_have_a_network_of_their_own() {
    const bool possible = in_child([] { return worker::leave_network() ? 1 : 0; }) == 1;
    const auto resizer = open_accidents("helpers=1");
    const std::string told = resizer->describe();
    if (!possible) {
        QVERIFY2(told.find("shared network") != std::string::npos, told.c_str());
        QSKIP("this system allows no network namespace");
    }
    QVERIFY2(told.find("own network") != std::string::npos, told.c_str());
    if (::geteuid() != 0)
        QSKIP("only root may look at the namespaces of a locked process");
    QTRY_COMPARE(child_processes().size(), std::size_t{2});
    const std::string ours = network_of("self");
    QVERIFY(!ours.empty());
    for (const int pid : child_processes()) {
        QTRY_VERIFY(network_of(std::to_string(pid)) != ours); // the spare is still on its way
        QVERIFY(!network_of(std::to_string(pid)).empty());
    }
}

void SandboxAttacksTest::originals_cannot_be_changed_data() {
    QTest::addColumn<int>("size");
    QTest::addColumn<bool>("stored");
    QTest::addColumn<QString>("order");
    for (const char* order : {"attack-original", "map-original"}) {
        QTest::addRow("small, %s", order) << 10'000 << false << order;
        QTest::addRow("large, %s", order) << 5'000'000 << false << order;
        QTest::addRow("stored, %s", order) << 10'000 << true << order;
        QTest::addRow("lent, %s", order) << 5'000'000 << true << order;
    }
}

void SandboxAttacksTest::originals_cannot_be_changed() {
    QFETCH(int, size);
    QFETCH(bool, stored);
    QFETCH(QString, order);
    const auto resizer = open_accidents("helpers=1");
    test::Order work(order.toStdString() + "\n" + std::string(std::size_t(size), 'x'));
    work.specs[0].width = work.specs[0].height = 1000;
    QTemporaryFile file;
    QVERIFY(file.open());
    QCOMPARE(file.write(work.input.data(), qint64(work.input.size())), qint64(work.input.size()));
    QVERIFY(file.flush());
    const BlobPtr blob = open_file_blob(file.fileName().toStdString());
    const ResizeRequest request =
        stored ? ResizeRequest{.specs = work.specs, .limits = work.limits, .file = blob.get()}
               : work.request();
    if (order == "map-original")
        EXPECT_ERROR(resizer->resize(request), decoder_forbidden);
    else
        QVERIFY(echoed(resizer->resize(request).images[0]) == work.input);
    QVERIFY(test::text_of(blob->read_all()) == work.input);
}

void SandboxAttacksTest::files_that_are_sent_do_not_pile_up() {
    Parts parts;
    Helper helper(SANDBOX_TEST_WORKER, parts.setup());
    QVERIFY(receive_packet(helper.socket())); // ready
    const std::size_t before = open_descriptors();
    EXPECT_ERROR(parts.run(helper, "send-files"), decoder_crashed);
    QCOMPARE(open_descriptors(), before);
}

void SandboxAttacksTest::results_are_copies() {
    Parts parts;
    Pool pool(parts.options, parts.options.worker);
    auto helper = pool.acquire(nullptr);
    const ResizeResult result = parts.run(*helper, "ok");
    constexpr std::string_view later = "written after the answer";
    QCOMPARE(::pwrite(helper->output(), later.data(), later.size(), 0), ssize_t(later.size()));
    QCOMPARE(echoed(result.images.at(0)), std::string("ok"));
    pool.give_back(std::move(helper));
}

void SandboxAttacksTest::hidden_output_is_given_back() {
    Parts parts;
    Pool pool(parts.options, parts.options.worker);
    auto helper = pool.acquire(nullptr);
    const int output = helper->output();
    const auto held = [&] {
        struct stat file {};
        ::fstat(output, &file);
        return file.st_blocks * 512;
    };
    parts.run(*helper, "fill-output"); // and says that it wrote a few bytes
    QVERIFY(held() > 20'000'000);
    const pid_t pid = helper->pid();
    pool.give_back(std::move(helper));
    helper = pool.acquire(nullptr);
    QCOMPARE(helper->pid(), pid);
    QVERIFY(held() <= 1 << 20);
    pool.give_back(std::move(helper));
}

void SandboxAttacksTest::idle_helpers_give_memory_back() {
    Parts parts;
    Pool pool(parts.options, parts.options.worker);
    auto helper = pool.acquire(nullptr);
    const std::int64_t before = helper->resident().value();
    parts.run(*helper, "litter"); // 32 MiB
    QTRY_VERIFY_WITH_TIMEOUT(helper->resident().value() < before + (8 << 20), 30'000);
    QCOMPARE(echoed(parts.run(*helper, "ok").images.at(0)), std::string("ok"));
    pool.give_back(std::move(helper));
}

void SandboxAttacksTest::a_spare_helper_starts_alone() {
    Parts parts;
    parts.options.helpers = 3;
    Pool pool(parts.options, parts.options.worker);
    // As many may come up at once as images would have to wait for, and one at any time.
    const auto until_all_are_up = [&] {
        const QDeadlineTimer deadline(30'000);
        for (;;) {
            const Pool::Counts now = pool.counts();
            const int up = now.idle + now.busy;
            if (now.alive - up > std::max(1, parts.options.helpers - up))
                return false;
            if (now.idle > parts.options.helpers)
                return true;
            if (deadline.hasExpired())
                return false;
            std::this_thread::yield();
        }
    };
    QVERIFY(until_all_are_up());
    std::vector<std::unique_ptr<Helper>> worn;
    for (int i = 0; i < 2; ++i)
        worn.push_back(pool.acquire(nullptr));
    for (auto& helper : worn) {
        helper->usable = false;
        pool.give_back(std::move(helper));
    }
    QVERIFY(until_all_are_up());
    QCOMPARE(pool.counts().started, 6);
}

void SandboxAttacksTest::helpers_that_ended_or_chatter_get_no_image_data() {
    QTest::addColumn<bool>("chatters");
    QTest::newRow("ended") << false;
    QTest::newRow("chatters") << true;
}

void SandboxAttacksTest::helpers_that_ended_or_chatter_get_no_image() {
    QFETCH(bool, chatters);
    Parts parts;
    Pool pool(parts.options, parts.options.worker);
    auto helper = pool.acquire(nullptr);
    const pid_t pid = helper->pid();
    if (chatters)
        parts.run(*helper, "chatter"); // an answer, and more once it is idle
    else
        send_packet(helper->socket(), as_bytes("no order")); // it leaves
    pollfd line{helper->socket(), POLLIN, 0};
    QCOMPARE(::poll(&line, 1, 30'000), 1);
    pool.give_back(std::move(helper));
    helper = pool.acquire(nullptr);
    QVERIFY(helper->pid() != pid);
    QCOMPARE(echoed(parts.run(*helper, "ok").images.at(0)), std::string("ok"));
    pool.give_back(std::move(helper));
}

QTEST_GUILESS_MAIN(SandboxAttacksTest)
#include "tst_sandbox_attacks.moc"
