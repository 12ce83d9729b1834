#include "desktop/support/fake_place.h"
#include "desktop/support/rows.h"
#include "model/job_feed.h"
#include "model/jobs_model.h"

#include <QAbstractItemModelTester>
#include <QItemSelectionModel>
#include <QRandomGenerator>
#include <QSignalSpy>
#include <QTest>

#include <algorithm>

using namespace desktop;
using namespace desktop::test;
using thumbjobs::Job;
using thumbjobs::JobState;

namespace {

using Call = FakePlace::Call;

class JobsModelTest : public QObject {
    Q_OBJECT

private slots:
    void lists_all_pages_and_follows_events();
    void keeps_to_the_order_asked_for();
    void names_are_in_one_order_however_they_are_compared();
    void finds_names_and_filters_states();
    void tells_of_changed_rows_only();
    void selection_follows_its_rows();
    void older_news_change_nothing();
    void a_job_deleted_while_it_is_listed_stays_away();
    void lists_anew_after_a_reset();
    void tries_a_listing_again();
    void a_stalled_place_leaves_it_working();
    void an_upload_becomes_its_job_without_a_second_row();
    void an_upload_of_a_known_job_takes_its_row_over();
    void keys_name_no_other_row_later();
    void an_app_that_is_never_closed_keeps_to_its_bound();
    void random_changes_show_what_a_plain_list_would();
};

void JobsModelTest::lists_all_pages_and_follows_events() {
    FakePlace place;
    place.add_silently(1'234, JobState::succeeded);
    JobsModel model(place);
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    const JobFeed feed(place, model);
    place.open();
    QTRY_COMPARE(model.rowCount(), 1'234);
    QVERIFY(!model.loading());
    const auto added = place.add_jobs(2);
    QTRY_COMPARE(model.rowCount(), 1'236);
    QCOMPARE(count(model, RowState::queued), 2);
    place.begin(added[0], 0.5);
    QTRY_COMPARE(count(model, RowState::processing), 1);
    const QPersistentModelIndex index =
        model.index_of(model.keys_in(in_set(RowState::processing)).front());
    QCOMPARE(index.data(JobsModel::progress_role).toDouble(), 0.5);
    QCOMPARE(index.sibling(index.row(), JobsModel::progress_column).data().toString(), "50 %");
    place.fail_job(added[0], thumbjobs::ErrorCode::image_truncated, "The file ends too early.");
    place.expire(added[1]);
    QTRY_COMPARE(model.rowCount(), 1'235);
    QTRY_COMPARE(count(model, RowState::failed), 1);
    QCOMPARE(index.data(JobsModel::error_code_role).toString(), "image_truncated");
    QCOMPARE(index.data(JobsModel::message_role).toString(), "The file ends too early.");
}

void JobsModelTest::keeps_to_the_order_asked_for() {
    FakePlace place;
    JobsModel model(place);
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    for (const auto& [number, name] : {std::pair(1, "img 10"), std::pair(2, "Img 9"),
                                       std::pair(3, "\xC3\xA9tude"), std::pair(4, "banana")})
        model.apply(make_job(number, JobState::queued, name));
    model.flush();
    QCOMPARE(names(model), (QStringList{"banana", "\u00e9tude", "Img 9", "img 10"}));
    model.sort(JobsModel::name_column, Qt::AscendingOrder);
    QCOMPARE(names(model), (QStringList{"banana", "Img 9", "img 10", "\u00e9tude"}));
    model.sort(JobsModel::submitted_column, Qt::AscendingOrder);
    QCOMPARE(names(model), (QStringList{"img 10", "Img 9", "\u00e9tude", "banana"}));
    model.sort(JobsModel::before_column, Qt::DescendingOrder);
    QCOMPARE(names(model), (QStringList{"banana", "\u00e9tude", "Img 9", "img 10"}));
    // A change of what is sorted by moves the row.
    model.sort(JobsModel::state_column, Qt::AscendingOrder);
    model.apply(make_job(1, JobState::succeeded, "img 10"));
    model.apply(make_job(3, JobState::processing, "\xC3\xA9tude"));
    model.flush();
    QCOMPARE(names(model), (QStringList{"Img 9", "banana", "\u00e9tude", "img 10"}));
}

void JobsModelTest::names_are_in_one_order_however_they_are_compared() {
    QRandomGenerator random(5);
    const std::string letters = "0019a:/ \xC3";
    const auto name = [&] {
        std::string text;
        for (int i = random.bounded(8); i > 0; --i)
            text +=
                letters[static_cast<std::size_t>(random.bounded(static_cast<int>(letters.size())))];
        return text;
    };
    const auto sign = [](int order) { return (order > 0) - (order < 0); };
    for (int i = 0; i < 20'000; ++i) {
        const std::string left = name();
        const std::string right = name();
        std::string left_key;
        std::string right_key;
        append_sortable(left, left_key);
        append_sortable(right, right_key);
        QVERIFY2(sign(left_key.compare(right_key)) == sign(compare_names(left, right)),
                 (left + " | " + right).c_str());
    }
}

void JobsModelTest::finds_names_and_filters_states() {
    FakePlace place;
    JobsModel model(place);
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.apply(make_job(1, JobState::queued, "\xC3\x89TUDE.jpg"));
    model.apply(make_job(2, JobState::failed, "\xC3\xA9tude.png"));
    model.apply(make_job(3, JobState::failed, "cat.png"));
    model.flush();
    model.set_search("\u00c9tuDE");
    QCOMPARE(names(model), (QStringList{"\u00e9tude.png", "\u00c9TUDE.jpg"}));
    model.set_state_filter(in_set(RowState::failed));
    QCOMPARE(names(model), (QStringList{"\u00e9tude.png"}));
    QCOMPARE(count(model, RowState::queued), 1); // counts are of all rows
    model.set_search({});
    QCOMPARE(model.rowCount(), 2);
    // Rows come and go as their state does.
    model.apply(make_job(3, JobState::queued, "cat.png"));
    model.apply(make_job(1, JobState::failed, "\xC3\x89TUDE.jpg"));
    model.flush();
    QCOMPARE(names(model), (QStringList{"\u00e9tude.png", "\u00c9TUDE.jpg"}));
    model.set_state_filter(every_row_state);
    QCOMPARE(model.rowCount(), 3);
}

void JobsModelTest::tells_of_changed_rows_only() {
    FakePlace place;
    JobsModel model(place);
    for (int i = 0; i < 100; ++i)
        model.apply(make_job(i, JobState::queued, "x"));
    model.flush();
    QSignalSpy changed(&model, &JobsModel::dataChanged);
    QSignalSpy layout(&model, &JobsModel::layoutChanged);
    QSignalSpy resets(&model, &JobsModel::modelReset);
    model.apply(make_job(10, JobState::processing, "x"));
    model.apply(make_job(11, JobState::processing, "x"));
    model.apply(make_job(50, JobState::processing, "x"));
    model.apply(make_job(60, JobState::queued, "x")); // no news
    QCOMPARE(changed.size(), 0);
    model.flush();
    QCOMPARE(changed.size(), 2);
    QCOMPARE(changed[0][0].toModelIndex().row(), 49); // the newest is the first
    QCOMPARE(changed[0][1].toModelIndex().row(), 49);
    QCOMPARE(changed[1][0].toModelIndex().row(), 88);
    QCOMPARE(changed[1][1].toModelIndex().row(), 89);
    QCOMPARE(layout.size(), 0);
    QCOMPARE(resets.size(), 0);
}

void JobsModelTest::selection_follows_its_rows() {
    FakePlace place;
    JobsModel model(place);
    for (int i = 0; i < 2'000; ++i)
        model.apply(make_job(i, JobState::queued, "image " + std::to_string(i)));
    model.flush();
    QItemSelectionModel selection(&model);
    const auto select = [&](int number) {
        const int row = static_cast<int>(names(model).indexOf("image " + QString::number(number)));
        selection.select(model.index(row, 0),
                         QItemSelectionModel::Select | QItemSelectionModel::Rows);
    };
    select(7);
    select(1'500);
    const auto selected = [&] {
        QStringList result;
        for (const QModelIndex& index : selection.selectedRows())
            result.append(index.data(JobsModel::name_role).toString());
        result.sort();
        return result;
    };
    const QStringList both{"image 1500", "image 7"};
    model.sort(JobsModel::name_column, Qt::DescendingOrder);
    QCOMPARE(selected(), both);
    // New rows and changed ones everywhere.
    for (int i = 0; i < 2'000; i += 3)
        model.apply(make_job(i, JobState::succeeded, "image " + std::to_string(i)));
    for (int i = 2'000; i < 2'500; ++i)
        model.apply(make_job(i, JobState::queued, "image " + std::to_string(i)));
    model.flush();
    QCOMPARE(selected(), both);
    model.set_search("7");
    QCOMPARE(selected(), (QStringList{"image 7"}));
    model.set_search({});
    // All of them, and then one more.
    selection.select(QItemSelection(model.index(0, 0), model.index(model.rowCount() - 1, 7)),
                     QItemSelectionModel::ClearAndSelect);
    model.apply(make_job(5'000, JobState::queued, "image 1"));
    model.sort(JobsModel::submitted_column, Qt::AscendingOrder);
    QCOMPARE(selection.selectedRows().size(), 2'500);
}

void JobsModelTest::older_news_change_nothing() {
    FakePlace place;
    JobsModel model(place);
    Job job = make_job(1, JobState::succeeded, "a");
    job.updated_at += std::chrono::seconds(5);
    model.apply(job);
    model.apply(make_job(1, JobState::queued, "a"));
    model.apply(make_job(1, JobState::queued, "a"), true);
    model.flush();
    QCOMPARE(state_at(model, 0), RowState::succeeded);
}

void JobsModelTest::a_job_deleted_while_it_is_listed_stays_away() {
    FakePlace place;
    JobsModel model(place);
    model.begin_listing();
    model.forget(make_job(1, JobState::queued, "a").id);
    model.apply(make_job(1, JobState::queued, "a"), true);
    model.apply(make_job(2, JobState::queued, "b"), true);
    model.end_listing();
    QCOMPARE(names(model), (QStringList{"b"}));
}

void JobsModelTest::lists_anew_after_a_reset() {
    FakePlace place;
    const auto ids = place.add_silently(700, JobState::succeeded);
    JobsModel model(place);
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    const JobFeed feed(place, model);
    place.open();
    QTRY_COMPARE(model.rowCount(), 700);
    const RowKey kept = model.key_at(3);
    model.add(RowState::refused, "not a job", 0, {});
    QSignalSpy resets(&model, &JobsModel::modelReset);
    place.expire(ids[0]);
    place.expire(ids[1]);
    place.add_silently(1, JobState::queued);
    place.lose_events();
    QTRY_COMPARE(count(model, RowState::queued), 1);
    QTRY_COMPARE(model.rowCount(), 700); // two less, one more, and the one that is no job
    QVERIFY(model.index_of(kept).isValid());
    QCOMPARE(resets.size(), 0);
}

void JobsModelTest::tries_a_listing_again() {
    FakePlace place;
    place.add_silently(3);
    place.fail(Call::list, Failure{code_unreachable, "The server does not answer.", true, {}});
    JobsModel model(place);
    const JobFeed feed(place, model);
    place.open();
    QTRY_COMPARE(feed.obstacle(), "The server does not answer.");
    QVERIFY(model.loading());
    place.fail(Call::list, std::nullopt);
    place.become(Connection::State::reconnecting);
    place.become(Connection::State::online); // no need to wait for the timer
    QTRY_COMPARE(model.rowCount(), 3);
    QCOMPARE(feed.obstacle(), QString());
}

void JobsModelTest::a_stalled_place_leaves_it_working() {
    FakePlace place;
    place.add_silently(3, JobState::succeeded);
    place.stall(Call::list);
    place.stall(Call::rendition);
    place.stall(Call::get);
    JobsModel model(place);
    const JobFeed feed(place, model);
    place.open();
    QTRY_VERIFY(model.loading());
    const auto added = place.add_jobs(500, JobState::succeeded);
    QTRY_COMPARE(model.rowCount(), 500);
    for (int row = 0; row < 500; ++row) {
        model.index(row, 0).data(Qt::DecorationRole);
        model.details(model.key_at(row));
    }
    QCOMPARE(place.calls(Call::rendition), 4); // the others wait for these
    model.sort(JobsModel::name_column, Qt::AscendingOrder);
    model.set_search("1");
    place.release(Call::list);
    model.set_search({});
    QTRY_COMPARE(model.rowCount(), 503);
}

void JobsModelTest::an_upload_becomes_its_job_without_a_second_row() {
    FakePlace place;
    JobsModel model(place);
    const RowKey key = model.add(RowState::uploading, "a.png", 10, {"/a.png", 1, 2});
    model.flush();
    QSignalSpy inserted(&model, &JobsModel::rowsInserted);
    // The event is faster than the answer, and newer.
    Job job = make_job(1, JobState::queued, "a.png");
    model.apply(job);
    Job done = make_job(1, JobState::succeeded, "a.png");
    done.updated_at += std::chrono::seconds(1);
    model.apply(done);
    model.flush();
    QCOMPARE(model.rowCount(), 1);
    model.become_job(key, job);
    model.flush();
    QCOMPARE(model.rowCount(), 1);
    QCOMPARE(inserted.size(), 0);
    QCOMPARE(model.key_at(0), key);
    QCOMPARE(state_at(model, 0), RowState::succeeded);
    QCOMPARE(model.source(key).path, "/a.png");
    // Others' jobs are not kept back once nothing is being submitted.
    model.apply(make_job(2, JobState::queued, "b.png"));
    model.flush();
    QCOMPARE(model.rowCount(), 2);
}

void JobsModelTest::an_upload_of_a_known_job_takes_its_row_over() {
    FakePlace place;
    JobsModel model(place);
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    Job done = make_job(1, JobState::failed, "a.png");
    done.updated_at += std::chrono::seconds(1);
    model.apply(done);
    const RowKey key = model.add(RowState::uploading, "a.png", 10, {"/a.png", 1, 2});
    model.flush();
    QCOMPARE(model.rowCount(), 2);
    model.become_job(key, make_job(1, JobState::queued, "a.png"));
    model.flush();
    QCOMPARE(model.rowCount(), 1);
    QCOMPARE(model.key_at(0), key);
    QCOMPARE(state_at(model, 0), RowState::failed);
    QCOMPARE(model.message(key), "It is broken.");
    QCOMPARE(model.total(), 1);
    model.forget(done.id);
    model.flush();
    QCOMPARE(model.rowCount(), 0);
    QCOMPARE(model.total(), 0);
}

void JobsModelTest::keys_name_no_other_row_later() {
    FakePlace place;
    JobsModel model(place);
    const RowKey first = model.add(RowState::refused, "a", 0, {});
    model.flush();
    model.remove(first);
    model.flush();
    const RowKey second = model.add(RowState::refused, "b", 0, {});
    model.flush();
    QVERIFY(first != second);
    QVERIFY(!model.row(first));
    QVERIFY(!model.index_of(first).isValid());
    QVERIFY(model.row(second));
}

void JobsModelTest::an_app_that_is_never_closed_keeps_to_its_bound() {
    FakePlace place;
    JobsModel model(place);
    constexpr int more = 10'500;
    for (int i = 0; i < JobsModel::max_rows + more; ++i)
        model.apply(make_job(i, i == 0 ? JobState::queued : JobState::succeeded, "x"));
    model.flush();
    QVERIFY(model.rowCount() <= JobsModel::max_rows + more - 500);
    const auto& newest = make_job(JobsModel::max_rows + more - 1, JobState::succeeded, "x");
    QCOMPARE(model.row(model.key_at(0))->id, newest.id);
    QCOMPARE(count(model, RowState::queued), 1); // what has not ended stays, however old
}

/// The same changes, made to the model and to a plain list, show the same after each flush.
void JobsModelTest::random_changes_show_what_a_plain_list_would() {
    FakePlace place;
    JobsModel model(place);
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    QRandomGenerator random(20'261'122);
    std::map<int, Job> jobs;
    int next = 0;
    qint64 tick = 0;
    RowStates states = every_row_state;
    QString search;
    int column = JobsModel::submitted_column;
    bool descending = true;
    for (int round = 0; round < 60; ++round) {
        const int changes = random.bounded(1, round % 7 == 0 ? 200 : 12);
        for (int i = 0; i < changes; ++i) {
            const int what = random.bounded(10);
            if (what < 4 || jobs.empty()) {
                Job job =
                    make_job(next, JobState::queued, "n" + std::to_string(random.bounded(50)));
                jobs[next++] = job;
                model.apply(job);
            } else {
                auto one = jobs.begin();
                std::advance(one, random.bounded(static_cast<int>(jobs.size())));
                if (what < 6) {
                    model.forget(one->second.id);
                    jobs.erase(one);
                    continue;
                }
                const auto state =
                    thumbjobs::all_job_states[static_cast<std::size_t>(random.bounded(5))];
                const auto name = one->second.original.filename;
                one->second = make_job(one->first, state, name);
                one->second.updated_at += std::chrono::milliseconds(++tick);
                model.apply(one->second);
            }
        }
        if (round % 5 == 3) {
            column = random.bounded(int{JobsModel::name_column}, int{JobsModel::column_count});
            descending = random.bounded(2) == 1;
            model.sort(column, descending ? Qt::DescendingOrder : Qt::AscendingOrder);
        }
        if (round % 6 == 1) {
            states = static_cast<RowStates>(random.bounded(256));
            model.set_state_filter(states);
        }
        if (round % 6 == 4) {
            search = random.bounded(2) ? QString::number(random.bounded(10)) : QString();
            model.set_search(search);
        }
        model.flush();
        std::vector<thumbjobs::JobId> expected;
        for (const auto& [number, job] : jobs)
            if ((states & in_set(row_state(job.state))) != 0 &&
                QString::fromStdString(job.original.filename).contains(search))
                expected.push_back(job.id);
        QCOMPARE(model.rowCount(), static_cast<int>(expected.size()));
        std::vector<thumbjobs::JobId> shown;
        for (int row = 0; row < model.rowCount(); ++row)
            shown.push_back(model.row(model.key_at(row))->id);
        for (std::size_t row = 1; row < shown.size(); ++row) {
            const auto& left = *model.row(model.key_at(static_cast<int>(row) - 1));
            const auto& right = *model.row(model.key_at(static_cast<int>(row)));
            if (column == JobsModel::state_column)
                QVERIFY(descending ? left.state >= right.state : left.state <= right.state);
            if (column == JobsModel::submitted_column)
                QVERIFY(descending ? left.id > right.id : left.id < right.id);
            if (column == JobsModel::name_column) {
                const int order = compare_names(left.folded(), right.folded());
                QVERIFY(descending ? order >= 0 : order <= 0);
            }
            QCOMPARE(model.index_of(model.key_at(static_cast<int>(row))).row(),
                     static_cast<int>(row));
        }
        std::sort(shown.begin(), shown.end());
        std::sort(expected.begin(), expected.end());
        QCOMPARE(shown, expected);
    }
}

} // namespace

QTEST_MAIN(JobsModelTest)
#include "tst_jobs_model.moc"
