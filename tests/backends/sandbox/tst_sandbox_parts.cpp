// The parts of the sandbox that need no process: protocol, verdicts, admission, cgroups, costs.
#include "backends/sandbox/admission.h"
#include "backends/sandbox/machine_memory.h"
#include "backends/sandbox/options.h"
#include "backends/sandbox/protocol.h"
#include "backends/sandbox/verdict.h"
#include "support/errors.h"
#include "worker/cost.h"
#include "worker/jxl_header.h"

#include <QTest>

#include <signal.h>
#include <sys/syscall.h>

#include <cmath>
#include <future>
#include <optional>

using namespace thumbjobs;
using namespace thumbjobs::sandbox;

namespace {

Work make_work() {
    Work job{
        .id = 7, .input_size = 12345, .own_file = true, .wants_progress = true, .admitted = 99};
    job.limits.max_frames = 3;
    job.specs.resize(2);
    job.specs[0].name = "small";
    job.specs[1].name = "large";
    job.specs[1].background = 0x11223344;
    job.specs[1].gravity = Gravity::south_west;
    job.specs[1].quality = 77;
    return job;
}

template <typename Message>
Bytes packet(const Message& message) {
    if constexpr (std::is_constructible_v<Order, Message>)
        return encode(Order(message));
    else
        return encode(Answer(message));
}

QString text_of(const Error& error) {
    return QString::fromUtf8(error.what());
}

} // namespace

class SandboxPartsTest : public QObject {
    Q_OBJECT

private slots:
    void a_job_survives_the_wire();
    void answers_survive_the_wire();
    void every_cut_and_longer_packet_is_refused();
    void orders_and_answers_are_not_mixed_up();
    void hostile_values_are_refused();
    void the_longest_messages_fit();
    void verdicts_data();
    void verdicts();
    void admission_shares_out_its_budget();
    void admission_serves_in_line();
    void admission_can_be_cancelled();
    void cgroup_files();
    void options_bounds();
    void costs_follow_the_header();
    void reads_jpeg_xl_headers();
};

void SandboxPartsTest::a_job_survives_the_wire() {
    const Work job = make_work();
    const auto order = decode_order(packet(job));
    QVERIFY(order && std::holds_alternative<Work>(*order));
    const Work& got = std::get<Work>(*order);
    QCOMPARE(got.id, job.id);
    QCOMPARE(got.input_size, job.input_size);
    QVERIFY(got.own_file && got.wants_progress);
    QCOMPARE(got.admitted, job.admitted);
    QCOMPARE(got.limits.max_frames, 3);
    QVERIFY(got.specs == job.specs);
}

void SandboxPartsTest::answers_survive_the_wire() {
    const Done done{.id = 3,
                    .source = {.media_type = "image/png", .width = 5, .height = 6, .frames = 7},
                    .cpu_ms = 8,
                    .images = {{9, "image/webp", 10, 11}}};
    const auto answer = decode_answer(packet(done));
    QVERIFY(answer && std::holds_alternative<Done>(*answer));
    const Done& got = std::get<Done>(*answer);
    QCOMPARE(got.source.frames, 7);
    QCOMPARE(got.images.at(0).media_type, std::string("image/webp"));
    QCOMPARE(got.images.at(0).height, 11);

    const Failed failed{.id = 4,
                        .code = ErrorCode::image_corrupt,
                        .cpu_ms = 5,
                        .message = "bad \xFF text",
                        .detail = "d"};
    const auto other = decode_answer(packet(failed));
    QVERIFY(other && std::holds_alternative<Failed>(*other));
    QVERIFY(std::get<Failed>(*other).code == ErrorCode::image_corrupt);
    QCOMPARE(std::get<Failed>(*other).message, std::string("bad \xEF\xBF\xBD text"));
}

void SandboxPartsTest::every_cut_and_longer_packet_is_refused() {
    Bytes whole = packet(make_work());
    for (std::size_t size = 0; size < whole.size(); ++size)
        QVERIFY(!decode_order(ByteView(whole).first(size)));
    whole.push_back(std::byte{0});
    QVERIFY(!decode_order(whole));
}

void SandboxPartsTest::orders_and_answers_are_not_mixed_up() {
    QVERIFY(!decode_answer(packet(make_work())));
    QVERIFY(!decode_order(packet(Abandoned{1})));
    Bytes other_version = packet(Proceed{1});
    other_version[4] ^= std::byte{1};
    QVERIFY(!decode_order(other_version));
}

void SandboxPartsTest::hostile_values_are_refused() {
    Work job = make_work();
    job.specs[0].name = "../x";
    QVERIFY(!decode_order(packet(job)));
    job = make_work();
    job.specs[0].width = -1;
    QVERIFY(!decode_order(packet(job)));
    QVERIFY(!decode_answer(packet(Progress{1, 1.5})));
    QVERIFY(!decode_answer(packet(Progress{1, std::nan("")})));
    QVERIFY(!decode_answer(packet(Header{.id = 1, .info = {.media_type = "a\nb"}})));
    QVERIFY(!decode_answer(packet(Header{.id = 1, .info = {.media_type = "a", .width = -5}})));
    // No hostile value, but what an image may claim.
    QVERIFY(decode_answer(
        packet(Header{.id = 1, .info = {.media_type = "a", .width = 2'147'483'647}})));
    QVERIFY(!decode_answer(packet(Done{.id = 1})));
    QVERIFY(!decode_answer(packet(Done{.id = 1, .images = {{0, "image/png", 1, 1}}})));
}

void SandboxPartsTest::the_longest_messages_fit() {
    Work job = make_work();
    job.specs.resize(32);
    for (std::size_t i = 0; i < job.specs.size(); ++i)
        job.specs[i].name = std::string(60, 'n') + std::to_string(i);
    QVERIFY(decode_order(packet(job)));
    const std::string long_text(100'000, 'x');
    QVERIFY(decode_answer(packet(Failed{1, ErrorCode::internal, 0, long_text, long_text})));
    QVERIFY(decode_answer(packet(Ready{.description = long_text,
                                       .input_types = std::vector<std::string>(500, "a/b"),
                                       .socket_refused = "x",
                                       .open_refused = "y"})));
}

void SandboxPartsTest::verdicts_data() {
    QTest::addColumn<Ending>("ending");
    QTest::addColumn<Evidence>("evidence");
    QTest::addColumn<ErrorCode>("code");
    QTest::addColumn<QString>("says");
    const auto killed = [](int signal) {
        return Ending{.known = true, .by_signal = true, .status = signal};
    };
    const auto exited = [](int status) {
        return Ending{.known = true, .by_signal = false, .status = status};
    };
    const Evidence plain{.timeout = Milliseconds{1'500}, .memory = 64 << 20, .cpu_seconds = 60};
    Evidence some = plain;
    const auto row = [](const char* name, const Ending& ending, const Evidence& evidence,
                        ErrorCode code, const char* says) {
        QTest::newRow(name) << ending << evidence << code << QString(says);
    };
    row("segv", killed(SIGSEGV), plain, ErrorCode::decoder_crashed, "SIGSEGV (Segmentation");
    row("xcpu", killed(SIGXCPU), plain, ErrorCode::decoder_timeout, "60 s of processor");
    row("kill", killed(SIGKILL), plain, ErrorCode::decoder_crashed, "from outside");
    row("sys", killed(SIGSYS), plain, ErrorCode::decoder_forbidden, "forbids");
    row("exit", exited(3), plain, ErrorCode::decoder_crashed, "exit status 3");
    row("unknown", {}, plain, ErrorCode::decoder_crashed, "not known");
    some.memory_kill = true;
    row("oom killer", killed(SIGKILL), some, ErrorCode::decoder_out_of_memory, "system ran out");
    some = plain;
    some.out_of_memory = true;
    row("abort for memory", killed(SIGABRT), some, ErrorCode::decoder_out_of_memory, "64 MiB");
    // A note alone proves nothing: what the kernel says goes first.
    row("kill with a note", killed(SIGSYS), some, ErrorCode::decoder_forbidden, "forbids");
    some = plain;
    some.refused_call = SYS_socket;
    row("forbidden", exited(exit_forbidden), some, ErrorCode::decoder_forbidden, "call socket,");
    row("note, but exit 0", exited(0), some, ErrorCode::decoder_crashed, "exit status 0");
    some = plain;
    some.past_deadline = true;
    row("deadline", killed(SIGKILL), some, ErrorCode::decoder_timeout, "within 1.5 s");
    some = plain;
    some.spoke_nonsense = true;
    row("nonsense", killed(SIGKILL), some, ErrorCode::decoder_crashed, "no answer");
}

void SandboxPartsTest::verdicts() {
    QFETCH(Ending, ending);
    QFETCH(Evidence, evidence);
    QFETCH(ErrorCode, code);
    QFETCH(QString, says);
    const Error error = verdict(ending, evidence);
    QVERIFY2(error.code() == code && text_of(error).contains(says), error.what());
}

void SandboxPartsTest::admission_shares_out_its_budget() {
    Admission admission(100);
    auto first = admission.try_admit(60);
    QVERIFY(first);
    QVERIFY(!admission.try_admit(41));
    auto second = admission.try_admit(40);
    QVERIFY(second);
    QCOMPARE(admission.in_use(), 100);
    first = {};
    QCOMPARE(admission.in_use(), 40);
    second = {};
    QCOMPARE(admission.in_use(), 0);
}

void SandboxPartsTest::admission_serves_in_line() {
    Admission admission(100);
    auto first = admission.try_admit(60);
    std::promise<void> big_is_in;
    std::promise<void> let_big_go;
    auto big = std::async(std::launch::async, [&] {
        const auto ticket = admission.admit(90, nullptr);
        big_is_in.set_value();
        let_big_go.get_future().wait();
    });
    QTRY_VERIFY(!admission.try_admit(10)); // 10 would fit, but the other waits longer
    auto small =
        std::async(std::launch::async, [&] { return admission.admit(20, nullptr).bytes(); });
    first = {};
    big_is_in.get_future().wait();
    QCOMPARE(admission.in_use(), 90);
    let_big_go.set_value();
    QCOMPARE(small.get(), 20);
    big.get();
    QCOMPARE(admission.in_use(), 0);
}

void SandboxPartsTest::admission_can_be_cancelled() {
    Admission admission(100);
    const auto first = admission.try_admit(100);
    CancelToken cancel;
    auto waiting = std::async(std::launch::async,
                              [&] { return static_cast<bool>(admission.admit(1, &cancel)); });
    cancel.cancel();
    QVERIFY(!waiting.get());
    QCOMPARE(admission.in_use(), 100);
}

void SandboxPartsTest::cgroup_files() {
    QCOMPARE(cgroup_path("0::/user.slice/a\n", "").value(), std::string_view("/user.slice/a"));
    const std::string_view old = "12:cpu,cpuacct:/x\n4:memory:/docker/y\n1:name=systemd:/z\n";
    QCOMPARE(cgroup_path(old, "memory").value(), std::string_view("/docker/y"));
    QVERIFY(!cgroup_path(old, ""));
    QVERIFY(!cgroup_path("nonsense\n\n:", "memory"));
    QCOMPARE(keyed_value("oom 1\noom_kill 23\n", "oom_kill").value(), 23);
    QVERIFY(!keyed_value("oom_kill_x 1\noom_kill\n", "oom_kill"));
    QVERIFY(machine_memory() > 64 << 20);
}

void SandboxPartsTest::options_bounds() {
    const auto options =
        Options::parse(BackendUrl::parse("sandbox:vips:?helpers=4&memory=1GiB&budget=512MiB&"
                                         "timeout=2s&formats=+svg,-gif"));
    QCOMPARE(options.inner, std::string("vips:?formats=+svg,-gif"));
    // Four cheap ones at a time and one expensive one are within the budget.
    QCOMPARE(options.cheap(), std::int64_t{16} << 20);
    QCOMPARE(options.image_bound(), std::int64_t{448} << 20);
    EXPECT_ERROR(Options::parse(BackendUrl::parse("sandbox:vips:?budget=1KiB")), invalid_argument);
    EXPECT_ERROR(Options::parse(BackendUrl::parse("sandbox:vips:?memory=2TiB")), invalid_argument);
}

void SandboxPartsTest::costs_follow_the_header() {
    const std::vector<RenditionSpec> specs{{}};
    const auto cost = [&](std::string_view header, const char* type, int side) {
        return worker::predict_memory(as_bytes(header),
                                      {.media_type = type, .width = side, .height = side}, specs) >>
               20;
    };
    using namespace std::string_view_literals;
    const auto baseline =
        "\xff\xd8\xff\xe0\0\4xx\xff\xc0\0\x11\x08\1\0\1\0\3\1\x22\0\2\x11\1\3\x11\1"sv;
    const auto progressive =
        "\xff\xd8\xff\xe0\0\4xx\xff\xc2\0\x11\x08\1\0\1\0\3\1\x22\0\2\x11\1\3\x11\1"sv;
    const auto png = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\2\0\0\0"sv;
    const auto interlaced = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\2\0\0\1"sv;
    QVERIFY(cost(baseline, "image/jpeg", 9000) < 120);
    // Measured for 9000 x 9000: 298, 317 and 510 MB.
    QVERIFY(cost(progressive, "image/jpeg", 9000) >= 280);
    QVERIFY(cost(progressive, "image/jpeg", 9000) < 500);
    QVERIFY(cost(png, "image/png", 9000) < 120);
    QVERIFY(cost(interlaced, "image/png", 9000) >= 300);
    QVERIFY(cost(interlaced, "image/png", 9000) < 500);
    QVERIFY(cost("GIF89a", "image/gif", 9000) >= 500);
    QVERIFY(cost("", "image/avif", 6000) >= 297);
    // Alpha, depth and strips count: measured 155 against 61, and 392 against 108 for 16
    // megapixels.
    const auto webp = "RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0"sv;
    const auto transparent = "RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x10\0\0\0"sv;
    QVERIFY(cost(webp, "image/webp", 4000) >= 61);
    QVERIFY(cost(transparent, "image/webp", 4000) >= 155);
    const auto shallow = "\0\0\0\x0c"
                         "av1C\x81\x04\x0c\0"sv;
    const auto deep = "\0\0\0\x0c"
                      "av1C\x81\x04\x60\0"sv;
    QVERIFY(cost(shallow, "image/avif", 4000) >= 108 && cost(shallow, "image/avif", 4000) < 250);
    QVERIFY(cost(deep, "image/avif", 4000) >= 392);
    const auto strips = "II*\0\x08\0\0\0\2\0\x15\1\3\0\1\0\0\0\3\0\0\0"
                        "\x16\1\3\0\1\0\0\0\x80\0\0\0\0\0\0\0"sv;
    const auto one_strip = strips.substr(0, 8 + 2 + 12);
    QVERIFY(cost(strips, "image/tiff", 10'000) < 100);
    QVERIFY(cost(one_strip, "image/tiff", 10'000) > 1'000); // the head is cut: for all it knows
    for (const char* type : {"image/jpeg", "image/png", "image/tiff", "what/ever"})
        QVERIFY(cost("", type, 1 << 24) > 0);
}

void SandboxPartsTest::reads_jpeg_xl_headers() {
    struct Case {
        const char* hex; // of 400 x 400 pixels, as libjxl 0.7 writes them
        worker::JxlTraits traits;
    };
    constexpr Case cases[] = {
        {"ff0a789c010144c1080c000000000000", {.deep = false, .extra_channels = 0}},
        {"ff0a781cb01301a4c1080c4001144001", {.deep = false, .extra_channels = 1}},
        {"ff0a781cfc64020144c1080c00000000", {.deep = true, .extra_channels = 0}},
        {"0000000c4a584c200d0a870a00000014667479706a786c20000000006a786c20000000096a786c6c0a000000"
         "c06a786c63ff0a781cfc087ec00401a4c1080c4001",
         {.deep = true, .extra_channels = 1}},
    };
    for (const Case& known : cases) {
        const QByteArray file = QByteArray::fromHex(known.hex);
        const ByteView whole = as_bytes({file.constData(), std::size_t(file.size())});
        const auto traits = worker::read_jxl_header(whole);
        QCOMPARE(traits.deep, known.traits.deep);
        QCOMPARE(traits.extra_channels, known.traits.extra_channels);
        // What is cut off is taken for the worst.
        QVERIFY(worker::read_jxl_header(whole.first(3)).deep);
        const ImageInfo info{.media_type = "image/jxl", .width = 4000, .height = 4000};
        const auto mebibytes = worker::predict_memory(whole, info, {{}}) >> 20;
        // Measured by bench_memory: 104, 575, 330 and 821 MiB.
        const int measured =
            traits.extra_channels ? (traits.deep ? 821 : 575) : (traits.deep ? 330 : 104);
        QVERIFY(mebibytes >= measured);
    }
}

QTEST_GUILESS_MAIN(SandboxPartsTest)
#include "tst_sandbox_parts.moc"
