// The parts of the window that stand alone.
#include "app/command_line.h"
#include "app/connect_dialog.h"
#include "app/single_instance.h"
#include "view/filter_chips.h"
#include "view/icons.h"
#include "view/job_look.h"
#include "view/message_strip.h"
#include "view/preset_dialog.h"
#include "view/rendition_editor.h"
#include "view/save_dialog.h"
#include "view/theme.h"
#include "view/time_chart.h"

#include <QComboBox>
#include <QFileInfo>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPainter>
#include <QPushButton>
#include <QRadioButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QTest>
#include <QThread>
#include <QToolButton>
#include <QToolTip>

#include <cmath>
#include <limits>

using namespace desktop;

namespace {

int pixels_like(const QImage& image, const QColor& colour) {
    int count = 0;
    for (int y = 0; y < image.height(); ++y) {
        for (int x = 0; x < image.width(); ++x) {
            const auto pixel = image.pixelColor(x, y);
            if (std::abs(pixel.red() - colour.red()) < 24 &&
                std::abs(pixel.green() - colour.green()) < 24 &&
                std::abs(pixel.blue() - colour.blue()) < 24)
                ++count;
        }
    }
    return count;
}

template <class T>
T* labelled(QWidget& parent, const QString& name) {
    for (auto* one : parent.findChildren<T*>()) {
        if (one->accessibleName() == name)
            return one;
    }
    return nullptr;
}

} // namespace

class DesktopWidgetsTest : public QObject {
    Q_OBJECT

private slots:
    void states_are_readable_on_both_palettes();
    void every_glyph_is_drawn();
    void a_chart_draws_its_series_and_leaves_gaps();
    void a_chart_is_read_by_keys();
    void a_scale_ends_at_a_round_number();
    void chips_filter_by_mouse_and_keys();
    void rows_belong_to_the_group_that_shows_them();
    void a_message_offers_and_goes();
    void a_message_ends_by_itself();
    void presets_are_edited();
    void a_preset_that_cannot_be_is_not_saved();
    void the_connect_dialog_checks_the_address();
    void the_connect_dialog_keeps_a_stored_token();
    void the_save_dialog_shows_an_example();
    void the_command_line_is_read();
    void a_second_start_hands_its_files_over();
    void an_unsafe_folder_is_not_used();
};

void DesktopWidgetsTest::states_are_readable_on_both_palettes() {
    for (const auto& palette : {light_palette(), dark_palette()}) {
        for (const auto state : thumbjobs::all_job_states) {
            for (const auto role : {QPalette::Base, QPalette::Window})
                QVERIFY2(contrast(state_colour(state, palette), palette.color(role)) >= 4.5,
                         qPrintable(state_name(state)));
        }
        QVERIFY(contrast(quiet_text(palette), palette.color(QPalette::Base)) >= 4.5);
        QVERIFY(contrast(palette.color(QPalette::HighlightedText),
                         palette.color(QPalette::Highlight)) >= 4.5);
        QVERIFY(contrast(palette.color(QPalette::PlaceholderText), palette.color(QPalette::Base)) >=
                4.5);
    }
    QVERIFY(is_dark(dark_palette()));
    QVERIFY(!is_dark(light_palette()));
}

void DesktopWidgetsTest::every_glyph_is_drawn() {
    for (auto number = 0; number <= static_cast<int>(Glyph::down); ++number) {
        QImage image(32, 32, QImage::Format_ARGB32_Premultiplied);
        image.fill(Qt::white);
        QPainter painter(&image);
        draw_glyph(painter, static_cast<Glyph>(number), QRectF(4, 4, 24, 24), Qt::black);
        painter.end();
        int dark = 0;
        for (int i = 0; i < 32 * 32; ++i)
            dark += image.pixelColor(i % 32, i / 32).lightness() < 160;
        QVERIFY2(dark > 10, qPrintable(QString::number(number)));
        for (int i = 0; i < 32; ++i) // nothing beyond its square
            QCOMPARE(image.pixelColor(i, 1), QColor(Qt::white));
    }
    QVERIFY(!icon(Glyph::pause).pixmap(20, 20).isNull());
}

void DesktopWidgetsTest::a_chart_draws_its_series_and_leaves_gaps() {
    TimeChart chart(QStringLiteral("Rate"));
    chart.resize(400, 200);
    chart.setPalette(light_palette());
    const auto nan = std::numeric_limits<double>::quiet_NaN();
    const QColor red(220, 0, 0);
    chart.set_series({{{}, red, {nan, nan, nan, nan, 5, 5, 5, 5, 5}, false}},
                     std::chrono::seconds(5));
    const auto image = chart.grab().toImage();
    const auto ratio = image.devicePixelRatio();
    const auto half = static_cast<int>(200 * ratio);
    QCOMPARE(pixels_like(image.copy(0, 0, half - 30, image.height()), red), 0);
    QVERIFY(pixels_like(image.copy(half, 0, half, image.height()), red) > 50);
    QVERIFY(chart.accessibleDescription().startsWith(QStringLiteral("5, ")));
}

void DesktopWidgetsTest::a_chart_is_read_by_keys() {
    TimeChart chart(QStringLiteral("Depth"));
    chart.resize(400, 200);
    chart.set_series({{{}, {}, {1, 2, 3}, true}}, std::chrono::seconds(30));
    chart.show();
    QVERIFY(QTest::qWaitForWindowExposed(&chart));
    const auto before = chart.grab().toImage();
    chart.setFocus();
    QTest::keyClick(&chart, Qt::Key_Left);
    QTRY_VERIFY(QToolTip::text().contains(QStringLiteral("30 s")));
    QVERIFY(QToolTip::text().startsWith(QStringLiteral("2, ")));
    QVERIFY(chart.grab().toImage() != before);
    QTest::keyClick(&chart, Qt::Key_Home);
    QTRY_VERIFY(QToolTip::text().startsWith(QStringLiteral("1, ")));
}

void DesktopWidgetsTest::a_scale_ends_at_a_round_number() {
    QCOMPARE(round_maximum(0), 1.0);
    QCOMPARE(round_maximum(0.03), 0.05);
    QCOMPARE(round_maximum(1), 1.0);
    QCOMPARE(round_maximum(11), 20.0);
    QCOMPARE(round_maximum(501), 1000.0);
}

void DesktopWidgetsTest::chips_filter_by_mouse_and_keys() {
    FilterChips chips;
    StateCounts counts{};
    counts[static_cast<std::size_t>(thumbjobs::JobState::failed)] = 7;
    counts[static_cast<std::size_t>(thumbjobs::JobState::queued)] = 3;
    chips.set_counts(counts);
    chips.show();
    QVERIFY(QTest::qWaitForWindowExposed(&chips));
    QSignalSpy chosen(&chips, &FilterChips::filter_chosen);
    Chip* failed = nullptr;
    for (auto* chip : chips.findChildren<Chip*>()) {
        if (chip->state() == thumbjobs::JobState::failed)
            failed = chip;
    }
    QVERIFY(failed);
    QVERIFY(failed->accessibleName().contains(u'7'));
    QTest::mouseClick(failed, Qt::LeftButton);
    QCOMPARE(chosen.count(), 1);
    QVERIFY(chips.chosen() == thumbjobs::JobState::failed);
    failed->setFocus();
    QTest::keyClick(failed, Qt::Key_Left);
    QVERIFY(chips.chosen() == thumbjobs::JobState::succeeded);
    chips.choose(std::nullopt);
    QVERIFY(!chips.chosen());
}

void DesktopWidgetsTest::rows_belong_to_the_group_that_shows_them() {
    RowStates all = 0;
    for (const auto group : thumbjobs::all_job_states) {
        QCOMPARE(all & rows_of(group), 0);
        all = static_cast<RowStates>(all | rows_of(group));
    }
    QCOMPARE(all, every_row_state);
    QVERIFY(rows_of(thumbjobs::JobState::failed) & in_set(RowState::refused));
}

void DesktopWidgetsTest::a_message_offers_and_goes() {
    QWidget window;
    MessageStrip strip(&window);
    window.show();
    QSignalSpy dismissed(&strip, &MessageStrip::dismissed);
    int taken = 0;
    strip.show_message(MessageStrip::Tone::info, QStringLiteral("3 jobs removed"),
                       {QStringLiteral("Undo"), [&taken] { ++taken; }});
    QVERIFY(strip.isVisible());
    QTest::mouseClick(strip.findChild<QPushButton*>(), Qt::LeftButton);
    QCOMPARE(taken, 1);
    QVERIFY(!strip.isVisible());
    QCOMPARE(dismissed.count(), 0);
    strip.show_message(MessageStrip::Tone::error, QStringLiteral("No"));
    strip.dismiss();
    QCOMPARE(dismissed.count(), 1);
}

void DesktopWidgetsTest::a_message_ends_by_itself() {
    QWidget window;
    QLineEdit other(&window);
    MessageStrip strip(&window);
    // Away from the pointer, which would keep it.
    window.resize(400, 300);
    strip.setGeometry(0, 250, 400, 40);
    window.show();
    other.setFocus();
    strip.show_message(MessageStrip::Tone::info, QStringLiteral("Saved"), {},
                       std::chrono::milliseconds(1));
    QTRY_VERIFY(!strip.isVisible());
}

void DesktopWidgetsTest::presets_are_edited() {
    PresetDialog dialog({{QStringLiteral("a"), QStringLiteral("Small"), {{}}},
                         {QStringLiteral("b"), QStringLiteral("Large"), {{}}}},
                        0);
    dialog.show();
    auto* width = labelled<QSpinBox>(dialog, QStringLiteral("Width in pixels"));
    QVERIFY(width);
    width->setFocus();
    width->selectAll();
    QTest::keyClicks(width, QStringLiteral("320"));
    QTest::keyClick(width, Qt::Key_Tab);
    QCOMPARE(dialog.drafts()[0].renditions[0].width, 320);

    auto* add = labelled<QToolButton>(dialog, QStringLiteral("Add a thumbnail"));
    QTest::mouseClick(add, Qt::LeftButton);
    QCOMPARE(dialog.drafts()[0].renditions.size(), std::size_t{2});
    QCOMPARE(dialog.drafts()[0].renditions[1].width, 320);
    QVERIFY(dialog.drafts()[0].renditions[1].name != dialog.drafts()[0].renditions[0].name);

    labelled<QListWidget>(dialog, QStringLiteral("Presets"))->setCurrentRow(1);
    QCOMPARE(width->value(), 100);
    QCOMPARE(dialog.drafts()[1].renditions.size(), std::size_t{1});
    QVERIFY(PresetDialog::complaint(dialog.drafts()).isEmpty());
}

void DesktopWidgetsTest::a_preset_that_cannot_be_is_not_saved() {
    PresetDraft draft{{}, QStringLiteral("Two"), {{}, {}}};
    QVERIFY(PresetDialog::complaint({draft}).contains(QStringLiteral("thumbnail")));
    draft.renditions[1].name = "other";
    QVERIFY(PresetDialog::complaint({draft}).isEmpty());
    QVERIFY(!PresetDialog::complaint({draft, draft}).isEmpty());
    draft.name.clear();
    QVERIFY(!PresetDialog::complaint({draft}).isEmpty());

    PresetDialog dialog({{QStringLiteral("a"), QStringLiteral("Small"), {{}}}}, 0);
    dialog.show();
    QPushButton* save = nullptr;
    for (auto* button : dialog.findChildren<QPushButton*>()) {
        if (button->text() == QStringLiteral("Save presets"))
            save = button;
    }
    QVERIFY(save && save->isEnabled());
    auto* editor = dialog.findChild<RenditionEditor*>();
    auto* name = editor->findChild<QLineEdit*>();
    name->setFocus();
    name->selectAll();
    QTest::keyClick(name, Qt::Key_Delete);
    QVERIFY(!save->isEnabled());
}

void DesktopWidgetsTest::the_connect_dialog_checks_the_address() {
    ConnectDialog dialog({}, false);
    dialog.show();
    QVERIFY(!dialog.choice().remote);
    const auto radios = dialog.findChildren<QRadioButton*>();
    QTest::mouseClick(radios[1], Qt::LeftButton, {}, QPoint(10, radios[1]->height() / 2));
    QVERIFY(radios[1]->isChecked());
    auto* url = dialog.findChildren<QLineEdit*>().front();
    QPushButton* accept = nullptr;
    for (auto* button : dialog.findChildren<QPushButton*>()) {
        if (button->isDefault())
            accept = button;
    }
    QVERIFY(accept && !accept->isEnabled());
    QTest::keyClicks(url, QStringLiteral("ftp://x"));
    QVERIFY(!accept->isEnabled());
    url->clear();
    QTest::keyClicks(url, QStringLiteral("https://host.example/thumbs"));
    QVERIFY(accept->isEnabled());
    const auto choice = dialog.choice();
    QVERIFY(choice.remote);
    QCOMPARE(choice.server.host(), QStringLiteral("host.example"));
    QVERIFY(choice.server.path().startsWith(QStringLiteral("/thumbs")));
    QVERIFY(!choice.token_kept);
}

void DesktopWidgetsTest::the_connect_dialog_keeps_a_stored_token() {
    PlaceChoice present;
    present.remote = true;
    present.server = QUrl(QStringLiteral("https://host.example/"));
    ConnectDialog dialog(present, true);
    QVERIFY(dialog.choice().token_kept);
    for (auto* edit : dialog.findChildren<QLineEdit*>()) {
        if (edit->echoMode() == QLineEdit::Password)
            edit->setText(QStringLiteral("secret"));
    }
    QVERIFY(!dialog.choice().token_kept);
    QCOMPARE(dialog.choice().token, QStringLiteral("secret"));
}

void DesktopWidgetsTest::the_save_dialog_shows_an_example() {
    SaveOptions options;
    options.folder = QStringLiteral("/tmp");
    NameFields sample;
    sample.name = QStringLiteral("cat.png");
    sample.rendition = QStringLiteral("thumbnail");
    sample.media_type = QStringLiteral("image/jpeg");
    SaveDialog dialog(12, options, sample);
    dialog.show();
    const auto shows = [&dialog](const QString& text) {
        const auto labels = dialog.findChildren<QLabel*>();
        return std::any_of(labels.begin(), labels.end(),
                           [&text](const QLabel* label) { return label->text().contains(text); });
    };
    QVERIFY(shows(QStringLiteral("cat-thumbnail.jpg")));
    auto* pattern = dialog.findChildren<QLineEdit*>()[1];
    pattern->setText(QStringLiteral("{index:3}-{name}"));
    QVERIFY(shows(QStringLiteral("001-cat.jpg")));
    pattern->setText(QStringLiteral("{nonsense}"));
    QVERIFY(shows(QStringLiteral("{nonsense}")));
    for (auto* button : dialog.findChildren<QPushButton*>()) {
        if (button->isDefault())
            QVERIFY(!button->isEnabled());
    }
}

void DesktopWidgetsTest::the_command_line_is_read() {
    const auto folder = QStringLiteral("/home/me");
    auto line =
        read_command_line({QStringLiteral("a.jpg"), QStringLiteral("file:///b%20c.png")}, folder);
    QCOMPARE(line.files,
             QStringList({QStringLiteral("/home/me/a.jpg"), QStringLiteral("/b c.png")}));
    QVERIFY(line.action == CommandLine::Action::run);
    line = read_command_line({QStringLiteral("--server"), QStringLiteral("https://h/p")}, folder);
    QCOMPARE(line.server, QStringLiteral("https://h/p"));
    line =
        read_command_line({QStringLiteral("--server"), QStringLiteral("https://me:pw@h/")}, folder);
    QCOMPARE(line.exit_code, 2);
    line = read_command_line({QStringLiteral("--nonsense")}, folder);
    QCOMPARE(line.exit_code, 2);
    QVERIFY(line.output.contains(QStringLiteral("nonsense")));
    line = read_command_line({QStringLiteral("--help")}, folder);
    QCOMPARE(line.exit_code, 0);
    QVERIFY(line.output.contains(QStringLiteral("--server")));
    line = read_command_line({QStringLiteral("--"), QStringLiteral("-odd.jpg")}, folder);
    QCOMPARE(line.files, QStringList{QStringLiteral("/home/me/-odd.jpg")});
}

void DesktopWidgetsTest::a_second_start_hands_its_files_over() {
    QTemporaryDir folder;
    SingleInstance first(folder.path());
    QVERIFY(first.start({}) == SingleInstance::Outcome::first);
    QCOMPARE(QFileInfo(folder.filePath(QStringLiteral("thumbjobs-desktop.socket"))).permissions() &
                 (QFile::ReadOther | QFile::WriteOther | QFile::ReadGroup | QFile::WriteGroup),
             QFile::Permissions());
    Handover got;
    connect(&first, &SingleInstance::received, this,
            [&got](const Handover& message) { got = message; });
    // A start of the program, on a thread: it waits for this one.
    auto outcome = SingleInstance::Outcome::alone;
    QStringList files;
    for (int i = 0; i < 20'000; ++i)
        files << QStringLiteral("/photos/%1.jpg").arg(i);
    std::unique_ptr<QThread> second(QThread::create([&] {
        SingleInstance other(folder.path());
        outcome = other.start({files, QStringLiteral("https://h/")});
    }));
    second->start();
    QTRY_VERIFY_WITH_TIMEOUT(second->isFinished(), 20'000);
    QVERIFY(outcome == SingleInstance::Outcome::handed_over);
    QTRY_COMPARE(got.files.size(), files.size());
    QCOMPARE(got.files, files);
    QCOMPARE(got.server, QStringLiteral("https://h/"));
}

void DesktopWidgetsTest::an_unsafe_folder_is_not_used() {
    SingleInstance none{QString()};
    QVERIFY(none.start({}) == SingleInstance::Outcome::alone);
    QTemporaryDir folder;
    QFile::setPermissions(folder.path(), QFile::Permissions(0x7777));
    qputenv("XDG_RUNTIME_DIR", folder.path().toUtf8());
    QVERIFY(SingleInstance::runtime_folder().isEmpty() ||
            SingleInstance::runtime_folder() != folder.path());
}

QTEST_MAIN(DesktopWidgetsTest)
#include "tst_widgets.moc"
