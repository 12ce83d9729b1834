#include "src/byte_size.h"
#include "src/decimal.h"
#include "src/metadata.h"
#include "src/random.h"
#include "src/text.h"
#include "support/errors.h"

#include <thumbjobs/event.h>
#include <thumbjobs/job.h>
#include <thumbjobs/job_store.h>
#include <thumbjobs/observer.h>

#include <QTest>

#include <algorithm>
#include <limits>
#include <set>
#include <thread>

using namespace thumbjobs;
using namespace std::chrono_literals;

namespace {

WallTime at(std::int64_t milliseconds) {
    return WallTime(Milliseconds(milliseconds));
}

QString text_of(const std::string& text) {
    return QString::fromStdString(text);
}

} // namespace

Q_DECLARE_METATYPE(thumbjobs::RenditionSpec)

class TestValues : public QObject {
    Q_OBJECT

private slots:
    void formats_times_data();
    void formats_times();
    void parses_times_data();
    void parses_times();
    void refuses_times_data();
    void refuses_times();
    void parses_durations_data();
    void parses_durations();
    void refuses_durations_data();
    void refuses_durations();
    void formats_durations_data();
    void formats_durations();
    void system_clock_goes_forward();

    void job_id_has_the_form_of_a_uuid_7();
    void job_ids_grow_within_a_millisecond();
    void job_ids_grow_when_the_clock_goes_back();
    void job_ids_of_threads_differ();
    void job_id_takes_any_time();
    void job_id_reads_its_text();
    void job_id_refuses_other_text_data();
    void job_id_refuses_other_text();
    void nil_job_id();

    void names_read_back();
    void unknown_names_are_refused();
    void counts_by_state();

    void accepts_specs();
    void refuses_specs_data();
    void refuses_specs();
    void refuses_lists_of_specs();
    void parses_colours_data();
    void parses_colours();
    void refuses_colours_data();
    void refuses_colours();
    void formats_colours();

    void tells_utf8_data();
    void tells_utf8();
    void truncates_between_characters();
    void repairs_utf8();
    void quotes_foreign_text();
    void writes_hexadecimal();
    void reads_decimals();
    void reads_byte_sizes_data();
    void reads_byte_sizes();
    void random_text_differs();

    void accepts_metadata();
    void refuses_metadata();
};

// --- Times

void TestValues::formats_times_data() {
    QTest::addColumn<qint64>("milliseconds");
    QTest::addColumn<QString>("text");
    QTest::newRow("epoch") << qint64{0} << "1970-01-01T00:00:00.000Z";
    QTest::newRow("example") << qint64{1'769'851'800'250} << "2026-01-31T09:30:00.250Z";
    QTest::newRow("before 1970") << qint64{-1} << "1969-12-31T23:59:59.999Z";
    QTest::newRow("leap day") << qint64{1'709'164'800'000} << "2024-02-29T00:00:00.000Z";
    QTest::newRow("beyond 9999") << std::numeric_limits<qint64>::max()
                                 << "9999-12-31T23:59:59.999Z";
    QTest::newRow("before 0000") << std::numeric_limits<qint64>::min()
                                 << "0000-01-01T00:00:00.000Z";
}

void TestValues::formats_times() {
    QFETCH(qint64, milliseconds);
    QFETCH(QString, text);
    QCOMPARE(text_of(format_time(at(milliseconds))), text);
}

void TestValues::parses_times_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("same");
    const auto row = [](const char* text, const char* same) {
        QTest::newRow(text) << text << same;
    };
    row("2026-01-31T09:30:00Z", "2026-01-31T09:30:00.000Z");
    row("2026-01-31T09:30:00.2Z", "2026-01-31T09:30:00.200Z");
    row("2026-01-31T09:30:00.25Z", "2026-01-31T09:30:00.250Z");
    row("2026-01-31T09:30:00.250999999Z", "2026-01-31T09:30:00.250Z");
    row("2026-01-31t09:30:00z", "2026-01-31T09:30:00.000Z");
    row("2026-01-31T09:30:00+02:00", "2026-01-31T07:30:00.000Z");
    row("2026-01-31T23:30:00-01:30", "2026-02-01T01:00:00.000Z");
    row("2026-01-31T09:30:00-00:00", "2026-01-31T09:30:00.000Z");
    row("2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z");
    row("0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z");
    row("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z");
    row("1990-12-31T23:59:60Z", "1991-01-01T00:00:00.000Z");
    row("1990-12-31T15:59:60-08:00", "1991-01-01T00:00:00.000Z");
}

void TestValues::parses_times() {
    QFETCH(QString, text);
    QFETCH(QString, same);
    const auto time = parse_time(text.toStdString());
    QVERIFY(time);
    QCOMPARE(text_of(format_time(*time)), same);
}

void TestValues::refuses_times_data() {
    QTest::addColumn<QByteArray>("text");
    for (const char* const text : {"",
                                   "2026",
                                   "2026-01-31",
                                   "2026-01-31T09:30:00",
                                   "2026-01-31 09:30:00Z",
                                   "2026-1-31T09:30:00Z",
                                   "2026-13-01T00:00:00Z",
                                   "2026-00-01T00:00:00Z",
                                   "2026-01-00T00:00:00Z",
                                   "2026-02-29T00:00:00Z",
                                   "2026-04-31T00:00:00Z",
                                   "2026-01-31T24:00:00Z",
                                   "2026-01-31T09:60:00Z",
                                   "2026-01-31T09:30:61Z",
                                   "2026-01-31T09:30:60Z",
                                   "2026-01-31T09:30Z",
                                   "2026-01-31T09:30:00.Z",
                                   "2026-01-31T09:30:00.1234567890Z",
                                   "2026-01-31T09:30:00+0200",
                                   "2026-01-31T09:30:00+24:00",
                                   "2026-01-31T09:30:00+02:60",
                                   "2026-01-31T09:30:00+2:00",
                                   "2026-01-31T09:30:00ZZ",
                                   " 2026-01-31T09:30:00Z",
                                   "2026-01-31T09:30:00Z ",
                                   "+026-01-31T09:30:00Z",
                                   "-026-01-31T09:30:00Z",
                                   "2026-01-31T0+:30:00Z",
                                   "0000-01-01T00:00:00+00:01",
                                   "9999-12-31T23:59:59-00:01",
                                   "9999-12-31T23:59:60Z"})
        QTest::newRow(text) << QByteArray(text);
    QTest::newRow("zero byte") << QByteArray("2026-01-31T09:30:00Z\0", 21);
}

void TestValues::refuses_times() {
    QFETCH(QByteArray, text);
    QVERIFY(!parse_time(text.toStdString()));
}

void TestValues::parses_durations_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<qint64>("milliseconds");
    QTest::newRow("0s") << "0s" << qint64{0};
    QTest::newRow("500ms") << "500ms" << qint64{500};
    QTest::newRow("30s") << "30s" << qint64{30'000};
    QTest::newRow("5m") << "5m" << qint64{300'000};
    QTest::newRow("12h") << "12h" << qint64{43'200'000};
    QTest::newRow("7d") << "7d" << qint64{604'800'000};
    QTest::newRow("007s") << "007s" << qint64{7'000};
    QTest::newRow("largest") << "9223372036854775807ms" << std::numeric_limits<qint64>::max();
}

void TestValues::parses_durations() {
    QFETCH(QString, text);
    QFETCH(qint64, milliseconds);
    QCOMPARE(parse_duration(text.toStdString()), std::optional(Milliseconds(milliseconds)));
}

void TestValues::refuses_durations_data() {
    QTest::addColumn<QString>("text");
    for (const char* const text : {"", "5", "s", "ms", "-5s", "+5s", " 5s", "5s ", "5 s", "1.5s",
                                   "5S", "5w", "5sec", "1h30m", "0x5s", "9223372036854775808ms",
                                   "9223372036854776s", "106751991168d", "99999999999999999999s"})
        QTest::newRow(text) << text;
}

void TestValues::refuses_durations() {
    QFETCH(QString, text);
    QVERIFY(!parse_duration(text.toStdString()));
}

void TestValues::formats_durations_data() {
    QTest::addColumn<qint64>("milliseconds");
    QTest::addColumn<QString>("text");
    QTest::newRow("zero") << qint64{0} << "0ms";
    QTest::newRow("ms") << qint64{1'001} << "1001ms";
    QTest::newRow("s") << qint64{90'000} << "90s";
    QTest::newRow("m") << qint64{5'400'000} << "90m";
    QTest::newRow("h") << qint64{43'200'000} << "12h";
    QTest::newRow("d") << qint64{604'800'000} << "7d";
    QTest::newRow("largest") << std::numeric_limits<qint64>::max() << "9223372036854775807ms";
}

void TestValues::formats_durations() {
    QFETCH(qint64, milliseconds);
    QFETCH(QString, text);
    QCOMPARE(text_of(format_duration(Milliseconds(milliseconds))), text);
    QCOMPARE(parse_duration(text.toStdString()), std::optional(Milliseconds(milliseconds)));
}

void TestValues::system_clock_goes_forward() {
    const Clock& clock = Clock::system();
    const BootTime earlier = clock.boot();
    QVERIFY(earlier > BootTime(0));
    QVERIFY(clock.boot() >= earlier);
    QVERIFY(clock.wall() > *parse_time("2024-01-01T00:00:00Z"));
}

// --- Ids

void TestValues::job_id_has_the_form_of_a_uuid_7() {
    const WallTime time = Clock::system().wall() + 24h; // beyond the ids of the other tests
    const JobId id = JobId::generate(time);
    const auto& bytes = id.bytes();
    QCOMPARE(bytes[6] >> 4, 7);
    QCOMPARE(bytes[8] >> 6, 2);
    std::int64_t milliseconds = 0;
    for (std::size_t i = 0; i < 6; ++i)
        milliseconds = milliseconds << 8 | bytes[i];
    QCOMPARE(milliseconds, std::int64_t{time.time_since_epoch().count()});
    QCOMPARE(id.to_string().size(), std::size_t{36});
    QCOMPARE(id.to_string()[14], '7');
}

void TestValues::job_ids_grow_within_a_millisecond() {
    const WallTime time = Clock::system().wall();
    JobId last = JobId::generate(time);
    std::set<std::uint8_t> last_bytes;
    for (int i = 0; i < 100'000; ++i) {
        const JobId next = JobId::generate(time);
        QVERIFY(next > last);
        QVERIFY(next.to_string() > last.to_string());
        QCOMPARE(next.bytes()[6] >> 4, 7);
        QCOMPARE(next.bytes()[8] >> 6, 2);
        last_bytes.insert(next.bytes()[15]);
        last = next;
    }
    QCOMPARE(last_bytes.size(), std::size_t{256});
}

void TestValues::job_ids_grow_when_the_clock_goes_back() {
    const WallTime time = Clock::system().wall();
    const JobId first = JobId::generate(time);
    const JobId second = JobId::generate(time - 1h);
    QVERIFY(second > first);
    QVERIFY(JobId::generate(time + 1h) > second);
}

void TestValues::job_ids_of_threads_differ() {
    constexpr std::size_t threads = 4;
    constexpr std::size_t each = 5'000;
    std::array<std::vector<JobId>, threads> made;
    {
        std::vector<std::jthread> running;
        for (auto& ids : made)
            running.emplace_back([&ids] {
                for (std::size_t i = 0; i < each; ++i)
                    ids.push_back(JobId::generate(Clock::system().wall()));
            });
    }
    std::set<JobId> all;
    for (const auto& ids : made) {
        QVERIFY(std::is_sorted(ids.begin(), ids.end()));
        all.insert(ids.begin(), ids.end());
    }
    QCOMPARE(all.size(), threads * each);
}

void TestValues::job_id_takes_any_time() {
    const JobId first = JobId::generate(WallTime::min());
    QVERIFY(JobId::generate(at(-1)) > first);
}

void TestValues::job_id_reads_its_text() {
    const JobId id = JobId::generate(Clock::system().wall());
    QCOMPARE(JobId::parse(id.to_string()), std::optional(id));
    const auto example = JobId::parse("017f22e2-79b0-7cc3-98c4-dc0c0c07398f"); // RFC 9562 A.6
    QVERIFY(example);
    QCOMPARE(text_of(example->to_string()), "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
    QCOMPARE(example->bytes()[0], std::uint8_t{0x01});
    QCOMPARE(example->bytes()[15], std::uint8_t{0x8f});
}

void TestValues::job_id_refuses_other_text_data() {
    QTest::addColumn<QByteArray>("text");
    for (const char* const text :
         {"", "017f22e2-79b0-7cc3-98c4-dc0c0c07398", "017f22e2-79b0-7cc3-98c4-dc0c0c07398f0",
          "017F22E2-79B0-7CC3-98C4-DC0C0C07398F", "017f22e279b07cc398c4dc0c0c07398f",
          "017f22e27-9b0-7cc3-98c4-dc0c0c07398f", "{17f22e2-79b0-7cc3-98c4-dc0c0c07398}",
          "017f22e2-79b0-7cc3-98c4-dc0c0c07398g", "017f22e2-79b0-7cc3-98c4_dc0c0c07398f",
          "../../../../../../../../etc/passwd..", " 17f22e2-79b0-7cc3-98c4-dc0c0c07398f"})
        QTest::newRow(text) << QByteArray(text);
    QTest::newRow("zero byte") << QByteArray("017f22e2-79b0-7cc3-98c4-dc0c0c07398\0", 36);
}

void TestValues::job_id_refuses_other_text() {
    QFETCH(QByteArray, text);
    QVERIFY(!JobId::parse(text.toStdString()));
}

void TestValues::nil_job_id() {
    QVERIFY(JobId().is_nil());
    QCOMPARE(text_of(JobId().to_string()), "00000000-0000-0000-0000-000000000000");
    QCOMPARE(JobId::parse(JobId().to_string()), std::optional(JobId()));
    QVERIFY(!JobId::generate(at(0)).is_nil());
}

// --- Names

void TestValues::names_read_back() {
    for (const JobState state : all_job_states)
        QCOMPARE(parse_job_state(to_string(state)), std::optional(state));
    for (const LogLevel level :
         {LogLevel::debug, LogLevel::info, LogLevel::warning, LogLevel::error})
        QCOMPARE(parse_log_level(to_string(level)), std::optional(level));
    for (const Fit fit : {Fit::contain, Fit::cover, Fit::fill, Fit::inside})
        QCOMPARE(parse_fit(to_string(fit)), std::optional(fit));
    for (int i = 0; i <= static_cast<int>(Gravity::north_west); ++i)
        QCOMPARE(parse_gravity(to_string(static_cast<Gravity>(i))),
                 std::optional(static_cast<Gravity>(i)));
    for (int i = 0; i <= static_cast<int>(OutputFormat::avif); ++i)
        QCOMPARE(parse_output_format(to_string(static_cast<OutputFormat>(i))),
                 std::optional(static_cast<OutputFormat>(i)));
    for (int i = 0; i <= static_cast<int>(ErrorCode::internal); ++i)
        QCOMPARE(parse_error_code(to_string(static_cast<ErrorCode>(i))),
                 std::optional(static_cast<ErrorCode>(i)));

    QCOMPARE(to_string(JobState::cancelled), std::string_view("cancelled"));
    QCOMPARE(to_string(LogLevel::error), std::string_view("error"));
    QCOMPARE(to_string(Fit::inside), std::string_view("inside"));
    QCOMPARE(to_string(Gravity::north_west), std::string_view("north-west"));
    QCOMPARE(to_string(Gravity::south_east), std::string_view("south-east"));
    QCOMPARE(to_string(OutputFormat::automatic), std::string_view("auto"));
    QCOMPARE(to_string(Stage::store), std::string_view("store"));
    QCOMPARE(to_string(Stage::commit), std::string_view("commit"));
}

void TestValues::unknown_names_are_refused() {
    for (const std::string_view name : {"", "Queued", "queued ", "north_east", "automatic"}) {
        QVERIFY(!parse_job_state(name));
        QVERIFY(!parse_log_level(name));
        QVERIFY(!parse_fit(name));
        QVERIFY(!parse_gravity(name));
        QVERIFY(!parse_output_format(name));
        QVERIFY(!parse_error_code(name));
    }
}

void TestValues::counts_by_state() {
    StoreStats stats;
    stats.queued = 1;
    stats.processing = 2;
    stats.succeeded = 3;
    stats.failed = 4;
    stats.cancelled = 5;
    std::int64_t expected = 0;
    for (const JobState state : all_job_states)
        QCOMPARE(stats.count(state), ++expected);
}

// --- Rendition specs

void TestValues::accepts_specs() {
    validate({RenditionSpec{}});
    RenditionSpec largest{.name = std::string(64, 'z'),
                          .width = 10'000,
                          .height = 10'000,
                          .fit = Fit::inside,
                          .gravity = Gravity::north_west,
                          .format = OutputFormat::avif,
                          .quality = 100};
    RenditionSpec smallest{.name = "0", .width = 1, .height = 1, .quality = 1};
    validate({largest, smallest});
    std::vector<RenditionSpec> many(32);
    for (std::size_t i = 0; i < many.size(); ++i)
        many[i].name = "size_" + std::to_string(i);
    validate(many);
}

void TestValues::refuses_specs_data() {
    QTest::addColumn<RenditionSpec>("spec");
    QTest::addColumn<QString>("message");
    const auto row = [](const char* name, RenditionSpec spec, const char* message) {
        QTest::newRow(name) << spec << message;
    };
    row("no name", {.name = ""},
        "renditions[1].name is \"\"; accepted: 1 to 64 of the characters a-z 0-9 _ -");
    row("name too long", {.name = std::string(65, 'a')}, "accepted: 1 to 64");
    row("upper case", {.name = "Thumb"}, "renditions[1].name is \"Thumb\"");
    row("path", {.name = "../x"}, "renditions[1].name is \"../x\"");
    row("line feed", {.name = "a\n"}, "renditions[1].name is \"a\\x0a\"");
    row("no width", {.name = "b", .width = 0},
        "renditions[1].width is 0; accepted: 1 to 10000 pixels");
    row("negative width", {.name = "b", .width = -100}, "renditions[1].width is -100");
    row("width too large", {.name = "b", .width = 10'001}, "renditions[1].width is 10001");
    row("no height", {.name = "b", .height = 0}, "renditions[1].height is 0");
    row("height too large", {.name = "b", .height = 10'001}, "renditions[1].height is 10001");
    row("unknown fit", {.name = "b", .fit = static_cast<Fit>(9)},
        "renditions[1].fit is 9; accepted: contain, cover, fill, inside");
    row("unknown gravity", {.name = "b", .gravity = static_cast<Gravity>(-1)},
        "renditions[1].gravity is -1; accepted: centre, attention");
    row("unknown format", {.name = "b", .format = static_cast<OutputFormat>(5)},
        "renditions[1].format is 5; accepted: auto, jpeg, png, webp, avif");
    row("negative quality", {.name = "b", .quality = -1}, "renditions[1].quality is -1");
    row("quality too high", {.name = "b", .quality = 101}, "accepted: 0 to 100");
    row("same name", {.name = "thumbnail"}, "renditions[1].name is \"thumbnail\" a second time");
}

void TestValues::refuses_specs() {
    QFETCH(RenditionSpec, spec);
    QFETCH(QString, message);
    EXPECT_ERROR(validate({RenditionSpec{}, spec}), invalid_argument);
    const QString said = test::message_of([&] { validate({RenditionSpec{}, spec}); });
    QVERIFY2(said.contains(message), qPrintable(said));
}

void TestValues::refuses_lists_of_specs() {
    EXPECT_ERROR(validate({}), invalid_argument);
    std::vector<RenditionSpec> many(33);
    for (std::size_t i = 0; i < many.size(); ++i)
        many[i].name = std::to_string(i);
    EXPECT_ERROR(validate(many), invalid_argument);
    QCOMPARE(test::message_of([&] { validate(many); }),
             "renditions has 33 entries; accepted: 1 to 32");
}

void TestValues::parses_colours_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<quint32>("rgba");
    QTest::newRow("rgb") << "#1aF" << 0x11AAFFFFu;
    QTest::newRow("rrggbb") << "#12aBcD" << 0x12ABCDFFu;
    QTest::newRow("rrggbbaa") << "#12345678" << 0x12345678u;
    QTest::newRow("bare rgb") << "000" << 0x000000FFu;
    QTest::newRow("bare rrggbb") << "ffffff" << 0xFFFFFFFFu;
    QTest::newRow("bare rrggbbaa") << "00000000" << 0u;
    QTest::newRow("white") << "white" << 0xFFFFFFFFu;
    QTest::newRow("black") << "black" << 0x000000FFu;
    QTest::newRow("transparent") << "transparent" << 0u;
}

void TestValues::parses_colours() {
    QFETCH(QString, text);
    QFETCH(quint32, rgba);
    QCOMPARE(parse_colour(text.toStdString()), std::optional<std::uint32_t>(rgba));
}

void TestValues::refuses_colours_data() {
    QTest::addColumn<QString>("text");
    for (const char* const text :
         {"", "#", "#1", "#12", "#1234", "#12345", "#1234567", "#123456789", "##123", "#12g",
          "White", " #123", "#123 ", "red", "0x123456"})
        QTest::newRow(text) << text;
}

void TestValues::refuses_colours() {
    QFETCH(QString, text);
    QVERIFY(!parse_colour(text.toStdString()));
}

void TestValues::formats_colours() {
    QCOMPARE(text_of(format_colour(0x12ABCD00)), "#12abcd00");
    for (const std::uint32_t rgba : {0u, 1u, 0x80000000u, 0xFFFFFFFFu, 0x01020304u})
        QCOMPARE(parse_colour(format_colour(rgba)), std::optional(rgba));
}

// --- Text

void TestValues::tells_utf8_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<bool>("valid");
    QTest::newRow("empty") << QByteArray() << true;
    QTest::newRow("ASCII") << QByteArray("abc") << true;
    QTest::newRow("zero byte") << QByteArray("a\0b", 3) << true;
    QTest::newRow("2 bytes") << QByteArray("\xC2\x80\xDF\xBF") << true;
    QTest::newRow("3 bytes") << QByteArray("\xE0\xA0\x80\xEF\xBF\xBF") << true;
    QTest::newRow("4 bytes") << QByteArray("\xF0\x90\x80\x80\xF4\x8F\xBF\xBF") << true;
    QTest::newRow("before surrogates") << QByteArray("\xED\x9F\xBF") << true;
    QTest::newRow("surrogate") << QByteArray("\xED\xA0\x80") << false;
    QTest::newRow("overlong 2") << QByteArray("\xC0\x80") << false;
    QTest::newRow("overlong 3") << QByteArray("\xE0\x9F\xBF") << false;
    QTest::newRow("overlong 4") << QByteArray("\xF0\x8F\xBF\xBF") << false;
    QTest::newRow("beyond 10FFFF") << QByteArray("\xF4\x90\x80\x80") << false;
    QTest::newRow("5 bytes") << QByteArray("\xF8\x88\x80\x80\x80") << false;
    QTest::newRow("continuation") << QByteArray("\x80") << false;
    QTest::newRow("cut 2") << QByteArray("\xC3") << false;
    QTest::newRow("cut 3") << QByteArray("\xE2\x82") << false;
    QTest::newRow("cut 4") << QByteArray("\xF0\x9F\x98") << false;
    QTest::newRow("no continuation") << QByteArray("\xE2\x82z") << false;
    QTest::newRow("Latin-1") << QByteArray("caf\xE9") << false;
}

void TestValues::tells_utf8() {
    QFETCH(QByteArray, text);
    QFETCH(bool, valid);
    QCOMPARE(is_utf8(text.toStdString()), valid);
    QVERIFY(is_utf8(to_valid_utf8(text.toStdString())));
}

void TestValues::truncates_between_characters() {
    const std::string text = "aä€😀"; // 1, 2, 3 and 4 bytes
    const std::array<std::size_t, 12> expected{0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
    for (std::size_t bytes = 0; bytes < expected.size(); ++bytes) {
        QCOMPARE(truncate_utf8(text, bytes).size(), expected[bytes]);
        QVERIFY(is_utf8(truncate_utf8(text, bytes)));
    }
}

void TestValues::repairs_utf8() {
    QCOMPARE(text_of(to_valid_utf8("caf\xE9!")), "caf\uFFFD!");
    QCOMPARE(text_of(to_valid_utf8("\xE2\x82")), "\uFFFD\uFFFD");
    QCOMPARE(text_of(to_valid_utf8("ä")), "ä");
}

void TestValues::quotes_foreign_text() {
    QCOMPARE(text_of(in_quotes("plain")), "\"plain\"");
    QCOMPARE(text_of(in_quotes(std::string_view("a\0\n\x7F", 4))), "\"a\\x00\\x0a\\x7f\"");
    QCOMPARE(text_of(in_quotes(std::string(64, 'a'))), '"' + QString(64, 'a') + '"');
    QCOMPARE(text_of(in_quotes(std::string(65, 'a'))), '"' + QString(64, 'a') + "…\"");
    QVERIFY(is_utf8(in_quotes("\xFF\xFE")));
    QVERIFY(in_quotes(std::string(1 << 20, '\xFF')).size() < 100);
}

void TestValues::writes_hexadecimal() {
    QCOMPARE(text_of(to_hex(as_bytes(std::string_view("\x00\x7f\xff", 3)))), "007fff");
    QCOMPARE(hex_digit('0'), 0);
    QCOMPARE(hex_digit('f'), 15);
    QCOMPARE(hex_digit('F'), 15);
    for (const char c : {'g', 'G', '/', ':', '@', '`', '\0'})
        QCOMPARE(hex_digit(c), -1);
}

void TestValues::reads_decimals() {
    QCOMPARE(parse_decimal<int>("-12"), std::optional(-12));
    QCOMPARE(parse_decimal<int>("2147483647"), std::optional(2147483647));
    for (const std::string_view text : {"", "+1", " 1", "1 ", "2147483648", "1.0", "0x1", "1e3"})
        QVERIFY(!parse_decimal<int>(text));
    QVERIFY(!parse_decimal<unsigned>("-1"));
}

void TestValues::reads_byte_sizes_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<qint64>("bytes");
    QTest::newRow("bare") << "1048576" << qint64{1'048'576};
    QTest::newRow("KiB") << "512KiB" << qint64{524'288};
    QTest::newRow("MiB") << "64MiB" << qint64{67'108'864};
    QTest::newRow("GiB") << "2GiB" << qint64{2'147'483'648};
    QTest::newRow("TiB") << "1TiB" << qint64{1'099'511'627'776};
    QTest::newRow("zero") << "0" << qint64{0};
    for (const char* const text : {"", "MiB", "64MB", "64mib", "64 MiB", "-1", "-1KiB", "1.5GiB",
                                   "9223372036854775808", "9007199254740992KiB", "8388608TiB"})
        QTest::addRow("refused: %s", text) << text << qint64{-1};
}

void TestValues::reads_byte_sizes() {
    QFETCH(QString, text);
    QFETCH(qint64, bytes);
    const std::int64_t refused = -1;
    QCOMPARE(parse_byte_size(text.toStdString()).value_or(refused), std::int64_t{bytes});
}

void TestValues::random_text_differs() {
    std::set<std::string> seen;
    for (int i = 0; i < 1'000; ++i) {
        const std::string text = random_hex(8);
        QCOMPARE(text.size(), std::size_t{16});
        QVERIFY(seen.insert(text).second);
    }
    QVERIFY(random_u64() != random_u64());
}

void TestValues::accepts_metadata() {
    validate_metadata({});
    std::map<std::string, std::string> metadata;
    for (int i = 0; i < 32; ++i)
        metadata[std::string(62, 'k') + std::to_string(i + 10)] = std::string(1024, 'v');
    validate_metadata(metadata);
}

void TestValues::refuses_metadata() {
    std::map<std::string, std::string> many;
    for (int i = 0; i < 33; ++i)
        many[std::to_string(i)] = "";
    EXPECT_ERROR(validate_metadata(many), invalid_argument);
    EXPECT_ERROR(validate_metadata({{"", "v"}}), invalid_argument);
    EXPECT_ERROR(validate_metadata({{std::string(65, 'k'), "v"}}), invalid_argument);
    EXPECT_ERROR(validate_metadata({{"k", std::string(1025, 'v')}}), invalid_argument);
    EXPECT_ERROR(validate_metadata({{"k", "\xFF"}}), invalid_argument);
    EXPECT_ERROR(validate_metadata({{"\xFF", "v"}}), invalid_argument);
    QVERIFY(test::message_of([] {
                validate_metadata({{"k", std::string(1025, 'v')}});
            }).contains("metadata[\"k\"] has 1025 bytes; accepted: at most 1024"));
}

QTEST_APPLESS_MAIN(TestValues)
#include "tst_values.moc"
