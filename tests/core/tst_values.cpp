#include "src/metadata.h"
#include "src/pace.h"
#include "support/errors.h"

#include <thumbjobs/job.h>
#include <thumbjobs/job_store.h>
#include <thumbjobs/observer.h>

#include <QTest>

#include <map>
#include <optional>
#include <string>
#include <string_view>

using namespace thumbjobs;

class TestValues : public QObject {
    Q_OBJECT

private slots:
    void names_read_back();
    void unknown_names_are_refused();
    void counts_by_state();
    void accepts_metadata();
    void refuses_metadata();
    void claims_lead_by_what_a_fetch_takes();
};

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

void TestValues::claims_lead_by_what_a_fetch_takes() {
    using std::chrono::milliseconds;
    Pace pace;
    QCOMPARE(pace.lead(2), 0);
    pace.fetched(milliseconds{30});
    QCOMPARE(pace.lead(2), 0); // nothing is known about the CPUs yet
    pace.resized(milliseconds{5});
    QCOMPARE(pace.lead(2), 12);
    for (int i = 0; i < 100; ++i)
        pace.fetched(milliseconds{1}); // a quicker storage from here on
    QCOMPARE(pace.lead(2), 0);
}

QTEST_APPLESS_MAIN(TestValues)
#include "tst_values.moc"
