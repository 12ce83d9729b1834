// The window on a scripted place, driven as a user drives it.
#include "desktop/support/window_test.h"
#include "view/details_panel.h"
#include "view/empty_state.h"
#include "view/filter_chips.h"
#include "view/job_grid.h"
#include "view/message_strip.h"
#include "view/window_actions.h"

#include <QAbstractButton>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTest>
#include <QTimer>

using namespace desktop;
using namespace desktop::test;
using thumbjobs::JobState;

class DesktopWindowTest : public WindowTest {
    Q_OBJECT

private slots:
    void an_empty_window_invites();
    void rows_are_filtered_and_searched();
    void removal_is_undone_by_keys_and_by_the_message();
    void actions_fit_the_selection();
    void tiles_show_what_the_table_shows();
    void keys_walk_through_the_tiles();
    void details_tell_all_of_the_selected_job();
    void many_tiles_cost_only_what_is_in_sight();
    void the_status_says_what_the_chips_say();
    void pausing_is_told();
    void a_stalled_place_leaves_the_window_alive();
    void a_banner_tells_of_the_connection();
    void another_place_takes_the_window_over();
    void the_windows_state_is_remembered();
    void everything_has_a_name_and_the_keyboard_reaches_it();
};

void DesktopWindowTest::an_empty_window_invites() {
    auto* empty = window_->findChild<EmptyState*>();
    QTRY_VERIFY(empty->isVisible());
    QCOMPARE(empty->accessibleName(), QStringLiteral("Drop images here"));
    for (auto* button : empty->findChildren<QPushButton*>()) {
        if (button->isVisible())
            QVERIFY(button->text().startsWith(QStringLiteral("Choose")));
    }
}

void DesktopWindowTest::rows_are_filtered_and_searched() {
    place_->add_jobs(5, JobState::succeeded);
    place_->add_jobs(2, JobState::failed);
    QTRY_COMPARE(jobs().rowCount(), 7);
    for (auto* chip : window_->findChildren<Chip*>()) {
        if (chip->state() == JobState::failed)
            QTest::mouseClick(chip, Qt::LeftButton);
    }
    QTRY_COMPARE(jobs().rowCount(), 2);
    QTest::keySequence(window_.get(), QKeySequence(QStringLiteral("Alt+1")));
    QTRY_COMPARE(jobs().rowCount(), 7);
    QTest::keySequence(window_.get(), QKeySequence(QKeySequence::Find));
    auto* search = qobject_cast<QLineEdit*>(QApplication::focusWidget());
    QVERIFY(search);
    QTest::keyClicks(search, QStringLiteral("no such name"));
    QTRY_COMPARE(jobs().rowCount(), 0);
    auto* empty = window_->findChild<EmptyState*>();
    QTRY_VERIFY(empty->isVisible());
    QCOMPARE(empty->accessibleName(), QStringLiteral("No job matches"));
    QTest::keyClick(search, Qt::Key_Escape);
    QTRY_COMPARE(jobs().rowCount(), 7);
}

void DesktopWindowTest::removal_is_undone_by_keys_and_by_the_message() {
    place_->add_jobs(4, JobState::succeeded);
    QTRY_COMPARE(jobs().rowCount(), 4);
    list().setFocus();
    QTest::keySequence(window_.get(), QKeySequence(QKeySequence::SelectAll));
    QCOMPARE(window_->page()->selected().size(), std::size_t{4});
    QTest::keyClick(&list(), Qt::Key_Delete);
    QTRY_COMPARE(jobs().rowCount(), 0);
    QTest::keySequence(window_.get(), QKeySequence(QKeySequence::Undo));
    QTRY_COMPARE(jobs().rowCount(), 4);

    window_->page()->select_all();
    window_->actions().remove->trigger();
    QTRY_COMPARE(jobs().rowCount(), 0);
    QPushButton* undo = nullptr;
    for (auto* button : window_->findChildren<QPushButton*>()) {
        if (button->isVisible() && button->text() == QStringLiteral("Undo"))
            undo = button;
    }
    QVERIFY(undo);
    // Its room is made with the next layout.
    QTRY_VERIFY(undo->visibleRegion().boundingRect().height() > 10);
    QTest::mouseClick(undo, Qt::LeftButton);
    QTRY_COMPARE(jobs().rowCount(), 4);
    QCOMPARE(place_->calls(FakePlace::Call::remove), 0);
    QCOMPARE(place_->size(), std::size_t{4});
}

void DesktopWindowTest::actions_fit_the_selection() {
    auto& actions = window_->actions();
    QVERIFY(!actions.remove->isEnabled());
    QVERIFY(!actions.save_all->isEnabled());
    const auto failed = place_->add_jobs(1, JobState::failed);
    QTRY_VERIFY(actions.retry_failed->isEnabled());
    window_->page()->select_all();
    QVERIFY(actions.retry->isEnabled());
    QVERIFY(actions.remove->isEnabled());
    QVERIFY(!actions.cancel->isEnabled());
    QVERIFY(!actions.save->isEnabled());
    actions.retry->trigger();
    QTRY_COMPARE(place_->job(failed.front()).state, JobState::queued);
    QTRY_VERIFY(actions.cancel->isEnabled());
    actions.cancel->trigger();
    QTRY_COMPARE(place_->job(failed.front()).state, JobState::cancelled);
}

void DesktopWindowTest::tiles_show_what_the_table_shows() {
    place_->add_jobs(5, JobState::succeeded);
    QTRY_COMPARE(jobs().rowCount(), 5);
    window_->page()->select_all();
    QTest::keySequence(window_.get(), QKeySequence(QStringLiteral("Ctrl+2")));
    auto* grid = window_->findChild<JobGrid*>();
    QTRY_VERIFY(grid->isVisible());
    QCOMPARE(window_->page()->selected().size(), std::size_t{5});
    grid->clearSelection();
    QTRY_VERIFY(shows_colour(list_picture(), thumbnail_colour));
    const auto third = jobs().index(2, JobsModel::name_column);
    QTest::mouseClick(grid->viewport(), Qt::LeftButton, {}, grid->visualRect(third).center());
    QCOMPARE(window_->page()->selected(), std::vector<RowKey>{jobs().key_at(2)});
    QTest::mouseClick(grid->viewport(), Qt::LeftButton, Qt::ShiftModifier,
                      grid->visualRect(jobs().index(4, JobsModel::name_column)).center());
    QCOMPARE(window_->page()->selected().size(), std::size_t{3});
}

void DesktopWindowTest::keys_walk_through_the_tiles() {
    place_->add_jobs(40, JobState::succeeded);
    QTRY_COMPARE(jobs().rowCount(), 40);
    window_->actions().as_tiles->trigger();
    auto* grid = window_->findChild<JobGrid*>();
    QTRY_VERIFY(grid->isVisible());
    grid->setFocus();
    QTest::keyClick(grid, Qt::Key_Home);
    QCOMPARE(grid->currentIndex().row(), 0);
    QTest::keyClick(grid, Qt::Key_Right);
    QCOMPARE(grid->currentIndex().row(), 1);
    QTest::keyClick(grid, Qt::Key_Down);
    const auto across = grid->currentIndex().row() - 1;
    QVERIFY(across > 1);
    QCOMPARE(grid->visualRect(grid->currentIndex()).x(),
             grid->visualRect(jobs().index(1, JobsModel::name_column)).x());
    QTest::keyClick(grid, Qt::Key_End);
    QCOMPARE(grid->currentIndex().row(), 39);
    QVERIFY(grid->viewport()->rect().contains(grid->visualRect(grid->currentIndex()).center()));
    QCOMPARE(window_->page()->selected().size(), std::size_t{1});
    // Down from above the gap in the last line ends at the last tile.
    const auto across_count = across;
    grid->setCurrentIndex(jobs().index(39 - across_count, JobsModel::name_column));
    QTest::keyClick(grid, Qt::Key_Down);
    QCOMPARE(grid->currentIndex().row(), 39);
}

void DesktopWindowTest::details_tell_all_of_the_selected_job() {
    const auto ids = place_->add_jobs(1);
    place_->fail_job(ids.front(), thumbjobs::ErrorCode::input_too_large,
                     "The image has 900 megapixels; 100 are taken.");
    QTRY_COMPARE(count(RowState::failed), 1);
    QTRY_COMPARE(jobs().rowCount(), 1);
    window_->page()->select_all();
    auto& details = window_->page()->details();
    const auto shows = [&details](const QString& text) {
        const auto labels = details.findChildren<QLabel*>();
        return std::any_of(labels.begin(), labels.end(), [&text](const QLabel* label) {
            return label->isVisible() && label->text().contains(text);
        });
    };
    QTRY_VERIFY(shows(QStringLiteral("900 megapixels")));
    QTRY_VERIFY(shows(QString::fromStdString(ids.front().to_string())));
    bool asked = false;
    connect(window_.get(), &MainWindow::log_wanted, this, [&asked] { asked = true; });
    window_->actions().show_log->trigger();
    QVERIFY(asked);
}

void DesktopWindowTest::many_tiles_cost_only_what_is_in_sight() {
    place_->add_silently(30'000);
    place_->lose_events();
    QTRY_COMPARE_WITH_TIMEOUT(jobs().total(), 30'000, 60'000);
    window_->actions().as_tiles->trigger();
    auto* grid = window_->findChild<JobGrid*>();
    QTRY_VERIFY(grid->isVisible());
    grid->scrollToBottom();
    QTRY_VERIFY(shows_colour(list_picture(), thumbnail_colour));
    // Far fewer previews than rows were asked for.
    QVERIFY(place_->calls(FakePlace::Call::rendition) < 500);
}

void DesktopWindowTest::the_status_says_what_the_chips_say() {
    auto* status = window_->findChild<QLabel*>(QStringLiteral("progress"));
    QVERIFY(status);
    QStringList wrong;
    int looked = 0;
    // Comes after the window has heard of the same counts.
    connect(&jobs(), &JobsModel::counts_changed, this, [&] {
        const int ended =
            count(RowState::succeeded) + count(RowState::failed) + count(RowState::cancelled);
        const int total = jobs().total();
        if (ended == total)
            return;
        ++looked;
        const auto text = QStringLiteral("%1 of %2 done").arg(ended).arg(total);
        if (!status->text().startsWith(text))
            wrong << status->text() + QStringLiteral(" instead of ") + text;
    });
    const auto told = [&looked] {
        return QTest::qWaitFor([&looked, before = looked] { return looked > before; });
    };
    const auto ids = place_->add_jobs(30);
    QVERIFY(told());
    for (std::size_t i = 0; i < 13; ++i)
        place_->succeed(ids[i]);
    QVERIFY(told());
    place_->fail_job(ids[13], thumbjobs::ErrorCode::image_corrupt, "It is broken.");
    QVERIFY(told());
    // What is removed is not counted any more, and is again once that is undone.
    window_->page()->filter(JobState::queued);
    window_->page()->select_all();
    const auto queued = window_->page()->selected();
    QCOMPARE(queued.size(), std::size_t{16});
    workspace_->queue().remove({queued[0], queued[1]});
    QCOMPARE(jobs().total(), 28);
    workspace_->queue().undo_removal();
    QCOMPARE(jobs().total(), 30);
    for (std::size_t i = 14; i < 29; ++i)
        place_->succeed(ids[i]);
    QVERIFY(told());
    QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join(QStringLiteral("; "))));
    disconnect(&jobs(), &JobsModel::counts_changed, this, nullptr);
}

void DesktopWindowTest::pausing_is_told() {
    auto* pause = window_->actions().pause;
    pause->trigger();
    QTRY_VERIFY(pause->isChecked());
    QCOMPARE(pause->iconText(), QStringLiteral("Resume"));
    pause->trigger();
    QTRY_VERIFY(!pause->isChecked());
    QCOMPARE(pause->iconText(), QStringLiteral("Pause"));
}

void DesktopWindowTest::a_stalled_place_leaves_the_window_alive() {
    for (const auto call : {FakePlace::Call::submit, FakePlace::Call::list, FakePlace::Call::get,
                            FakePlace::Call::rendition, FakePlace::Call::remove})
        place_->stall(call);
    QStringList paths;
    for (int i = 0; i < 50; ++i) {
        paths << folder_->filePath(QStringLiteral("%1.png").arg(i));
        write(paths.back(), png(8, 8, Qt::red));
    }
    window_->add_paths(paths);
    place_->add_jobs(20, JobState::succeeded);
    QTRY_COMPARE(jobs().total(), 70);
    // All of this is answered while nothing of the place is.
    QTest::keySequence(window_.get(), QKeySequence(QStringLiteral("Ctrl+2")));
    QTRY_VERIFY(window_->findChild<JobGrid*>()->isVisible());
    window_->page()->select_all();
    window_->actions().remove->trigger();
    QTRY_COMPARE(jobs().rowCount(), 0);
    window_->actions().undo->trigger();
    QTRY_COMPARE(jobs().rowCount(), 70);
    bool ticked = false;
    QTimer::singleShot(0, this, [&ticked] { ticked = true; });
    QTRY_VERIFY(ticked);
    place_->works_by_itself = true;
    place_->release(FakePlace::Call::submit);
    QTRY_COMPARE(place_->submissions().size(), std::size_t{50});
}

void DesktopWindowTest::a_banner_tells_of_the_connection() {
    int tried = 0;
    window_->set_banner(MessageStrip::Tone::warning, QStringLiteral("Reconnecting\u2026"),
                        {QStringLiteral("Try now"), [&tried] { ++tried; }});
    MessageStrip* banner = nullptr;
    for (auto* strip : window_->findChildren<MessageStrip*>()) {
        if (strip->isVisible())
            banner = strip;
    }
    QVERIFY(banner);
    QTest::mouseClick(banner->findChild<QPushButton*>(), Qt::LeftButton);
    QCOMPARE(tried, 1);
    window_->set_banner(MessageStrip::Tone::info, {});
    QVERIFY(!banner->isVisible());
}

void DesktopWindowTest::another_place_takes_the_window_over() {
    place_->add_jobs(3, JobState::succeeded);
    QTRY_COMPARE(jobs().rowCount(), 3);
    window_->page()->select_all();
    FakePlace other;
    other.image = place_->image;
    Workspace second(other);
    window_->show_place({QStringLiteral("Other"), true}, second);
    other.open();
    QVERIFY(window_->windowTitle().contains(QStringLiteral("Other")));
    QVERIFY(!window_->actions().remove->isEnabled());
    // The first one's news do not reach the window any more.
    place_->add_jobs(2, JobState::failed);
    QTRY_COMPARE(jobs().total(), 5);
    QVERIFY(!window_->actions().retry_failed->isEnabled());
    window_->leave_place();
}

void DesktopWindowTest::the_windows_state_is_remembered() {
    window_->actions().as_tiles->trigger();
    window_->actions().activity->setChecked(true);
    window_->actions().details->setChecked(false);
    window_->leave_place();
    window_.reset();
    workspace_ = std::make_unique<Workspace>(*place_);
    make_window();
    QVERIFY(window_->actions().as_tiles->isChecked());
    QVERIFY(window_->actions().activity->isChecked());
    QVERIFY(!window_->page()->details().isVisible());
}

void DesktopWindowTest::everything_has_a_name_and_the_keyboard_reaches_it() {
    place_->add_jobs(3, JobState::succeeded);
    QTRY_COMPARE(jobs().rowCount(), 3);
    window_->actions().activity->setChecked(true);
    for (auto* widget : window_->findChildren<QWidget*>()) {
        if (!widget->isVisible() || widget->focusPolicy() == Qt::NoFocus)
            continue;
        auto name = widget->accessibleName();
        if (const auto* button = qobject_cast<QAbstractButton*>(widget); button && name.isEmpty())
            name = button->text();
        // Parts of Qt's own compound widgets are named by their parents.
        const auto* owner = widget->parentWidget();
        const bool part = qobject_cast<const QAbstractScrollArea*>(owner) ||
                          qobject_cast<const QLineEdit*>(owner) ||
                          qobject_cast<const QComboBox*>(owner) ||
                          widget->objectName().startsWith(QStringLiteral("qt_"));
        const auto* label = qobject_cast<const QLabel*>(widget);
        QVERIFY2(part || label || !name.isEmpty(), widget->metaObject()->className());
    }
    // Tab leads out of the list and comes round to it again.
    list().setFocus();
    QSet<QWidget*> visited;
    for (int i = 0; i < 80 && !visited.contains(QApplication::focusWidget()); ++i) {
        visited << QApplication::focusWidget();
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
    }
    QVERIFY(visited.size() > 12);
    QCOMPARE(QApplication::focusWidget(), static_cast<QWidget*>(&list()));
}

QTEST_MAIN(DesktopWindowTest)
#include "tst_window.moc"
