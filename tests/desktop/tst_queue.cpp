#include "desktop/support/fake_place.h"
#include "desktop/support/rows.h"
#include "model/job_feed.h"
#include "model/queue.h"

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace desktop;
using namespace desktop::test;
using thumbjobs::JobState;

namespace {

using Call = FakePlace::Call;
using Kind = CommandSummary::Kind;

struct Fixture {
    FakePlace place;
    JobsModel model{place};
    JobFeed feed{place, model};
    Intake intake{place, model};
    Queue queue{place, model, intake};
    QSignalSpy finished{&queue, &Queue::finished};

    Fixture() { place.become(Connection::State::online); }
    CommandSummary end() {
        if (!QTest::qWaitFor([&] { return !finished.isEmpty(); }))
            return {};
        return finished.takeFirst()[0].value<CommandSummary>();
    }
    bool listed(int rows) {
        return QTest::qWaitFor([&] {
            model.flush();
            return model.rowCount() == rows;
        });
    }
};

class QueueTest : public QObject {
    Q_OBJECT

private slots:
    void many_are_cancelled_and_tried_again();
    void failures_make_one_notice();
    void all_failed_are_tried_again();
    void images_that_were_refused_are_tried_again_with_the_failed();
    void removed_rows_are_hidden_then_deleted();
    void a_removal_can_be_undone();
    void another_removal_carries_out_the_one_before();
    void a_removal_that_fails_shows_its_rows_again();
    void images_that_wait_can_be_removed();
    void an_image_removed_while_it_is_submitted_leaves_no_job();
    void pauses_and_goes_on();
    void pauses_its_own_submitting_where_the_place_cannot();
    void stops_after_the_current_ones();
};

void QueueTest::many_are_cancelled_and_tried_again() {
    Fixture f;
    f.place.add_jobs(40);
    f.place.add_jobs(1, JobState::succeeded);
    QVERIFY(f.listed(41));
    f.queue.cancel(f.model.all_keys());
    QVERIFY(f.queue.busy());
    const auto cancelled = f.end();
    QCOMPARE(cancelled.kind, Kind::cancel);
    QCOMPARE(cancelled.done, 40);
    QCOMPARE(cancelled.failed, 0);
    QTRY_COMPARE(count(f.model, RowState::cancelled), 40);
    f.queue.retry(f.model.all_keys());
    QCOMPARE(f.end().done, 40);
    QTRY_COMPARE(count(f.model, RowState::queued), 40);
    QVERIFY(!f.queue.busy());
}

void QueueTest::failures_make_one_notice() {
    Fixture f;
    f.place.add_jobs(30);
    QVERIFY(f.listed(30));
    f.place.fail(Call::cancel, Failure{code_unreachable, "The server does not answer.", true, {}});
    f.queue.cancel(f.model.all_keys());
    const auto summary = f.end();
    QCOMPARE(summary.failed, 30);
    QCOMPARE(summary.message, "The server does not answer.");
    f.place.fail(Call::cancel, Failure{"conflict", "The job has ended already.", false, {}});
    f.queue.cancel(f.model.all_keys());
    QCOMPARE(f.end().unchanged, 30);
    QCOMPARE(f.finished.size(), 0);
}

void QueueTest::all_failed_are_tried_again() {
    Fixture f;
    f.place.add_jobs(3, JobState::failed);
    f.place.add_jobs(2, JobState::cancelled);
    QVERIFY(f.listed(5));
    f.model.set_state_filter(in_set(RowState::cancelled)); // also what is not shown
    f.queue.retry_all_failed();
    QCOMPARE(f.end().done, 3);
    QTRY_COMPARE(count(f.model, RowState::queued), 3);
    QCOMPARE(count(f.model, RowState::cancelled), 2);
}

void QueueTest::images_that_were_refused_are_tried_again_with_the_failed() {
    Fixture f;
    f.place.fail(Call::submit, Failure{"unsupported_format", "It is not taken here.", false, {}});
    f.intake.add_bytes("GIF89a", "a.gif");
    f.intake.add_bytes("GIF89a", "b.gif");
    QTRY_COMPARE(count(f.model, RowState::refused), 2);
    f.place.fail(Call::submit, {});
    f.queue.retry_all_failed();
    QCOMPARE(f.end().done, 2);
    QTRY_COMPARE(count(f.model, RowState::queued), 2);
}

void QueueTest::removed_rows_are_hidden_then_deleted() {
    Fixture f;
    f.queue.set_undo_time(1);
    f.place.add_jobs(3, JobState::succeeded);
    QVERIFY(f.listed(3));
    f.queue.remove({f.model.key_at(0), f.model.key_at(1)});
    QCOMPARE(f.model.rowCount(), 1);
    QCOMPARE(f.model.total(), 1);
    QCOMPARE(f.queue.removed(), 2);
    QCOMPARE(f.place.size(), std::size_t{3});
    QCOMPARE(f.end().kind, Kind::remove);
    QCOMPARE(f.place.size(), std::size_t{1});
    QCOMPARE(f.queue.removed(), 0);
    QVERIFY(f.listed(1));
}

void QueueTest::a_removal_can_be_undone() {
    Fixture f;
    const auto ids = f.place.add_jobs(3);
    QVERIFY(f.listed(3));
    const auto keys = f.model.all_keys();
    f.queue.remove({keys[0], keys[2]});
    QCOMPARE(f.model.rowCount(), 1);
    // News of hidden rows are kept, and do not show them.
    f.place.succeed(ids[0]);
    f.place.succeed(ids[1]);
    QTRY_COMPARE(shown(f.model, RowState::succeeded), 1);
    QCOMPARE(f.model.rowCount(), 1);
    f.queue.undo_removal();
    QCOMPARE(f.model.all_keys(), keys);
    QCOMPARE(count(f.model, RowState::succeeded), 2);
    QCOMPARE(f.queue.removed(), 0);
    f.queue.carry_out_removal();
    QCOMPARE(f.place.calls(Call::remove), 0);
}

void QueueTest::another_removal_carries_out_the_one_before() {
    Fixture f;
    f.place.add_jobs(3, JobState::succeeded);
    QVERIFY(f.listed(3));
    const auto keys = f.model.all_keys();
    f.queue.remove({keys[0]});
    f.queue.remove({keys[1]});
    QCOMPARE(f.end().done, 1);
    QCOMPARE(f.place.size(), std::size_t{2});
    f.queue.undo_removal();
    QCOMPARE(f.model.all_keys(), (std::vector<RowKey>{keys[1], keys[2]}));
}

void QueueTest::a_removal_that_fails_shows_its_rows_again() {
    Fixture f;
    f.place.add_jobs(1, JobState::succeeded);
    QVERIFY(f.listed(1));
    f.place.fail(Call::remove, Failure{code_unreachable, "The server does not answer.", true, {}});
    f.queue.remove(f.model.all_keys());
    QCOMPARE(f.model.rowCount(), 0);
    f.queue.carry_out_removal();
    QCOMPARE(f.end().failed, 1);
    QVERIFY(f.listed(1));
}

void QueueTest::images_that_wait_can_be_removed() {
    Fixture f;
    f.intake.hold(true);
    f.intake.add_bytes("GIF89a 1", "1.gif");
    f.intake.add_bytes("GIF89a 2", "2.gif");
    QVERIFY(f.listed(2));
    const auto keys = f.model.all_keys();
    f.queue.remove(keys);
    f.intake.hold(false); // they are not submitted behind the user's back
    QCOMPARE(f.place.submissions().size(), std::size_t{0});
    f.queue.undo_removal();
    QTRY_COMPARE(count(f.model, RowState::queued), 2);
    f.intake.hold(true);
    f.intake.add_bytes("GIF89a 3", "3.gif");
    QVERIFY(f.listed(3));
    f.queue.remove(f.model.keys_in(in_set(RowState::waiting)));
    f.queue.carry_out_removal();
    QCOMPARE(f.end().done, 1);
    QCOMPARE(f.intake.pending(), 0);
    QVERIFY(f.listed(2));
}

void QueueTest::an_image_removed_while_it_is_submitted_leaves_no_job() {
    Fixture f;
    f.place.stall(Call::submit);
    f.intake.add_bytes("GIF89a 1", "1.gif");
    QVERIFY(f.listed(1));
    f.queue.remove(f.model.all_keys());
    f.queue.carry_out_removal();
    f.place.release(Call::submit);
    QTRY_COMPARE(f.place.calls(Call::remove), 1);
    QTRY_COMPARE(f.place.size(), std::size_t{0});
    QVERIFY(f.listed(0));
}

void QueueTest::pauses_and_goes_on() {
    Fixture f;
    QSignalSpy modes(&f.queue, &Queue::mode_changed);
    f.queue.pause();
    QVERIFY(f.place.paused());
    QCOMPARE(f.queue.mode(), Queue::Mode::paused);
    f.intake.add_bytes("GIF89a 1", "1.gif"); // safe in the queue, though not worked on
    QTRY_COMPARE(count(f.model, RowState::queued), 1);
    f.queue.resume();
    QVERIFY(!f.place.paused());
    QCOMPARE(f.queue.mode(), Queue::Mode::running);
    QCOMPARE(modes.size(), 2);
}

void QueueTest::pauses_its_own_submitting_where_the_place_cannot() {
    Fixture f;
    f.place.described.can_pause = false;
    f.queue.pause();
    QVERIFY(!f.place.paused());
    f.intake.add_bytes("GIF89a 1", "1.gif");
    QVERIFY(f.listed(1));
    QCOMPARE(count(f.model, RowState::waiting), 1);
    f.queue.resume();
    QTRY_COMPARE(count(f.model, RowState::queued), 1);
}

void QueueTest::stops_after_the_current_ones() {
    Fixture f;
    const auto ids = f.place.add_jobs(2);
    f.place.begin(ids[0]);
    QVERIFY(f.listed(2));
    QTRY_COMPARE(count(f.model, RowState::processing), 1);
    f.queue.stop_after_current();
    QCOMPARE(f.queue.mode(), Queue::Mode::stopping);
    QVERIFY(f.place.paused());
    QVERIFY(f.intake.held());
    f.place.succeed(ids[0]);
    QTRY_COMPARE(f.queue.mode(), Queue::Mode::stopped);
    QCOMPARE(count(f.model, RowState::queued), 1);
    f.queue.resume();
    QVERIFY(!f.intake.held());
}

} // namespace

QTEST_MAIN(QueueTest)
#include "tst_queue.moc"
