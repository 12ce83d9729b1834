// What goes into the window and out of it: dialogs, drops, the clipboard, saving.
#include "view/main_window.h"
#include "view/save_dialog.h"
#include "view/window_actions.h"

#include <QClipboard>
#include <QDesktopServices>
#include <QDropEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QGuiApplication>
#include <QMimeData>
#include <QSettings>
#include <QStandardPaths>

namespace desktop {
namespace {

const auto folder_setting = QStringLiteral("save/folder");
const auto pattern_setting = QStringLiteral("save/pattern");
const auto collision_setting = QStringLiteral("save/collision");
const auto open_setting = QStringLiteral("open/folder");

QString pictures() {
    return QStandardPaths::writableLocation(QStandardPaths::PicturesLocation);
}

SaveOptions remembered_options() {
    const QSettings settings;
    SaveOptions options;
    options.folder = settings.value(folder_setting, pictures()).toString();
    if (auto pattern = NamePattern::parse(settings.value(pattern_setting).toString()))
        options.pattern = *pattern;
    const auto collision = settings.value(collision_setting).toInt();
    for (const auto one : {Collision::overwrite, Collision::skip}) {
        if (collision == static_cast<int>(one))
            options.collision = one;
    }
    return options;
}

void remember(const SaveOptions& options) {
    QSettings settings;
    settings.setValue(folder_setting, options.folder);
    settings.setValue(pattern_setting, options.pattern.text());
    settings.setValue(collision_setting, static_cast<int>(options.collision));
}

void remember_folder(const QString& file) {
    QSettings().setValue(open_setting, QFileInfo(file).path());
}

} // namespace

void MainWindow::choose_images() {
    auto* dialog = new QFileDialog(this, tr("Add images"),
                                   QSettings().value(open_setting, pictures()).toString());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFiles);
    dialog->setNameFilters({tr("Images (*.jpg *.jpeg *.png *.webp *.gif *.avif *.heic *.heif *.tif "
                               "*.tiff)"),
                            tr("All files (*)")});
    connect(dialog, &QFileDialog::filesSelected, this, [this](const QStringList& files) {
        if (!files.isEmpty())
            remember_folder(files.front());
        add_paths(files);
    });
    dialog->open();
}

void MainWindow::choose_folder() {
    auto* dialog = new QFileDialog(this, tr("Add a folder"),
                                   QSettings().value(open_setting, pictures()).toString());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    dialog->setOption(QFileDialog::ShowDirsOnly);
    connect(dialog, &QFileDialog::fileSelected, this,
            [this](const QString& folder) { add_paths({folder}); });
    dialog->open();
}

void MainWindow::add_paths(const QStringList& paths) {
    if (workspace_ && !paths.isEmpty())
        workspace_->intake().add_paths(paths);
}

void MainWindow::paste() {
    if (!workspace_)
        return;
    const auto* content = QGuiApplication::clipboard()->mimeData();
    if (!content || !workspace_->intake().add_mime(*content))
        page_->set_notice(MessageStrip::Tone::info, tr("There is no image in the clipboard."));
}

void MainWindow::copy_image() {
    const auto keys = page_ ? page_->selected() : std::vector<RowKey>{};
    if (keys.size() != 1)
        return;
    workspace_->drag().copy_image(
        keys.front(), page_, [page = page_](const QImage& image, const QString& message) {
            page->set_notice(image.isNull() ? MessageStrip::Tone::warning
                                            : MessageStrip::Tone::info,
                             image.isNull() ? message : tr("The thumbnail is in the clipboard."));
        });
}

void MainWindow::open_original(RowKey key) {
    if (!workspace_)
        return;
    workspace_->drag().find_original(
        key, page_, [page = page_](const QString& path, const QString& message) {
            if (path.isEmpty())
                page->set_notice(MessageStrip::Tone::warning, message);
            else if (!QDesktopServices::openUrl(QUrl::fromLocalFile(path)))
                page->set_notice(MessageStrip::Tone::warning,
                                 tr("No program could open %1.").arg(path));
        });
}

void MainWindow::show_folder() {
    const auto keys = page_ ? page_->selected() : std::vector<RowKey>{};
    if (keys.size() != 1)
        return;
    const QFileInfo file(workspace_->jobs().source(keys.front()).path);
    if (!file.filePath().isEmpty())
        QDesktopServices::openUrl(QUrl::fromLocalFile(file.path()));
}

void MainWindow::save_selected() {
    std::vector<RowKey> keys;
    for (const auto key : page_ ? page_->selected() : std::vector<RowKey>{}) {
        if (const auto* row = workspace_->jobs().row(key); row && row->state == RowState::succeeded)
            keys.push_back(key);
    }
    if (keys.size() == 1) {
        // Of several thumbnails, all are wanted, so a folder is asked for.
        const auto* job = workspace_->jobs().details(keys.front());
        if (!job || job->renditions.size() <= 1)
            return save_one(keys.front());
    }
    save_many(keys);
}

void MainWindow::save_all() {
    if (workspace_)
        save_many(workspace_->jobs().keys_in(in_set(RowState::succeeded)));
}

void MainWindow::save_one(RowKey key) {
    const auto folder = remembered_options().folder;
    auto* dialog = new QFileDialog(this, tr("Save thumbnail"), folder);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setFileMode(QFileDialog::AnyFile);
    dialog->selectFile(workspace_->saver().suggested_name(key));
    connect(dialog, &QFileDialog::fileSelected, this, [this, key](const QString& path) {
        if (workspace_)
            workspace_->saver().save_as(key, {}, path);
    });
    dialog->open();
}

void MainWindow::save_many(const std::vector<RowKey>& keys) {
    if (keys.empty())
        return;
    NameFields sample;
    const auto* row = workspace_->jobs().row(keys.front());
    sample.name = QString::fromStdString(std::string(row->name()));
    sample.rendition = QStringLiteral("thumbnail");
    sample.media_type = QStringLiteral("image/jpeg");
    sample.width = 100;
    sample.height = 75;
    sample.date = QDate::currentDate();
    sample.id = QString::fromStdString(row->id.to_string());
    if (const auto* job = workspace_->jobs().details(keys.front());
        job && !job->renditions.empty()) {
        const auto& one = job->renditions.front();
        sample.rendition = QString::fromStdString(one.name);
        sample.media_type = QString::fromStdString(one.media_type);
        sample.width = one.width;
        sample.height = one.height;
    }
    auto* dialog =
        new SaveDialog(static_cast<int>(keys.size()), remembered_options(), sample, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this, [this, dialog, keys] {
        remember(dialog->options());
        if (workspace_)
            workspace_->saver().save_all(keys, dialog->options());
    });
    dialog->open();
}

void MainWindow::export_results() {
    auto* dialog = new QFileDialog(this, tr("Export the list"), remembered_options().folder);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    const auto csv = tr("Table (*.csv)");
    const auto json = tr("JSON (*.json)");
    dialog->setNameFilters({csv, json});
    dialog->setDefaultSuffix(QStringLiteral("csv"));
    dialog->selectFile(tr("thumbnails.csv"));
    connect(dialog, &QFileDialog::filterSelected, dialog, [dialog, json](const QString& filter) {
        dialog->setDefaultSuffix(filter == json ? QStringLiteral("json") : QStringLiteral("csv"));
    });
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) {
        if (!workspace_)
            return;
        const bool as_json = path.endsWith(QStringLiteral(".json"), Qt::CaseInsensitive);
        workspace_->saver().export_results(workspace_->jobs().all_keys(), path,
                                           as_json ? ExportFormat::json : ExportFormat::csv);
    });
    dialog->open();
}

void MainWindow::connect_saver() {
    connect(&workspace_->saver(), &Saver::progress, this, [this](int done, int total) {
        if (done < total && total > 1) {
            page_->set_notice(MessageStrip::Tone::info,
                              tr("Saving: %1 of %n image(s)", nullptr, total).arg(done),
                              {tr("Stop"), [this] { workspace_->saver().cancel(); }});
        }
    });
    connect(&workspace_->saver(), &Saver::finished, this, [this](const SaveSummary& summary) {
        QStringList parts;
        if (summary.written > 0)
            parts << tr("%n file(s) saved.", nullptr, summary.written);
        if (summary.skipped > 0)
            parts << tr("%n file(s) were there already.", nullptr, summary.skipped);
        if (summary.failed > 0)
            parts << tr("%n file(s) could not be saved: %1", nullptr, summary.failed)
                         .arg(summary.message);
        if (summary.cancelled)
            parts << tr("Saving was stopped.");
        if (parts.isEmpty())
            return;
        StripOffer offer;
        if (!summary.path.isEmpty()) {
            offer = {tr("Show folder"), [path = summary.path] {
                         QDesktopServices::openUrl(QUrl::fromLocalFile(QFileInfo(path).path()));
                     }};
        }
        page_->set_notice(summary.failed > 0 ? MessageStrip::Tone::warning
                                             : MessageStrip::Tone::info,
                          parts.join(u' '), std::move(offer));
    });
}

bool MainWindow::accepts(const QDropEvent& event) const {
    // What is dragged out of this window is not to be dropped into it.
    const auto* source = qobject_cast<const QWidget*>(event.source());
    const bool own = source && (source == this || isAncestorOf(source));
    return workspace_ && !own && Intake::can_take(*event.mimeData());
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
    if (!accepts(*event))
        return;
    event->setDropAction(Qt::CopyAction);
    event->accept();
    page_->set_hover(tr("Drop to make: %1").arg(presets_.at(presets_.current()).name));
}

void MainWindow::dragMoveEvent(QDragMoveEvent* event) {
    if (!accepts(*event))
        return;
    event->setDropAction(Qt::CopyAction);
    event->accept();
}

void MainWindow::dragLeaveEvent(QDragLeaveEvent*) {
    if (page_)
        page_->set_hover(std::nullopt);
}

void MainWindow::dropEvent(QDropEvent* event) {
    if (page_)
        page_->set_hover(std::nullopt);
    if (!accepts(*event))
        return;
    event->setDropAction(Qt::CopyAction);
    event->accept();
    workspace_->intake().add_mime(*event->mimeData());
    bring_up();
}

} // namespace desktop
