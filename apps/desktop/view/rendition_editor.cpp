#include "view/rendition_editor.h"

#include "view/theme.h"

#include <QCheckBox>
#include <QColorDialog>
#include <QComboBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPainter>
#include <QPushButton>
#include <QRegularExpressionValidator>
#include <QSpinBox>

#include <algorithm>

namespace desktop {
namespace {

using thumbjobs::Fit;
using thumbjobs::Gravity;
using thumbjobs::OutputFormat;

QColor to_colour(std::uint32_t rgba) {
    return QColor(static_cast<int>(rgba >> 24), static_cast<int>(rgba >> 16 & 255),
                  static_cast<int>(rgba >> 8 & 255), static_cast<int>(rgba & 255));
}

std::uint32_t from_colour(const QColor& colour) {
    return static_cast<std::uint32_t>(colour.red()) << 24 |
           static_cast<std::uint32_t>(colour.green()) << 16 |
           static_cast<std::uint32_t>(colour.blue()) << 8 |
           static_cast<std::uint32_t>(colour.alpha());
}

template <class Enum>
void choose(QComboBox* box, Enum value) {
    box->setCurrentIndex(std::max(0, box->findData(static_cast<int>(value))));
}

template <class Enum>
Enum chosen(const QComboBox* box) {
    return static_cast<Enum>(box->currentData().toInt());
}

// Where along an axis what fills less than the whole is put, or what is kept: -1, 0 or 1.
QPointF direction(Gravity gravity) {
    switch (gravity) {
    case Gravity::north:
        return {0, -1};
    case Gravity::north_east:
        return {1, -1};
    case Gravity::east:
        return {1, 0};
    case Gravity::south_east:
        return {1, 1};
    case Gravity::south:
        return {0, 1};
    case Gravity::south_west:
        return {-1, 1};
    case Gravity::west:
        return {-1, 0};
    case Gravity::north_west:
        return {-1, -1};
    case Gravity::centre:
    case Gravity::attention:
    case Gravity::entropy:
        break;
    }
    return {0, 0};
}

} // namespace

FitSketch::FitSketch(QWidget* parent) : QWidget(parent) {
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    setAccessibleName(tr("Sketch of how the image fits"));
    setToolTip(tr("The frame is the size asked for, the shape inside is a landscape photograph."));
}

void FitSketch::set_spec(const thumbjobs::RenditionSpec& spec) {
    spec_ = spec;
    update();
}

QSize FitSketch::sizeHint() const {
    return {grid * 18, grid * 14};
}

void FitSketch::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const auto& colours = palette();
    const auto accent = colours.color(QPalette::Highlight);
    const auto room = QRectF(rect()).adjusted(grid, grid, -grid, -grid);
    QSizeF box(spec_.width, spec_.height);
    box.scale(room.size() * 0.72, Qt::KeepAspectRatio);
    box = box.expandedTo({4, 4});
    QRectF frame(QPointF(), box);
    frame.moveCenter(room.center());

    const QSizeF photo(3, 2);
    QRectF image;
    const bool whole = spec_.fit == Fit::contain || spec_.fit == Fit::inside;
    if (spec_.fit == Fit::fill) {
        image = frame;
    } else {
        image.setSize(
            photo.scaled(box, whole ? Qt::KeepAspectRatio : Qt::KeepAspectRatioByExpanding));
        image.moveCenter(frame.center());
        const auto to = spec_.fit == Fit::contain ? QPointF() : direction(spec_.gravity);
        const auto sign = whole ? 1.0 : -1.0;
        const auto slack_x = std::abs(frame.width() - image.width()) / 2;
        const auto slack_y = std::abs(frame.height() - image.height()) / 2;
        image.translate(sign * to.x() * slack_x, sign * to.y() * slack_y);
    }
    if (spec_.fit == Fit::inside) {
        const auto fill = spec_.background ? to_colour(*spec_.background)
                                           : blend(colours.color(QPalette::Base),
                                                   colours.color(QPalette::Text), 0.12);
        painter.fillRect(frame, fill);
    }
    const auto draw_photo = [&](const QRectF& area, qreal opacity) {
        painter.setOpacity(opacity);
        painter.fillRect(area, blend(colours.color(QPalette::Base), accent, 0.45));
        painter.setPen(Qt::NoPen);
        painter.setBrush(blend(colours.color(QPalette::Base), accent, 0.8));
        const auto at = [&area](qreal x, qreal y) {
            return QPointF(area.left() + area.width() * x, area.top() + area.height() * y);
        };
        painter.drawPolygon(QPolygonF{at(0, 1), at(0, 0.75), at(0.33, 0.42), at(0.6, 0.75),
                                      at(0.74, 0.6), at(1, 0.86), at(1, 1)});
        painter.drawEllipse(at(0.72, 0.3), area.width() * 0.07, area.width() * 0.07);
        painter.setOpacity(1);
    };
    if (spec_.fit == Fit::cover)
        draw_photo(image, 0.25);
    painter.save();
    painter.setClipRect(frame);
    draw_photo(image, 1);
    painter.restore();
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(colours.color(QPalette::WindowText), 1.5));
    painter.drawRect(frame);
}

ColourButton::ColourButton(QWidget* parent)
    : QWidget(parent), button_(new QPushButton(this)), clear_(new QPushButton(tr("Reset"), this)) {
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(grid);
    row->addWidget(button_, 1);
    row->addWidget(clear_);
    setFocusProxy(button_);
    connect(button_, &QPushButton::clicked, this, &ColourButton::choose);
    connect(clear_, &QPushButton::clicked, this, [this] {
        set_colour(std::nullopt);
        emit changed();
    });
    show_colour();
}

void ColourButton::set_colour(std::optional<std::uint32_t> rgba) {
    rgba_ = rgba;
    show_colour();
}

void ColourButton::choose() {
    auto* dialog = new QColorDialog(rgba_ ? to_colour(*rgba_) : QColor(Qt::white), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setOption(QColorDialog::ShowAlphaChannel);
    dialog->setWindowTitle(tr("Background"));
    connect(dialog, &QColorDialog::colorSelected, this, [this](const QColor& colour) {
        set_colour(from_colour(colour));
        emit changed();
    });
    dialog->open();
}

void ColourButton::show_colour() {
    clear_->setEnabled(rgba_.has_value());
    if (!rgba_) {
        button_->setIcon({});
        button_->setText(tr("Automatic"));
        button_->setToolTip(tr("White for JPEG, transparent otherwise"));
        return;
    }
    QPixmap swatch(16, 16);
    swatch.fill(to_colour(*rgba_));
    button_->setIcon(swatch);
    button_->setText(QString::fromStdString(thumbjobs::format_colour(*rgba_)));
    button_->setToolTip({});
}

RenditionEditor::RenditionEditor(QWidget* parent)
    : QWidget(parent),
      name_(new QLineEdit(this)),
      width_(new QSpinBox(this)),
      height_(new QSpinBox(this)),
      fit_(new QComboBox(this)),
      gravity_(new QComboBox(this)),
      format_(new QComboBox(this)),
      quality_(new QSpinBox(this)),
      background_(new ColourButton(this)),
      enlarge_(new QCheckBox(tr("Enlarge images that are smaller"), this)),
      sketch_(new FitSketch(this)) {
    build_form();
    connect(name_, &QLineEdit::textEdited, this, &RenditionEditor::report);
    for (auto* box : {width_, height_, quality_})
        connect(box, &QSpinBox::valueChanged, this, &RenditionEditor::report);
    for (auto* box : {fit_, gravity_, format_})
        connect(box, &QComboBox::currentIndexChanged, this, &RenditionEditor::report);
    connect(background_, &ColourButton::changed, this, &RenditionEditor::report);
    connect(enlarge_, &QCheckBox::toggled, this, &RenditionEditor::report);
    set_spec({});
}

void RenditionEditor::build_form() {
    name_->setValidator(new QRegularExpressionValidator(
        QRegularExpression(QStringLiteral("[a-z0-9_-]{0,64}")), name_));
    name_->setToolTip(tr("Lower-case letters, digits, - and _; part of file names"));
    for (auto* box : {width_, height_}) {
        box->setRange(1, thumbjobs::RenditionSpec::max_size);
        box->setSuffix(tr(" px"));
        box->setAccelerated(true);
    }
    width_->setAccessibleName(tr("Width in pixels"));
    height_->setAccessibleName(tr("Height in pixels"));
    const auto add = [](QComboBox* box, auto value, const QString& text) {
        box->addItem(text, static_cast<int>(value));
    };
    add(fit_, Fit::contain, tr("Whole image, within the size"));
    add(fit_, Fit::cover, tr("Fill the size, crop the rest"));
    add(fit_, Fit::fill, tr("Stretch to the size"));
    add(fit_, Fit::inside, tr("Whole image, with borders to the size"));
    add(gravity_, Gravity::centre, tr("The centre"));
    add(gravity_, Gravity::attention, tr("What draws the eye"));
    add(gravity_, Gravity::entropy, tr("What has most detail"));
    add(gravity_, Gravity::north, tr("Top"));
    add(gravity_, Gravity::north_east, tr("Top right"));
    add(gravity_, Gravity::east, tr("Right"));
    add(gravity_, Gravity::south_east, tr("Bottom right"));
    add(gravity_, Gravity::south, tr("Bottom"));
    add(gravity_, Gravity::south_west, tr("Bottom left"));
    add(gravity_, Gravity::west, tr("Left"));
    add(gravity_, Gravity::north_west, tr("Top left"));
    add(format_, OutputFormat::automatic, tr("JPEG, or PNG if transparent"));
    add(format_, OutputFormat::jpeg, tr("JPEG"));
    add(format_, OutputFormat::png, tr("PNG"));
    add(format_, OutputFormat::webp, tr("WebP"));
    add(format_, OutputFormat::avif, tr("AVIF"));
    quality_->setRange(0, 100);
    quality_->setSpecialValueText(tr("Default"));

    auto* size = new QHBoxLayout;
    size->setSpacing(grid);
    size->addWidget(width_, 1);
    size->addWidget(new QLabel(QStringLiteral("\u00d7"), this));
    size->addWidget(height_, 1);
    auto* form = new QFormLayout;
    form->setHorizontalSpacing(grid * 2);
    form->setVerticalSpacing(grid);
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    const auto row = [&](const QString& text, QWidget* field) {
        auto* label = new QLabel(text, this);
        label->setBuddy(field);
        form->addRow(label, field);
    };
    row(tr("&Name:"), name_);
    auto* size_label = new QLabel(tr("Si&ze:"), this);
    size_label->setBuddy(width_);
    form->addRow(size_label, size);
    row(tr("F&it:"), fit_);
    row(tr("&Keep:"), gravity_);
    row(tr("F&ormat:"), format_);
    row(tr("&Quality:"), quality_);
    row(tr("&Background:"), background_);
    form->addRow(QString(), enlarge_);
    auto* columns = new QHBoxLayout(this);
    columns->setContentsMargins(0, 0, 0, 0);
    columns->setSpacing(grid * 2);
    columns->addLayout(form, 1);
    columns->addWidget(sketch_, 0, Qt::AlignTop);
}

void RenditionEditor::set_spec(const thumbjobs::RenditionSpec& spec) {
    filling_ = true;
    spec_ = spec;
    const auto name = QString::fromStdString(spec.name);
    if (name_->text() != name)
        name_->setText(name);
    width_->setValue(spec.width);
    height_->setValue(spec.height);
    choose(fit_, spec.fit);
    choose(gravity_, spec.gravity);
    choose(format_, spec.format);
    quality_->setValue(spec.quality);
    background_->set_colour(spec.background);
    enlarge_->setChecked(spec.enlarge);
    sketch_->set_spec(spec);
    enable_what_counts();
    filling_ = false;
}

thumbjobs::RenditionSpec RenditionEditor::spec() const {
    return spec_;
}

void RenditionEditor::report() {
    if (filling_)
        return;
    spec_.name = name_->text().toStdString();
    spec_.width = width_->value();
    spec_.height = height_->value();
    spec_.fit = chosen<Fit>(fit_);
    spec_.gravity = chosen<Gravity>(gravity_);
    spec_.format = chosen<OutputFormat>(format_);
    spec_.quality = quality_->value();
    spec_.background = background_->colour();
    spec_.enlarge = enlarge_->isChecked();
    sketch_->set_spec(spec_);
    enable_what_counts();
    emit changed();
}

void RenditionEditor::enable_what_counts() {
    gravity_->setEnabled(spec_.fit == Fit::cover || spec_.fit == Fit::inside);
    quality_->setEnabled(spec_.format != OutputFormat::png);
}

} // namespace desktop
