#include "view/facts.h"

#include "view/theme.h"

#include <QGridLayout>
#include <QPainter>

#include <algorithm>

namespace desktop {
namespace {

constexpr qsizetype longest_word = 22;

bool is_unbroken(const QString& text) {
    const auto words = text.split(u' ');
    return std::any_of(words.begin(), words.end(),
                       [](const QString& word) { return word.size() > longest_word; });
}

} // namespace

ElidedLabel::ElidedLabel(Qt::TextElideMode mode, QWidget* parent) : QWidget(parent), mode_(mode) {
    setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
}

void ElidedLabel::set_text(const QString& text) {
    if (text == text_)
        return;
    text_ = text;
    setAccessibleName(text);
    offer_whole();
    updateGeometry();
    update();
}

QSize ElidedLabel::sizeHint() const {
    return {fontMetrics().horizontalAdvance(text_), fontMetrics().height()};
}

QSize ElidedLabel::minimumSizeHint() const {
    return {grid * 4, fontMetrics().height()};
}

void ElidedLabel::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setPen(palette().color(isEnabled() ? QPalette::Active : QPalette::Disabled, role_));
    painter.drawText(rect(), Qt::AlignLeft | Qt::AlignVCenter,
                     fontMetrics().elidedText(text_, mode_, width()));
}

void ElidedLabel::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    offer_whole();
}

void ElidedLabel::offer_whole() {
    const bool cut = fontMetrics().horizontalAdvance(text_) > width();
    setToolTip(cut ? QStringLiteral("<div>%1</div>").arg(text_.toHtmlEscaped()) : QString());
}

Facts::Facts(const QString& heading, QWidget* parent)
    : QWidget(parent), lines_layout_(new QGridLayout(this)) {
    lines_layout_->setContentsMargins(0, 0, 0, 0);
    lines_layout_->setHorizontalSpacing(grid * 2);
    lines_layout_->setVerticalSpacing(grid / 2);
    lines_layout_->setColumnStretch(1, 1);
    // The same in all lists, so that their values stand in one column.
    lines_layout_->setColumnMinimumWidth(0, fontMetrics().averageCharWidth() * 12);
    auto* title = new QLabel(heading, this);
    title->setFont(heading_font(font()));
    lines_layout_->addWidget(title, 0, 0, 1, 2);
    hide();
}

void Facts::place(const Line& line, int row, bool wide) {
    // Two rows of the layout for each line: long words go below their name.
    lines_layout_->removeWidget(line.value);
    line.value->setFont(wide ? caption_font(font()) : font());
    if (wide)
        lines_layout_->addWidget(line.value, 2 * row, 0, 1, 2);
    else
        lines_layout_->addWidget(line.value, 2 * row - 1, 1);
}

void Facts::set_facts(const List& facts) {
    while (lines_.size() < facts.size()) {
        const Line line{new QLabel(this), new QLabel(this)};
        line.name->setTextFormat(Qt::PlainText);
        line.name->setAlignment(Qt::AlignLeft | Qt::AlignTop);
        line.name->setForegroundRole(QPalette::PlaceholderText);
        line.value->setTextFormat(Qt::PlainText);
        line.value->setWordWrap(true);
        line.value->setTextInteractionFlags(Qt::TextSelectableByMouse |
                                            Qt::TextSelectableByKeyboard);
        line.value->setMinimumWidth(grid);
        const auto row = static_cast<int>(lines_.size()) + 1;
        lines_layout_->addWidget(line.name, 2 * row - 1, 0);
        lines_ << line;
    }
    for (qsizetype i = 0; i < lines_.size(); ++i) {
        const bool used = i < facts.size();
        lines_[i].name->setVisible(used);
        lines_[i].value->setVisible(used);
        if (!used)
            continue;
        lines_[i].name->setText(facts[i].first);
        lines_[i].value->setText(facts[i].second);
        place(lines_[i], static_cast<int>(i) + 1, is_unbroken(facts[i].second));
        lines_[i].value->setAccessibleName(facts[i].first);
    }
    setVisible(!facts.isEmpty());
}

} // namespace desktop
