#include "view/preset_dialog.h"

#include "view/icons.h"
#include "view/rendition_editor.h"
#include "view/theme.h"

#include <QDialogButtonBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <set>

namespace desktop {
namespace {

constexpr std::size_t most_renditions = 32;

QString rendition_text(const thumbjobs::RenditionSpec& spec) {
    return QStringLiteral("%1  (%2 \u00d7 %3)")
        .arg(QString::fromStdString(spec.name))
        .arg(spec.width)
        .arg(spec.height);
}

// A name that the preset does not have yet.
std::string free_name(const std::vector<thumbjobs::RenditionSpec>& specs) {
    std::set<std::string> taken;
    for (const auto& spec : specs)
        taken.insert(spec.name);
    for (int number = 2;; ++number) {
        auto name = "size-" + std::to_string(number);
        if (!taken.contains(name))
            return name;
    }
}

QToolButton* tool_button(const QString& text, const QString& help, QWidget* parent) {
    auto* button = new QToolButton(parent);
    button->setText(text);
    button->setToolTip(help);
    button->setAccessibleName(help);
    button->setFocusPolicy(Qt::StrongFocus);
    return button;
}

} // namespace

PresetDialog::PresetDialog(std::vector<PresetDraft> drafts, int chosen, QWidget* parent)
    : QDialog(parent),
      drafts_(std::move(drafts)),
      presets_(new QListWidget(this)),
      name_(new QLineEdit(this)),
      renditions_(new QListWidget(this)),
      editor_(new RenditionEditor(this)),
      complaint_(new QLabel(this)) {
    setWindowTitle(tr("Presets"));
    auto* columns = new QHBoxLayout;
    columns->setSpacing(grid * 2);
    columns->addWidget(build_presets());
    columns->addWidget(build_renditions(), 1);
    complaint_->setWordWrap(true);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel, this);
    accept_ = buttons->button(QDialogButtonBox::Ok);
    accept_->setText(tr("Save presets"));
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    dress_buttons(*buttons);
    auto* bottom = new QHBoxLayout;
    bottom->setSpacing(grid * 2);
    bottom->addWidget(complaint_, 1);
    bottom->addWidget(buttons);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(grid * 2, grid * 2, grid * 2, grid * 2);
    column->setSpacing(grid * 2);
    column->addLayout(columns, 1);
    column->addLayout(bottom);

    for (const auto& draft : drafts_)
        presets_->addItem(draft.name);
    connect(presets_, &QListWidget::currentRowChanged, this, &PresetDialog::show_preset);
    connect(renditions_, &QListWidget::currentRowChanged, this, &PresetDialog::show_rendition);
    connect(editor_, &RenditionEditor::changed, this, &PresetDialog::take_rendition);
    connect(name_, &QLineEdit::textEdited, this, [this](const QString& text) {
        if (auto* draft = present()) {
            draft->name = text.trimmed();
            presets_->currentItem()->setText(draft->name);
            check();
        }
    });
    presets_->setCurrentRow(std::clamp(chosen, 0, static_cast<int>(drafts_.size()) - 1));
}

QWidget* PresetDialog::build_presets() {
    auto* part = new QWidget(this);
    auto* label = new QLabel(tr("&Presets"), part);
    label->setFont(heading_font(font()));
    label->setBuddy(presets_);
    presets_->setAccessibleName(tr("Presets"));
    presets_->setMinimumWidth(grid * 22);
    presets_->setSpacing(2);
    auto* add = new QPushButton(tr("New"), part);
    auto* copy = new QPushButton(tr("Duplicate"), part);
    remove_preset_ = new QPushButton(tr("Remove"), part);
    connect(add, &QPushButton::clicked, this, [this] { add_preset({{}, tr("New preset"), {{}}}); });
    connect(copy, &QPushButton::clicked, this, [this] {
        if (const auto* draft = present())
            add_preset({{}, tr("%1 (copy)").arg(draft->name), draft->renditions});
    });
    connect(remove_preset_, &QPushButton::clicked, this, &PresetDialog::remove_preset);
    auto* row = new QHBoxLayout;
    row->setSpacing(grid);
    for (auto* button : {add, copy, remove_preset_})
        row->addWidget(button);
    auto* column = new QVBoxLayout(part);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(grid);
    column->addWidget(label);
    column->addWidget(presets_, 1);
    column->addLayout(row);
    return part;
}

QWidget* PresetDialog::build_renditions() {
    auto* part = new QWidget(this);
    auto* label = new QLabel(tr("Pr&eset's name"), part);
    label->setFont(heading_font(font()));
    label->setBuddy(name_);
    name_->setMaxLength(64);
    auto* sizes = new QLabel(tr("Made of each &image"), part);
    sizes->setFont(heading_font(font()));
    sizes->setBuddy(renditions_);
    renditions_->setAccessibleName(tr("Thumbnails of the preset"));
    renditions_->setSpacing(2);
    renditions_->setFixedHeight(fontMetrics().height() * 4 + grid * 4);
    add_rendition_ = tool_button(QStringLiteral("+"), tr("Add a thumbnail"), part);
    remove_rendition_ = tool_button(QStringLiteral("\u2212"), tr("Remove this thumbnail"), part);
    connect(add_rendition_, &QToolButton::clicked, this, &PresetDialog::add_rendition);
    connect(remove_rendition_, &QToolButton::clicked, this, &PresetDialog::remove_rendition);
    auto* buttons = new QVBoxLayout;
    buttons->setSpacing(grid / 2);
    buttons->addWidget(add_rendition_);
    buttons->addWidget(remove_rendition_);
    buttons->addStretch();
    auto* row = new QHBoxLayout;
    row->setSpacing(grid);
    row->addWidget(renditions_, 1);
    row->addLayout(buttons);
    auto* column = new QVBoxLayout(part);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(grid);
    column->addWidget(label);
    column->addWidget(name_);
    column->addSpacing(grid / 2);
    column->addWidget(sizes);
    column->addLayout(row);
    column->addSpacing(grid / 2);
    column->addWidget(editor_);
    column->addStretch();
    return part;
}

int PresetDialog::chosen() const {
    return presets_->currentRow();
}

PresetDraft* PresetDialog::present() {
    const auto at = presets_->currentRow();
    return at >= 0 && at < static_cast<int>(drafts_.size()) ? &drafts_[static_cast<std::size_t>(at)]
                                                            : nullptr;
}

void PresetDialog::show_preset(int) {
    const auto* draft = present();
    if (!draft)
        return;
    filling_ = true;
    name_->setText(draft->name);
    renditions_->clear();
    for (const auto& spec : draft->renditions)
        renditions_->addItem(rendition_text(spec));
    filling_ = false;
    renditions_->setCurrentRow(0);
    check();
}

void PresetDialog::show_rendition(int at) {
    const auto* draft = present();
    if (filling_ || !draft || at < 0)
        return;
    editor_->set_spec(draft->renditions[static_cast<std::size_t>(at)]);
    check();
}

void PresetDialog::add_preset(PresetDraft draft) {
    presets_->addItem(draft.name);
    drafts_.push_back(std::move(draft));
    presets_->setCurrentRow(presets_->count() - 1);
    name_->setFocus();
    name_->selectAll();
}

void PresetDialog::remove_preset() {
    const auto at = presets_->currentRow();
    if (at < 0 || drafts_.size() < 2)
        return;
    drafts_.erase(drafts_.begin() + at);
    delete presets_->takeItem(at);
    show_preset(presets_->currentRow());
}

void PresetDialog::add_rendition() {
    auto* draft = present();
    if (!draft || draft->renditions.size() >= most_renditions)
        return;
    auto spec = draft->renditions.back();
    spec.name = free_name(draft->renditions);
    draft->renditions.push_back(spec);
    renditions_->addItem(rendition_text(spec));
    renditions_->setCurrentRow(renditions_->count() - 1);
}

void PresetDialog::remove_rendition() {
    auto* draft = present();
    const auto at = renditions_->currentRow();
    if (!draft || at < 0 || draft->renditions.size() < 2)
        return;
    draft->renditions.erase(draft->renditions.begin() + at);
    show_preset(presets_->currentRow());
    renditions_->setCurrentRow(std::min(at, renditions_->count() - 1));
}

void PresetDialog::take_rendition() {
    auto* draft = present();
    const auto at = renditions_->currentRow();
    if (!draft || at < 0)
        return;
    draft->renditions[static_cast<std::size_t>(at)] = editor_->spec();
    renditions_->item(at)->setText(rendition_text(editor_->spec()));
    check();
}

QString PresetDialog::complaint(const std::vector<PresetDraft>& drafts) {
    std::set<QString> names;
    for (const auto& draft : drafts) {
        if (draft.name.isEmpty())
            return tr("A preset has no name.");
        if (!names.insert(draft.name).second)
            return tr("Two presets are named \u201c%1\u201d.").arg(draft.name);
        std::set<std::string> sizes;
        for (const auto& spec : draft.renditions) {
            if (spec.name.empty())
                return tr("A thumbnail of \u201c%1\u201d has no name.").arg(draft.name);
            if (!sizes.insert(spec.name).second) {
                return tr("Two thumbnails of \u201c%1\u201d are named \u201c%2\u201d.")
                    .arg(draft.name, QString::fromStdString(spec.name));
            }
        }
        try {
            thumbjobs::validate(draft.renditions);
        } catch (const thumbjobs::Error& error) {
            return QStringLiteral("%1: %2").arg(draft.name, QString::fromUtf8(error.what()));
        }
    }
    return {};
}

void PresetDialog::check() {
    const auto wrong = complaint(drafts_);
    complaint_->setText(wrong);
    auto colours = palette();
    colours.setColor(QPalette::WindowText, state_colour(thumbjobs::JobState::failed, colours));
    complaint_->setPalette(colours);
    accept_->setEnabled(wrong.isEmpty());
    const auto* draft = present();
    remove_preset_->setEnabled(drafts_.size() > 1);
    remove_rendition_->setEnabled(draft && draft->renditions.size() > 1);
    add_rendition_->setEnabled(draft && draft->renditions.size() < most_renditions);
}

} // namespace desktop
