#include <thumbjobs/time.h>

#include <QTest>

#include <limits>
#include <optional>

using namespace thumbjobs;

namespace {

WallTime at(std::int64_t milliseconds) {
    return WallTime(Milliseconds(milliseconds));
}

QString text_of(const std::string& text) {
    return QString::fromStdString(text);
}

} // namespace

class TestTimes : public QObject {
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
};

void TestTimes::formats_times_data() {
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

void TestTimes::formats_times() {
    QFETCH(qint64, milliseconds);
    QFETCH(QString, text);
    QCOMPARE(text_of(format_time(at(milliseconds))), text);
}

void TestTimes::parses_times_data() {
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

void TestTimes::parses_times() {
    QFETCH(QString, text);
    QFETCH(QString, same);
    const auto time = parse_time(text.toStdString());
    QVERIFY(time);
    QCOMPARE(text_of(format_time(*time)), same);
}

void TestTimes::refuses_times_data() {
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

void TestTimes::refuses_times() {
    QFETCH(QByteArray, text);
    QVERIFY(!parse_time(text.toStdString()));
}

void TestTimes::parses_durations_data() {
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

void TestTimes::parses_durations() {
    QFETCH(QString, text);
    QFETCH(qint64, milliseconds);
    QCOMPARE(parse_duration(text.toStdString()), std::optional(Milliseconds(milliseconds)));
}

void TestTimes::refuses_durations_data() {
    QTest::addColumn<QString>("text");
    for (const char* const text : {"", "5", "s", "ms", "-5s", "+5s", " 5s", "5s ", "5 s", "1.5s",
                                   "5S", "5w", "5sec", "1h30m", "0x5s", "9223372036854775808ms",
                                   "9223372036854776s", "106751991168d", "99999999999999999999s"})
        QTest::newRow(text) << text;
}

void TestTimes::refuses_durations() {
    QFETCH(QString, text);
    QVERIFY(!parse_duration(text.toStdString()));
}

void TestTimes::formats_durations_data() {
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

void TestTimes::formats_durations() {
    QFETCH(qint64, milliseconds);
    QFETCH(QString, text);
    QCOMPARE(text_of(format_duration(Milliseconds(milliseconds))), text);
    QCOMPARE(parse_duration(text.toStdString()), std::optional(Milliseconds(milliseconds)));
}

void TestTimes::system_clock_goes_forward() {
    const Clock& clock = Clock::system();
    const BootTime earlier = clock.boot();
    QVERIFY(earlier > BootTime(0));
    QVERIFY(clock.boot() >= earlier);
    QVERIFY(clock.wall() > *parse_time("2024-01-01T00:00:00Z"));
}

QTEST_APPLESS_MAIN(TestTimes)
#include "tst_times.moc"
