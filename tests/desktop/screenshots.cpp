// Takes the pictures of docs/desktop.md: runs the app, drives it into its main states and grabs its
// windows. Started by scripts/desktop-screenshots.sh.
#include "app/app.h"
#include "app/translations.h"
#include "support/thumbd_process.h"
#include "view/activity_panel.h"
#include "view/filter_chips.h"
#include "view/job_table.h"
#include "view/jobs_page.h"
#include "view/preset_dialog.h"
#include "view/save_dialog.h"
#include "view/window_actions.h"

#include <QApplication>
#include <QDir>
#include <QIcon>
#include <QPainter>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <cstdio>
#include <limits>

using namespace desktop;

namespace {

constexpr int patience_ms = 120'000;

// A landscape of our own, for machines without photographs: sky, sun, hills, grain.
QImage landscape(quint32 seed) {
    QRandomGenerator random(seed);
    const bool upright = random.bounded(4) == 0;
    const QSize size = upright ? QSize(1800, 2400) : QSize(2400, 1600);
    QImage image(size, QImage::Format_RGB32);
    QPainter painter(&image);
    painter.setRenderHint(QPainter::Antialiasing);
    const auto hue = random.bounded(360);
    QLinearGradient sky(0, 0, 0, size.height() * 0.7);
    sky.setColorAt(0, QColor::fromHsl(hue, 150, 90));
    sky.setColorAt(0.6, QColor::fromHsl((hue + 30) % 360, 190, 170));
    sky.setColorAt(1, QColor::fromHsl((hue + 60) % 360, 210, 205));
    painter.fillRect(image.rect(), sky);
    const QPointF sun(size.width() * (0.2 + 0.6 * random.generateDouble()),
                      size.height() * (0.25 + 0.25 * random.generateDouble()));
    QRadialGradient glow(sun, size.height() * 0.4);
    glow.setColorAt(0, QColor(255, 250, 225, 255));
    glow.setColorAt(0.12, QColor(255, 244, 200, 230));
    glow.setColorAt(1, QColor(255, 240, 200, 0));
    painter.fillRect(image.rect(), glow);
    painter.setPen(Qt::NoPen);
    for (int layer = 0; layer < 5; ++layer) {
        QPolygonF hill{QPointF(0, size.height())};
        const auto base = size.height() * (0.5 + 0.11 * layer);
        const auto phase = random.generateDouble() * 6.28;
        const auto wave = 1.5 + random.generateDouble() * 3;
        for (int x = 0; x <= size.width(); x += 12) {
            const auto at = static_cast<double>(x) / size.width();
            const auto y = base - size.height() * 0.09 * std::sin(at * wave * 3.1 + phase) -
                           size.height() * 0.035 * std::sin(at * wave * 11 + phase * 2) -
                           random.generateDouble() * 5;
            hill << QPointF(x, y);
        }
        hill << QPointF(size.width(), size.height());
        painter.setBrush(
            QColor::fromHsl((hue + 200 + layer * 8) % 360, 60 + layer * 12, 150 - layer * 26));
        painter.drawPolygon(hill);
    }
    painter.end();
    return image;
}

const QStringList names{
    "Harbour at dawn", "Old lighthouse", "Ridge path",   "Evening ferry", "Salt meadows",
    "First snow",      "Quiet bay",      "Vineyard",     "Pass road",     "Summer storm",
    "Dune grass",      "Reservoir",      "North face",   "Orchard",       "Birch wood",
    "Cloud inversion", "Low tide",       "Mountain hut", "River mouth",   "Heather",
    "Last light",      "Canyon rim",     "Fog bank",     "Terraces",      "Glacier tongue",
    "Rape field",      "Coastal track",  "Winter sun",   "Island",        "Red rocks",
};

void make_photographs(const QDir& folder, int count) {
    for (int i = 0; i < count; ++i) {
        const auto name = names[i % names.size()];
        const auto path = folder.filePath(
            i < names.size() ? QStringLiteral("%1.jpg").arg(name)
                             : QStringLiteral("%1 %2.jpg").arg(name).arg(i / names.size() + 1));
        landscape(static_cast<quint32>(i + 7)).save(path, "JPEG", 90);
    }
}

void write(const QString& path, const QByteArray& bytes) {
    QFile file(path);
    if (file.open(QIODevice::WriteOnly))
        file.write(bytes);
}

// What no thumbnail can be made of, in the ways that happen.
void make_bad_files(const QDir& folder) {
    write(folder.filePath(QStringLiteral("Invoice 2044.jpg")), "Dear Sir or Madam,\n\nplease find");
    write(folder.filePath(QStringLiteral("Empty.png")), {});
    QByteArray header = QByteArray::fromHex("89504e470d0a1a0a0000000d49484452");
    header += QByteArray::fromHex("000186a0000186a008060000006a5c0c5e");
    write(folder.filePath(QStringLiteral("Poster 100000 x 100000.png")), header);
    write(folder.filePath(QStringLiteral("Broken download.jpg")),
          QByteArray::fromHex("ffd8ffe000104a46494600010100000100010000ffdb0043000302") +
              QByteArray(64, 'x'));
}

// Ten minutes of a working day: what the charts look like after a while.
History sample_history() {
    History history;
    history.step = std::chrono::seconds(5);
    QRandomGenerator random(11);
    double depth = 0;
    for (int i = 0; i < 120; ++i) {
        const bool batch = (i > 14 && i < 52) || i > 70;
        const auto noise = random.generateDouble();
        if (i == 15)
            depth = 1900;
        if (i == 71)
            depth += 2600;
        const auto rate = batch && depth > 0 ? 560 + 140 * noise + 60 * std::sin(i / 5.0) : 0;
        depth = std::max(0.0, depth - rate / 12);
        history.per_minute.push_back(rate);
        history.depth.push_back(depth);
        const auto nan = std::numeric_limits<double>::quiet_NaN();
        history.p50.push_back(rate > 0 ? 0.6 + depth / 3000 + 0.15 * noise : nan);
        history.p95.push_back(rate > 0 ? 1.1 + depth / 1500 + 0.5 * noise : nan);
    }
    return history;
}

class Photographer {
public:
    Photographer(App& app, QDir output) : app_(app), output_(std::move(output)) {}

    static bool until(const std::function<bool()>& condition) {
        return QTest::qWaitFor(condition, patience_ms);
    }

    void take(const QString& name, QWidget* widget = nullptr) {
        auto& window = app_.window();
        if (app_.workspace())
            app_.workspace()->jobs().flush(); // what is known and not shown yet
        // Twice round the loop: what is asked for by a first paint comes with the second.
        for (int i = 0; i < 5; ++i)
            QCoreApplication::processEvents(QEventLoop::AllEvents, 50);
        const auto path = output_.filePath(name + QStringLiteral(".png"));
        if (!(widget ? widget : &window)->grab().save(path))
            std::fprintf(stderr, "cannot write %s\n", qPrintable(path));
    }

    // A dialog that an action opens.
    template <class Dialog>
    void take_dialog(const QString& name, QAction* action) {
        action->trigger();
        Dialog* dialog = nullptr;
        if (!until([&] {
                dialog = app_.window().template findChild<Dialog*>();
                return dialog && dialog->isVisible();
            }))
            return;
        take(name, dialog);
        dialog->reject();
        until([&] { return !app_.window().template findChild<Dialog*>(); });
    }

    int count(RowState state) const { return app_.workspace()->jobs().counts()[index_of(state)]; }

    int active() const {
        return count(RowState::waiting) + count(RowState::uploading) + count(RowState::queued) +
               count(RowState::processing);
    }

    bool finished() {
        return until([this] {
            return app_.workspace() && active() == 0 && !app_.workspace()->intake().scanning() &&
                   !app_.workspace()->jobs().loading();
        });
    }

    void select_first(RowState state) {
        auto& jobs = app_.workspace()->jobs();
        for (int row = 0; row < jobs.rowCount(); ++row) {
            if (jobs.index(row, 0).data(JobsModel::state_role).toInt() == static_cast<int>(state)) {
                app_.window().page()->show_row(jobs.key_at(row));
                return;
            }
        }
    }

    void previews() {
        auto& page = *app_.window().page();
        until([&page] {
            auto& list = page.list();
            for (int row = 0; row < list.model()->rowCount(); ++row) {
                const auto index = list.model()->index(row, 0);
                if (list.viewport()->rect().intersects(list.visualRect(index)) &&
                    index.data(JobsModel::state_role).toInt() ==
                        static_cast<int>(RowState::succeeded) &&
                    index.data(JobsModel::preview_role).value<QImage>().isNull())
                    return false;
            }
            return true;
        });
    }

private:
    App& app_;
    QDir output_;
};

void take_local(App& app, Photographer& camera, const QDir& photographs, const QDir& bad) {
    auto& window = app.window();
    auto& actions = window.actions();
    camera.until([&] { return app.place()->connection().state == Connection::State::online; });
    camera.until([&] { return !app.workspace()->jobs().loading(); });
    camera.take(QStringLiteral("empty"));
    camera.take_dialog<QDialog>(QStringLiteral("about"), actions.about);
    camera.take_dialog<ConnectDialog>(QStringLiteral("connect"), actions.connect_place);
    camera.take_dialog<PresetDialog>(QStringLiteral("presets"), actions.presets);

    auto* table = window.page()->findChild<JobTable*>();
    table->sortByColumn(JobsModel::name_column, Qt::AscendingOrder);
    window.add_paths({photographs.path()});
    camera.until([&] { return camera.count(RowState::succeeded) >= 8; });
    camera.previews();
    camera.take(QStringLiteral("working"));
    camera.finished();
    table->sortByColumn(JobsModel::submitted_column, Qt::DescendingOrder);
    camera.select_first(RowState::succeeded);
    camera.previews();
    camera.take(QStringLiteral("finished"));
    camera.take_dialog<SaveDialog>(QStringLiteral("save"), actions.save_all);
    actions.as_tiles->trigger();
    camera.previews();
    camera.take(QStringLiteral("tiles"));
    window.page()->set_hover(QStringLiteral("Drop to make: Square, 256 x 256"));
    camera.take(QStringLiteral("hover"));
    window.page()->set_hover(std::nullopt);
    window.resize(640, 520);
    camera.take(QStringLiteral("small"));
    window.resize(1136, 736);
    actions.as_table->trigger();

    window.add_paths({bad.path()});
    camera.until(
        [&] { return camera.count(RowState::failed) + camera.count(RowState::refused) >= 4; });
    camera.finished();
    window.page()->filter(thumbjobs::JobState::failed);
    camera.select_first(RowState::failed);
    actions.show_log->trigger();
    camera.take(QStringLiteral("failures"));
    window.page()->filter(std::nullopt);
    actions.show_log->trigger();

    actions.activity->setChecked(true);
    actions.details->setChecked(false);
    window.page()->findChild<ActivityPanel*>()->set_history(sample_history());
    camera.previews();
    camera.take(QStringLiteral("activity"));
    actions.appearances[2]->trigger();
    actions.details->setChecked(true);
    camera.select_first(RowState::succeeded);
    window.page()->findChild<ActivityPanel*>()->set_history(sample_history());
    camera.previews();
    camera.take(QStringLiteral("dark"));
    actions.as_tiles->trigger();
    actions.activity->setChecked(false);
    camera.previews();
    camera.take(QStringLiteral("dark-tiles"));
    camera.take_dialog<PresetDialog>(QStringLiteral("dark-presets"), actions.presets);
    camera.take_dialog<ConnectDialog>(QStringLiteral("dark-connect"), actions.connect_place);
    window.page()->select_all();
    actions.remove->trigger();
    camera.until([&] { return app.workspace()->jobs().rowCount() == 0; });
    camera.take(QStringLiteral("removed"));
    actions.undo->trigger();
    actions.appearances[0]->trigger();
    actions.as_table->trigger();
}

void take_server(App& app, Photographer& camera, const QString& data, const QDir& photographs) {
    thumbjobs::test::ThumbdProcess::Options options;
    options.data_dir = data.toStdString();
    auto server = std::make_unique<thumbjobs::test::ThumbdProcess>(options);
    PlaceChoice choice;
    choice.remote = true;
    choice.server = QUrl(QString::fromStdString(server->url() + "/"));
    choice.token_kept = true;
    app.choose(choice);
    camera.until([&] {
        return app.place() && app.place()->description().kind == Description::Kind::remote &&
               app.place()->connection().state == Connection::State::online;
    });
    app.window().add_paths({photographs.path()});
    camera.until([&] { return camera.count(RowState::succeeded) >= 10; });
    camera.finished();
    camera.select_first(RowState::succeeded);
    camera.previews();
    camera.take(QStringLiteral("server"));
    server->kill();
    camera.until(
        [&] { return app.place()->connection().state == Connection::State::reconnecting; });
    camera.take(QStringLiteral("reconnecting"));
}

} // namespace

// usage: desktop_screenshots OUTPUT-FOLDER WORK-FOLDER [FOLDER-OF-IMAGES]
int main(int count, char** arguments) {
    QCoreApplication::setOrganizationName(QStringLiteral("thumbjobs"));
    QCoreApplication::setApplicationName(QStringLiteral("thumbjobs-desktop"));
    QCoreApplication::setApplicationVersion(QStringLiteral("0.1.0"));
    QApplication application(count, arguments);
    install_translations(application);
    QApplication::setQuitOnLastWindowClosed(false);
    const auto words = QApplication::arguments();
    if (words.size() < 3) {
        std::fputs("usage: desktop_screenshots OUTPUT-FOLDER WORK-FOLDER [IMAGES]\n", stderr);
        return 2;
    }
    const QDir output(words[1]);
    const QDir work(words[2]);
    output.mkpath(QStringLiteral("."));
    QDir photographs(words.size() > 3 ? words[3] : work.filePath(QStringLiteral("Pictures/Walks")));
    if (words.size() <= 3) {
        photographs.mkpath(QStringLiteral("."));
        make_photographs(photographs, 30);
    }
    const QDir bad(work.filePath(QStringLiteral("Pictures/Downloads")));
    bad.mkpath(QStringLiteral("."));
    make_bad_files(bad);

    App::Options options;
    options.data_folder = work.filePath(QStringLiteral("jobs"));
    options.credentials.keychain = false;
    options.credentials.file = work.filePath(QStringLiteral("tokens.json"));
    App app(options);
    app.start({});
    app.window().resize(1136, 736);
    Photographer camera(app, output);
    take_local(app, camera, photographs, bad);
    take_server(app, camera, work.filePath(QStringLiteral("thumbd")), photographs);
    QObject::connect(&app, &App::ended, &application, &QCoreApplication::quit,
                     Qt::QueuedConnection);
    app.quit();
    return QApplication::exec();
}
