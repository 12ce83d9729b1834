// The window on a scripted place, driven as a user drives it.
#include "desktop/support/fake_place.h"
#include "model/workspace.h"
#include "view/details_panel.h"
#include "view/empty_state.h"
#include "view/filter_chips.h"
#include "view/job_delegate.h"
#include "view/job_grid.h"
#include "view/job_table.h"
#include "view/main_window.h"
#include "view/message_strip.h"
#include "view/window_actions.h"

#include <QAbstractButton>
#include <QBuffer>
#include <QClipboard>
#include <QComboBox>
#include <QDir>
#include <QDrag>
#include <QDropEvent>
#include <QEventLoop>
#include <QGuiApplication>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QMimeData>
#include <QPushButton>
#include <QScrollBar>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>
#include <QToolButton>

using namespace desktop;
using desktop::test::FakePlace;
using thumbjobs::JobState;

namespace {

const QColor thumbnail_colour(20, 160, 60);

QByteArray png(int width, int height, const QColor& colour) {
    QImage image(width, height, QImage::Format_RGB32);
    image.fill(colour);
    QByteArray bytes;
    QBuffer buffer(&bytes);
    image.save(&buffer, "PNG");
    return bytes;
}

void write(const QString& path, const QByteArray& bytes) {
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(bytes);
}

bool shows_colour(const QImage& image, const QColor& colour) {
    int count = 0;
    for (int y = 0; y < image.height(); ++y) {
        for (int x = 0; x < image.width(); ++x) {
            const auto pixel = image.pixelColor(x, y);
            count += std::abs(pixel.red() - colour.red()) < 12 &&
                     std::abs(pixel.green() - colour.green()) < 12 &&
                     std::abs(pixel.blue() - colour.blue()) < 12;
        }
    }
    return count > 200;
}

/// Drags over the window, and drops; returns whether the window would take it.
bool drop(QWidget& window, const QMimeData& data) {
    const QPoint at(window.width() / 2, window.height() / 2);
    QDragEnterEvent enter(at, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(&window, &enter);
    if (!enter.isAccepted())
        return false;
    QDragMoveEvent move(at, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(&window, &move);
    QDropEvent event(QPointF(at), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(&window, &event);
    return event.isAccepted();
}

} // namespace

class DesktopWindowTest : public QObject {
    Q_OBJECT

public:
    static void initMain();

private slots:
    void init();
    void cleanup();

    void an_empty_window_invites();
    void dropped_files_become_rows_with_thumbnails();
    void what_is_no_image_says_so_in_its_row();
    void what_cannot_be_taken_is_not_accepted();
    void pasted_images_become_jobs();
    void rows_are_filtered_and_searched();
    void removal_is_undone_by_keys_and_by_the_message();
    void actions_fit_the_selection();
    void tiles_show_what_the_table_shows();
    void keys_walk_through_the_tiles();
    void details_tell_all_of_the_selected_job();
    void many_tiles_cost_only_what_is_in_sight();
    void thumbnails_are_dragged_out_as_files_data();
    void thumbnails_are_dragged_out_as_files();
    void a_row_without_thumbnail_is_not_dragged();
    void the_status_says_what_the_chips_say();
    void the_preset_decides_what_is_made();
    void pausing_is_told();
    void a_stalled_place_leaves_the_window_alive();
    void a_banner_tells_of_the_connection();
    void another_place_takes_the_window_over();
    void the_windows_state_is_remembered();
    void everything_has_a_name_and_the_keyboard_reaches_it();

private:
    QImage list_picture() const { return list().viewport()->grab().toImage(); }
    QAbstractItemView& list() const { return window_->page()->list(); }
    JobsModel& jobs() const { return workspace_->jobs(); }
    int count(RowState state) const { return jobs().counts()[index_of(state)]; }
    void make_window();

    std::unique_ptr<FakePlace> place_;
    std::unique_ptr<Workspace> workspace_;
    std::unique_ptr<Presets> presets_;
    std::unique_ptr<MainWindow> window_;
    std::unique_ptr<QTemporaryDir> folder_;
};

void DesktopWindowTest::initMain() {
    QStandardPaths::setTestModeEnabled(true);
    QCoreApplication::setOrganizationName(QStringLiteral("thumbjobs-tests"));
    QCoreApplication::setApplicationName(
        QStringLiteral("window-%1").arg(QCoreApplication::applicationPid()));
}

void DesktopWindowTest::init() {
    folder_ = std::make_unique<QTemporaryDir>();
    QSettings::setDefaultFormat(QSettings::IniFormat);
    QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, folder_->path());
    place_ = std::make_unique<FakePlace>();
    place_->described.title = QStringLiteral("Fake");
    place_->image = png(100, 75, thumbnail_colour);
    presets_ = std::make_unique<Presets>(std::make_unique<QSettings>());
    workspace_ = std::make_unique<Workspace>(*place_);
    make_window();
}

void DesktopWindowTest::make_window() {
    window_ = std::make_unique<MainWindow>(*presets_);
    window_->setPalette(light_palette());
    window_->restore_state();
    window_->show();
    window_->show_place({QStringLiteral("Fake"), false}, *workspace_);
    place_->open();
    QVERIFY(QTest::qWaitForWindowExposed(window_.get()));
    QTRY_VERIFY(!jobs().loading());
}

void DesktopWindowTest::cleanup() {
    window_->leave_place();
    window_.reset();
    workspace_.reset();
    place_.reset();
    presets_.reset();
    folder_.reset();
}

void DesktopWindowTest::an_empty_window_invites() {
    auto* empty = window_->findChild<EmptyState*>();
    QTRY_VERIFY(empty->isVisible());
    QCOMPARE(empty->accessibleName(), QStringLiteral("Drop images here"));
    for (auto* button : empty->findChildren<QPushButton*>()) {
        if (button->isVisible())
            QVERIFY(button->text().startsWith(QStringLiteral("Choose")));
    }
}

void DesktopWindowTest::dropped_files_become_rows_with_thumbnails() {
    place_->works_by_itself = true;
    QMimeData data;
    QList<QUrl> urls;
    for (int i = 0; i < 3; ++i) {
        const auto path = folder_->filePath(QStringLiteral("photo %1.png").arg(i));
        write(path, png(64, 48, Qt::blue));
        urls << QUrl::fromLocalFile(path);
    }
    data.setUrls(urls);
    QVERIFY(drop(*window_, data));
    QTRY_COMPARE(count(RowState::succeeded), 3);
    QCOMPARE(place_->submissions().size(), std::size_t{3});
    QTRY_VERIFY(shows_colour(list_picture(), thumbnail_colour));
    QVERIFY(window_->findChild<JobTable*>()->isVisible());
}

void DesktopWindowTest::what_is_no_image_says_so_in_its_row() {
    const auto path = folder_->filePath(QStringLiteral("letter.jpg"));
    write(path, "Dear Sir or Madam, this is no photograph at all.");
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(path)});
    QVERIFY(drop(*window_, data));
    QTRY_COMPARE(count(RowState::refused), 1);
    QTRY_COMPARE(jobs().rowCount(), 1);
    const auto look = look_of(jobs().index(0, JobsModel::name_column));
    QCOMPARE(look.name, QStringLiteral("letter.jpg"));
    QVERIFY(look.note.contains(QStringLiteral("image")));
    QVERIFY(place_->submissions().empty());
    // Nothing but the window is open: one bad file or five hundred, no dialog.
    for (const auto* widget : QApplication::topLevelWidgets())
        QVERIFY(!widget->isVisible() || widget == window_.get());
    const auto red = state_colour(JobState::failed, light_palette());
    QTRY_VERIFY(shows_colour(list_picture(), red) || [&] {
        const auto picture = list_picture();
        int near = 0;
        for (int y = 0; y < picture.height(); ++y) {
            for (int x = 0; x < picture.width(); ++x) {
                const auto pixel = picture.pixelColor(x, y);
                near += pixel.red() > pixel.green() + 60 && pixel.red() > pixel.blue() + 60;
            }
        }
        return near > 40;
    }());
}

void DesktopWindowTest::what_cannot_be_taken_is_not_accepted() {
    QMimeData text;
    text.setText(QStringLiteral("just words"));
    QVERIFY(!drop(*window_, text));
    QCOMPARE(jobs().total(), 0);
}

void DesktopWindowTest::pasted_images_become_jobs() {
    QImage image(40, 30, QImage::Format_RGB32);
    image.fill(Qt::magenta);
    QGuiApplication::clipboard()->setImage(image);
    QTest::keySequence(window_.get(), QKeySequence(QKeySequence::Paste));
    QTRY_COMPARE(place_->submissions().size(), std::size_t{1});
    QVERIFY(!place_->submissions().front().bytes.isEmpty());
    QGuiApplication::clipboard()->setText(QStringLiteral("words"));
    QTest::keySequence(window_.get(), QKeySequence(QKeySequence::Paste));
    const auto strips = window_->findChildren<MessageStrip*>();
    QVERIFY(std::any_of(strips.begin(), strips.end(), [](const MessageStrip* strip) {
        return strip->isVisible() && strip->text().contains(QStringLiteral("clipboard"));
    }));
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

/// Presses on a row and moves away with the button held, as one drags; `look` is called with what
/// the drag carries, unless there is none. Without a screen, no other program can take it.
bool drag_row_now(QAbstractItemView& view, const QModelIndex& index,
                  const std::function<void(const QDrag&)>& look) {
    const QPoint from = view.visualRect(index).center();
    QTest::mousePress(view.viewport(), Qt::LeftButton, {}, from);
    const QPoint to = from + QPoint(QApplication::startDragDistance() * 3, 12);
    QMouseEvent move(QEvent::MouseMove, to, view.viewport()->mapToGlobal(to), Qt::NoButton,
                     Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(view.viewport(), &move); // it is dragging from here on
    QCoreApplication::sendEvent(view.viewport(), &move); // and begins a drag by this one
    const auto* drag = view.findChild<QDrag*>();         // which goes with the event loop
    if (drag)
        look(*drag);
    QTest::mouseRelease(view.viewport(), Qt::LeftButton, {}, to);
    return drag != nullptr;
}

/// drag_row_now() within an event loop, as an application's: the drag deletes itself once control
/// is back in that, not in the loop that runs while a file is fetched.
bool drag_row(QAbstractItemView& view, const QModelIndex& index,
              const std::function<void(const QDrag&)>& look) {
    bool dragged = false;
    QEventLoop loop;
    QTimer::singleShot(0, &loop, [&] {
        dragged = drag_row_now(view, index, look);
        loop.quit();
    });
    loop.exec();
    return dragged;
}

void DesktopWindowTest::thumbnails_are_dragged_out_as_files_data() {
    QTest::addColumn<bool>("tiles");
    QTest::newRow("table") << false;
    QTest::newRow("tiles") << true;
}

void DesktopWindowTest::thumbnails_are_dragged_out_as_files() {
    QFETCH(const bool, tiles);
    place_->add_jobs(3, JobState::succeeded);
    place_->add_jobs(1, JobState::failed);
    QTRY_COMPARE(jobs().rowCount(), 4);
    if (tiles)
        window_->actions().as_tiles->trigger();
    QTRY_VERIFY(shows_colour(list_picture(), thumbnail_colour));
    window_->page()->select_all();
    QStringList names;
    const auto grip = jobs().index(2, JobsModel::name_column);
    QVERIFY(drag_row(list(), grip, [&](const QDrag& drag) {
        QVERIFY(drag.supportedActions() == Qt::CopyAction);
        QVERIFY(!drag.pixmap().isNull());
        const auto* data = drag.mimeData();
        QVERIFY(data->hasUrls());
        QVERIFY(data->hasImage());
        // What another program asks for: the files are there by then, and whole.
        for (const QUrl& url : data->urls()) {
            QVERIFY(url.isLocalFile());
            QFile file(url.toLocalFile());
            QVERIFY2(file.open(QIODevice::ReadOnly), qPrintable(file.fileName()));
            QCOMPARE(file.readAll(), place_->image);
            names << QFileInfo(file).fileName();
        }
        QCOMPARE(qvariant_cast<QImage>(data->imageData()).size(), QSize(100, 75));
    }));
    QCOMPARE(names.size(), 3); // the failed one has none
    QCOMPARE(QSet<QString>(names.begin(), names.end()).size(), 3);
    QVERIFY(names.front().endsWith(QStringLiteral(".png")));
}

void DesktopWindowTest::a_row_without_thumbnail_is_not_dragged() {
    place_->add_jobs(1, JobState::failed);
    QTRY_COMPARE(jobs().rowCount(), 1);
    QVERIFY(!drag_row(list(), jobs().index(0, JobsModel::name_column), [](const QDrag&) {}));
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

void DesktopWindowTest::the_preset_decides_what_is_made() {
    auto* box = window_->findChild<QComboBox*>();
    QVERIFY(box->count() >= 4);
    box->setFocus();
    QTest::keyClick(box, Qt::Key_Down);
    QCOMPARE(presets_->current(), 1);
    const auto path = folder_->filePath(QStringLiteral("a.png"));
    write(path, png(8, 8, Qt::red));
    window_->add_paths({path});
    QTRY_COMPARE(place_->submissions().size(), std::size_t{1});
    QVERIFY(place_->submissions().front().renditions == presets_->at(1).renditions);
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
