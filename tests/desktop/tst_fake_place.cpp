#include "desktop/support/fake_place.h"

#include <QSignalSpy>
#include <QTest>

using desktop::Connection;
using desktop::Result;
using desktop::test::FakePlace;
using thumbjobs::Job;
using thumbjobs::JobState;

namespace {

class FakePlaceTest : public QObject {
    Q_OBJECT

private slots:
    void calls_are_answered_from_the_event_loop() {
        FakePlace place;
        QSignalSpy events(&place, &FakePlace::events);
        std::optional<Result<Job>> answer;
        place.submit({.path = "/pictures/cat.jpg"}, this,
                     [&](Result<Job> result) { answer = std::move(result); });
        QVERIFY(!answer);
        QTRY_VERIFY(answer);
        QCOMPARE(answer->value().original.filename, std::string("cat.jpg"));
        QTRY_COMPARE(events.size(), 1);
        QCOMPARE(place.calls(FakePlace::Call::submit), 1);
    }

    void a_stalled_call_is_answered_once_released_and_never_to_the_dead() {
        FakePlace place;
        place.stall(FakePlace::Call::stats);
        int answers = 0;
        place.stats(this, [&](const auto&) { ++answers; });
        {
            QObject gone;
            place.stats(&gone, [&](const auto&) { answers += 100; });
        }
        QCoreApplication::processEvents();
        QCOMPARE(answers, 0);
        place.release(FakePlace::Call::stats);
        QTRY_COMPARE(answers, 1);
    }

    void opening_makes_one_reset() {
        FakePlace place;
        QSignalSpy resets(&place, &FakePlace::reset);
        place.open();
        QCOMPARE(place.connection().state, Connection::State::connecting);
        QTRY_COMPARE(place.connection().state, Connection::State::online);
        place.become(Connection::State::reconnecting, "The server does not answer.");
        place.become(Connection::State::online);
        QCOMPARE(resets.size(), 1);
    }

    void pages_hold_every_job_once() {
        FakePlace place;
        place.add_silently(120, JobState::succeeded);
        place.add_silently(30, JobState::failed);
        std::set<thumbjobs::JobId> seen;
        std::string cursor;
        for (int page = 0; page == 0 || !cursor.empty(); ++page) {
            QVERIFY(page < 4);
            bool answered = false;
            place.list({.limit = 50, .cursor = cursor}, this, [&](const auto& result) {
                for (const Job& job : result.value().jobs)
                    QVERIFY(seen.insert(job.id).second);
                cursor = result.value().next_cursor;
                answered = true;
            });
            QTRY_VERIFY(answered);
        }
        QCOMPARE(seen.size(), std::size_t{150});
    }
};

} // namespace

QTEST_MAIN(FakePlaceTest)
#include "tst_fake_place.moc"
