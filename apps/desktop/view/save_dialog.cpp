#include "view/save_dialog.h"

#include "view/theme.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QDir>
#include <QFileDialog>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace desktop {

SaveDialog::SaveDialog(int count, const SaveOptions& present, const NameFields& sample,
                       QWidget* parent)
    : QDialog(parent),
      sample_(sample),
      folder_(new QLineEdit(this)),
      pattern_(new QLineEdit(this)),
      collision_(new QComboBox(this)),
      example_(new QLabel(this)) {
    setWindowTitle(tr("Save thumbnails"));
    build(count);
    folder_->setText(QDir::toNativeSeparators(present.folder));
    pattern_->setText(present.pattern.text());
    collision_->setCurrentIndex(
        std::max(0, collision_->findData(static_cast<int>(present.collision))));
    connect(folder_, &QLineEdit::textChanged, this, &SaveDialog::check);
    connect(pattern_, &QLineEdit::textChanged, this, &SaveDialog::check);
    check();
}

void SaveDialog::build(int count) {
    folder_->setMinimumWidth(grid * 44);
    auto* browse = new QToolButton(this);
    browse->setText(QStringLiteral("\u2026"));
    browse->setToolTip(tr("Choose a folder"));
    browse->setAccessibleName(tr("Choose a folder"));
    connect(browse, &QToolButton::clicked, this, &SaveDialog::choose_folder);
    auto* folder_row = new QHBoxLayout;
    folder_row->setSpacing(grid);
    folder_row->addWidget(folder_, 1);
    folder_row->addWidget(browse);
    pattern_->setToolTip(
        tr("Fields: {name} {rendition} {width} {height} {index} {date} {id} {ext}"));
    const auto add = [this](Collision collision, const QString& text) {
        collision_->addItem(text, static_cast<int>(collision));
    };
    add(Collision::rename, tr("Number the new file"));
    add(Collision::overwrite, tr("Replace it, unless it is an original"));
    add(Collision::skip, tr("Leave it, and skip the new one"));
    example_->setTextFormat(Qt::PlainText);
    example_->setWordWrap(true);
    auto* fields = new QLabel(tr("Fields: {name}, {rendition}, {width}, {height}, {index}, {date}, "
                                 "{id}, {ext}"),
                              this);
    fields->setWordWrap(true);
    fields->setFont(caption_font(font()));
    fields->setForegroundRole(QPalette::PlaceholderText);

    auto* form = new QFormLayout;
    form->setHorizontalSpacing(grid * 2);
    form->setVerticalSpacing(grid);
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    const auto label = [this](const QString& text, QWidget* buddy) {
        auto* one = new QLabel(text, this);
        one->setBuddy(buddy);
        return one;
    };
    form->addRow(label(tr("&Folder:"), folder_), folder_row);
    form->addRow(label(tr("&Names:"), pattern_), pattern_);
    form->addRow(QString(), fields);
    form->addRow(QString(), example_);
    form->addRow(label(tr("&If a file is there:"), collision_), collision_);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
    accept_ =
        buttons->addButton(tr("Save %n image(s)", nullptr, count), QDialogButtonBox::AcceptRole);
    accept_->setDefault(true);
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    dress_buttons(*buttons);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(grid * 2, grid * 2, grid * 2, grid * 2);
    column->setSpacing(grid * 2);
    column->addLayout(form);
    column->addStretch();
    column->addWidget(buttons);
}

void SaveDialog::choose_folder() {
    auto* dialog = new QFileDialog(this, tr("Choose a folder"), folder_->text());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    dialog->setOption(QFileDialog::ShowDirsOnly);
    connect(dialog, &QFileDialog::fileSelected, this,
            [this](const QString& folder) { folder_->setText(QDir::toNativeSeparators(folder)); });
    dialog->open();
}

void SaveDialog::check() {
    QString fault;
    const auto pattern = NamePattern::parse(pattern_->text(), &fault);
    const bool folder_given = QDir::isAbsolutePath(QDir::fromNativeSeparators(folder_->text()));
    auto colours = palette();
    if (pattern) {
        example_->setText(tr("For example %1").arg(pattern->expand(sample_)));
        colours.setColor(QPalette::WindowText, quiet_text(colours));
    } else {
        example_->setText(fault);
        colours.setColor(QPalette::WindowText, state_colour(thumbjobs::JobState::failed, colours));
    }
    example_->setPalette(colours);
    accept_->setEnabled(pattern && folder_given);
}

SaveOptions SaveDialog::options() const {
    SaveOptions options;
    options.folder = QDir::cleanPath(QDir::fromNativeSeparators(folder_->text()));
    if (auto pattern = NamePattern::parse(pattern_->text()))
        options.pattern = *pattern;
    options.collision = static_cast<Collision>(collision_->currentData().toInt());
    return options;
}

} // namespace desktop
