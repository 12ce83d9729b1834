// Images come into the window and leave it: dropped, pasted, dragged out.
#include "desktop/support/window_test.h"
#include "view/job_delegate.h"
#include "view/job_table.h"
#include "view/message_strip.h"
#include "view/window_actions.h"

#include <QClipboard>
#include <QComboBox>
#include <QDrag>
#include <QDropEvent>
#include <QEventLoop>
#include <QGuiApplication>
#include <QMimeData>
#include <QTest>
#include <QTimer>

using namespace desktop;
using namespace desktop::test;
using thumbjobs::JobState;

namespace {

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

} // namespace

class WindowDropsTest : public WindowTest {
    Q_OBJECT

private slots:
    void dropped_files_become_rows_with_thumbnails();
    void what_is_no_image_says_so_in_its_row();
    void what_cannot_be_taken_is_not_accepted();
    void pasted_images_become_jobs();
    void the_preset_decides_what_is_made();
    void thumbnails_are_dragged_out_as_files_data();
    void thumbnails_are_dragged_out_as_files();
    void a_row_without_thumbnail_is_not_dragged();
};

void WindowDropsTest::dropped_files_become_rows_with_thumbnails() {
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

void WindowDropsTest::what_is_no_image_says_so_in_its_row() {
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

void WindowDropsTest::what_cannot_be_taken_is_not_accepted() {
    QMimeData text;
    text.setText(QStringLiteral("just words"));
    QVERIFY(!drop(*window_, text));
    QCOMPARE(jobs().total(), 0);
}

void WindowDropsTest::pasted_images_become_jobs() {
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

void WindowDropsTest::the_preset_decides_what_is_made() {
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

void WindowDropsTest::thumbnails_are_dragged_out_as_files_data() {
    QTest::addColumn<bool>("tiles");
    QTest::newRow("table") << false;
    QTest::newRow("tiles") << true;
}

void WindowDropsTest::thumbnails_are_dragged_out_as_files() {
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

void WindowDropsTest::a_row_without_thumbnail_is_not_dragged() {
    place_->add_jobs(1, JobState::failed);
    QTRY_COMPARE(jobs().rowCount(), 1);
    QVERIFY(!drag_row(list(), jobs().index(0, JobsModel::name_column), [](const QDrag&) {}));
}

QTEST_MAIN(WindowDropsTest)
#include "tst_window_drops.moc"
