#include <thumbjobs/job.h>

#include <QTest>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <thread>
#include <vector>

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

class TestJobId : public QObject {
    Q_OBJECT

private slots:
    void job_id_has_the_form_of_a_uuid_7();
    void job_ids_grow_within_a_millisecond();
    void job_ids_grow_when_the_clock_goes_back();
    void job_ids_of_threads_differ();
    void job_id_takes_any_time();
    void job_id_reads_its_text();
    void job_id_refuses_other_text_data();
    void job_id_refuses_other_text();
    void nil_job_id();
};

void TestJobId::job_id_has_the_form_of_a_uuid_7() {
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

void TestJobId::job_ids_grow_within_a_millisecond() {
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

void TestJobId::job_ids_grow_when_the_clock_goes_back() {
    const WallTime time = Clock::system().wall();
    const JobId first = JobId::generate(time);
    const JobId second = JobId::generate(time - 1h);
    QVERIFY(second > first);
    QVERIFY(JobId::generate(time + 1h) > second);
}

void TestJobId::job_ids_of_threads_differ() {
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

void TestJobId::job_id_takes_any_time() {
    const JobId first = JobId::generate(WallTime::min());
    QVERIFY(JobId::generate(at(-1)) > first);
}

void TestJobId::job_id_reads_its_text() {
    const JobId id = JobId::generate(Clock::system().wall());
    QCOMPARE(JobId::parse(id.to_string()), std::optional(id));
    const auto example = JobId::parse("017f22e2-79b0-7cc3-98c4-dc0c0c07398f"); // RFC 9562 A.6
    QVERIFY(example);
    QCOMPARE(text_of(example->to_string()), "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
    QCOMPARE(example->bytes()[0], std::uint8_t{0x01});
    QCOMPARE(example->bytes()[15], std::uint8_t{0x8f});
}

void TestJobId::job_id_refuses_other_text_data() {
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

void TestJobId::job_id_refuses_other_text() {
    QFETCH(QByteArray, text);
    QVERIFY(!JobId::parse(text.toStdString()));
}

void TestJobId::nil_job_id() {
    QVERIFY(JobId().is_nil());
    QCOMPARE(text_of(JobId().to_string()), "00000000-0000-0000-0000-000000000000");
    QCOMPARE(JobId::parse(JobId().to_string()), std::optional(JobId()));
    QVERIFY(!JobId::generate(at(0)).is_nil());
}

QTEST_APPLESS_MAIN(TestJobId)
#include "tst_job_id.moc"
