#include "view/message_strip.h"

#include "view/icons.h"
#include "view/theme.h"

#include <QAccessible>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QToolButton>

namespace desktop {
namespace {

constexpr int glyph_size = 18;

} // namespace

MessageStrip::MessageStrip(QWidget* parent)
    : QFrame(parent),
      text_(new QLabel(this)),
      button_(new QPushButton(this)),
      close_(new QToolButton(this)) {
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(grid * 5, grid * 3 / 4, grid, grid * 3 / 4);
    row->setSpacing(grid);
    row->addWidget(text_, 1);
    row->addWidget(button_);
    row->addWidget(close_);
    text_->setWordWrap(true);
    text_->setTextFormat(Qt::PlainText);
    text_->setTextInteractionFlags(Qt::TextSelectableByMouse);
    close_->setIcon(icon(Glyph::close));
    close_->setAutoRaise(true);
    close_->setToolTip(tr("Close"));
    close_->setAccessibleName(tr("Close this message"));
    close_->setFocusPolicy(Qt::TabFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Maximum);
    timer_.setSingleShot(true);
    connect(button_, &QPushButton::clicked, this, &MessageStrip::take_offer);
    connect(close_, &QToolButton::clicked, this, &MessageStrip::dismiss);
    connect(&timer_, &QTimer::timeout, this, &MessageStrip::time_out);
    hide();
}

void MessageStrip::show_message(Tone tone, const QString& text, Offer offer,
                                std::chrono::milliseconds lifetime) {
    tone_ = tone;
    offer_ = std::move(offer);
    text_->setText(text);
    button_->setText(offer_.text);
    button_->setMinimumWidth(button_->fontMetrics().horizontalAdvance(offer_.text) + grid * 4);
    button_->setVisible(!offer_.text.isEmpty());
    setAccessibleName(text);
    timer_.stop();
    if (lifetime.count() > 0)
        timer_.start(lifetime);
    show();
    update();
    QAccessibleEvent event(this, QAccessible::Alert);
    QAccessible::updateAccessibility(&event);
}

void MessageStrip::dismiss() {
    timer_.stop();
    if (isHidden())
        return;
    hide();
    emit dismissed();
}

QString MessageStrip::text() const {
    return text_->text();
}

void MessageStrip::take_offer() {
    timer_.stop();
    hide();
    // The action may show the next message, which sets another offer.
    if (const auto action = std::exchange(offer_, {}).action)
        action();
}

void MessageStrip::time_out() {
    if (underMouse() || button_->hasFocus() || close_->hasFocus()) {
        timer_.start(std::chrono::seconds(2));
        return;
    }
    dismiss();
}

void MessageStrip::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const auto& colours = palette();
    auto accent = colours.color(QPalette::Highlight);
    auto glyph = Glyph::info;
    if (tone_ == Tone::warning) {
        accent = state_colour(thumbjobs::JobState::cancelled, colours);
        glyph = Glyph::warning;
    } else if (tone_ == Tone::error) {
        accent = state_colour(thumbjobs::JobState::failed, colours);
        glyph = Glyph::warning;
    }
    const auto window = colours.color(QPalette::Window);
    painter.setBrush(blend(window, accent, is_dark(colours) ? 0.22 : 0.10));
    painter.setPen(blend(window, accent, 0.55));
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6);
    draw_glyph(painter, glyph,
               QRectF(grid * 1.5, (height() - glyph_size) / 2.0, glyph_size, glyph_size), accent);
}

} // namespace desktop
