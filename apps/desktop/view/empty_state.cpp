#include "view/empty_state.h"

#include "view/icons.h"
#include "view/theme.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QVBoxLayout>

namespace desktop {
namespace {

constexpr int drawing_size = 72;

void draw_frame(QPainter& painter, const QRectF& frame, const QColor& colour, qreal width) {
    QPen pen(colour, width, Qt::CustomDashLine, Qt::RoundCap);
    pen.setDashPattern({5, 4});
    painter.setPen(pen);
    painter.drawRoundedRect(frame, 12, 12);
}

} // namespace

EmptyState::EmptyState(QWidget* parent)
    : QWidget(parent),
      title_(new QLabel(this)),
      hint_(new QLabel(this)),
      images_(new QPushButton(icon(Glyph::add_images), tr("Choose images\u2026"), this)),
      folder_(new QPushButton(icon(Glyph::add_folder), tr("Choose a folder\u2026"), this)),
      all_(new QPushButton(tr("Show all jobs"), this)) {
    setAutoFillBackground(true);
    setBackgroundRole(QPalette::Base);
    auto title_font = heading_font(font());
    title_font.setPointSizeF(title_font.pointSizeF() * 1.6);
    title_->setFont(title_font);
    for (auto* label : {title_, hint_}) {
        label->setAlignment(Qt::AlignCenter);
        label->setWordWrap(true);
        label->setForegroundRole(QPalette::Text);
    }
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(grid);
    buttons->addStretch();
    for (auto* button : {images_, folder_, all_}) {
        button->setMinimumHeight(grid * 4);
        buttons->addWidget(button);
    }
    buttons->addStretch();
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(grid * 4, grid * 3, grid * 4, grid * 3);
    column->addStretch(3);
    column->addSpacing(drawing_size + grid * 2);
    column->addWidget(title_);
    column->addSpacing(grid / 2);
    column->addWidget(hint_);
    column->addSpacing(grid * 2);
    column->addLayout(buttons);
    column->addStretch(4);
    connect(images_, &QPushButton::clicked, this, &EmptyState::images_wanted);
    connect(folder_, &QPushButton::clicked, this, &EmptyState::folder_wanted);
    connect(all_, &QPushButton::clicked, this, &EmptyState::all_wanted);
    set_kind(Kind::no_jobs);
}

void EmptyState::set_kind(Kind kind) {
    kind_ = kind;
    switch (kind) {
    case Kind::no_jobs:
        title_->setText(tr("Drop images here"));
        hint_->setText(tr("or whole folders, paste them, or choose them below"));
        break;
    case Kind::no_match:
        title_->setText(tr("No job matches"));
        hint_->setText(tr("Another filter or search may show more."));
        break;
    case Kind::loading:
        title_->setText(tr("Loading jobs\u2026"));
        hint_->setText({});
        break;
    }
    images_->setVisible(kind == Kind::no_jobs);
    folder_->setVisible(kind == Kind::no_jobs);
    all_->setVisible(kind == Kind::no_match);
    setAccessibleName(title_->text());
    update();
}

void EmptyState::set_hovered(bool hovered) {
    hovered_ = hovered;
    update();
}

void EmptyState::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const auto& colours = palette();
    const auto accent = colours.color(QPalette::Highlight);
    const auto base = colours.color(QPalette::Base);
    if (kind_ == Kind::no_jobs) {
        if (hovered_)
            painter.setBrush(blend(base, accent, 0.10));
        draw_frame(painter, QRectF(rect()).adjusted(grid * 2, grid * 2, -grid * 2, -grid * 2),
                   hovered_ ? accent : blend(base, colours.color(QPalette::Text), 0.32),
                   hovered_ ? 2 : 1.5);
    }
    const auto glyph = kind_ == Kind::no_match  ? Glyph::search
                       : kind_ == Kind::loading ? Glyph::clock
                                                : Glyph::image;
    const QRectF square((width() - drawing_size) / 2.0, title_->y() - drawing_size - grid * 2.0,
                        drawing_size, drawing_size);
    draw_glyph(painter, glyph, square,
               hovered_ ? accent : blend(base, colours.color(QPalette::Text), 0.45));
}

DropSheet::DropSheet(QWidget* parent) : QWidget(parent) {
    setAttribute(Qt::WA_TransparentForMouseEvents);
    hide();
}

void DropSheet::set_text(const QString& text) {
    text_ = text;
    update();
}

void DropSheet::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const auto accent = palette().color(QPalette::Highlight);
    auto veil = blend(palette().color(QPalette::Base), accent, 0.12);
    veil.setAlphaF(0.88F);
    painter.fillRect(rect(), veil);
    draw_frame(painter, QRectF(rect()).adjusted(grid, grid, -grid, -grid), accent, 2);
    auto large = heading_font(font());
    large.setPointSizeF(large.pointSizeF() * 1.3);
    painter.setFont(large);
    painter.setPen(palette().color(QPalette::Text));
    painter.drawText(rect().adjusted(grid * 3, 0, -grid * 3, 0), Qt::AlignCenter | Qt::TextWordWrap,
                     text_);
}

} // namespace desktop
