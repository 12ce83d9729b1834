#include "view/theme.h"

#include <QApplication>
#include <QDialogButtonBox>
#include <QPushButton>

#include <algorithm>
#include <cmath>

namespace desktop {
namespace {

struct StateColours {
    QColor light, dark;
};

StateColours colours_of(thumbjobs::JobState state) {
    switch (state) {
    case thumbjobs::JobState::queued:
        return {QColor(0x5a6472), QColor(0xa4aebb)};
    case thumbjobs::JobState::processing:
        return {QColor(0x1a64c4), QColor(0x6cb0ff)};
    case thumbjobs::JobState::succeeded:
        return {QColor(0x1a7432), QColor(0x62cc80)};
    case thumbjobs::JobState::failed:
        return {QColor(0xbe2424), QColor(0xff8a80)};
    case thumbjobs::JobState::cancelled:
        return {QColor(0x805800), QColor(0xdcb455)};
    }
    return {};
}

qreal luminance(const QColor& colour) {
    const auto linear = [](qreal channel) {
        return channel <= 0.03928 ? channel / 12.92 : std::pow((channel + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) +
           0.0722 * linear(colour.blueF());
}

void set_disabled(QPalette& palette, const QColor& text) {
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        palette.setColor(QPalette::Disabled, role, text);
}

} // namespace

bool is_dark(const QPalette& palette) {
    return palette.color(QPalette::WindowText).lightness() >
           palette.color(QPalette::Window).lightness();
}

QColor state_colour(thumbjobs::JobState state, const QPalette& palette) {
    const auto colours = colours_of(state);
    return is_dark(palette) ? colours.dark : colours.light;
}

QColor quiet_text(const QPalette& palette) {
    return blend(palette.color(QPalette::Base), palette.color(QPalette::Text), 0.68);
}

QColor hairline(const QPalette& palette) {
    return blend(palette.color(QPalette::Window), palette.color(QPalette::WindowText), 0.12);
}

QColor raised_surface(const QPalette& palette) {
    return blend(palette.color(QPalette::Base), palette.color(QPalette::Text), 0.05);
}

QColor blend(const QColor& under, const QColor& over, qreal amount) {
    const auto mix = [amount](float from, float to) {
        return static_cast<float>(from + (to - from) * amount);
    };
    return QColor::fromRgbF(mix(under.redF(), over.redF()), mix(under.greenF(), over.greenF()),
                            mix(under.blueF(), over.blueF()));
}

qreal contrast(const QColor& first, const QColor& second) {
    const auto [darker, lighter] = std::minmax({luminance(first), luminance(second)});
    return (lighter + 0.05) / (darker + 0.05);
}

void dress_buttons(QDialogButtonBox& buttons) {
    for (auto* button : buttons.buttons())
        button->setIcon({});
    if (auto* cancel = buttons.button(QDialogButtonBox::Cancel))
        cancel->setText(QCoreApplication::translate("desktop::Theme", "Cancel"));
    if (auto* close = buttons.button(QDialogButtonBox::Close))
        close->setText(QCoreApplication::translate("desktop::Theme", "Close"));
}

QFont caption_font(const QFont& font) {
    auto caption = font;
    if (font.pointSizeF() > 0)
        caption.setPointSizeF(std::max(7.5, font.pointSizeF() * 0.9));
    else
        caption.setPixelSize(std::max(10, font.pixelSize() * 9 / 10));
    return caption;
}

QFont heading_font(const QFont& font) {
    auto heading = font;
    heading.setWeight(QFont::DemiBold);
    return heading;
}

QString to_setting(Appearance appearance) {
    switch (appearance) {
    case Appearance::system:
        return QStringLiteral("system");
    case Appearance::light:
        return QStringLiteral("light");
    case Appearance::dark:
        return QStringLiteral("dark");
    }
    return {};
}

Appearance appearance_from_setting(const QString& text) {
    for (const auto appearance : {Appearance::light, Appearance::dark}) {
        if (text == to_setting(appearance))
            return appearance;
    }
    return Appearance::system;
}

QPalette light_palette() {
    QPalette palette(QColor(0xf4f5f7), QColor(0xf4f5f7));
    palette.setColor(QPalette::WindowText, QColor(0x1d2129));
    palette.setColor(QPalette::Base, Qt::white);
    palette.setColor(QPalette::AlternateBase, QColor(0xf7f8fa));
    palette.setColor(QPalette::Text, QColor(0x1d2129));
    palette.setColor(QPalette::Button, QColor(0xf4f5f7));
    palette.setColor(QPalette::ButtonText, QColor(0x1d2129));
    palette.setColor(QPalette::ToolTipBase, QColor(0x2a2f38));
    palette.setColor(QPalette::ToolTipText, QColor(0xf2f4f7));
    palette.setColor(QPalette::PlaceholderText, QColor(0x6a7280));
    palette.setColor(QPalette::Highlight, QColor(0x1f66c1));
    palette.setColor(QPalette::HighlightedText, Qt::white);
    palette.setColor(QPalette::Link, QColor(0x1a64c4));
    palette.setColor(QPalette::LinkVisited, QColor(0x6b46a8));
    set_disabled(palette, QColor(0x9aa1ac));
    return palette;
}

QPalette dark_palette() {
    QPalette palette(QColor(0x25282e), QColor(0x25282e));
    palette.setColor(QPalette::WindowText, QColor(0xe6e8ec));
    palette.setColor(QPalette::Base, QColor(0x1b1d22));
    palette.setColor(QPalette::AlternateBase, QColor(0x202329));
    palette.setColor(QPalette::Text, QColor(0xe6e8ec));
    palette.setColor(QPalette::Button, QColor(0x30343b));
    palette.setColor(QPalette::ButtonText, QColor(0xe6e8ec));
    palette.setColor(QPalette::BrightText, QColor(0xff8a80));
    palette.setColor(QPalette::ToolTipBase, QColor(0x3a3f48));
    palette.setColor(QPalette::ToolTipText, QColor(0xf2f4f7));
    palette.setColor(QPalette::PlaceholderText, QColor(0x949ca8));
    palette.setColor(QPalette::Highlight, QColor(0x2a66b5));
    palette.setColor(QPalette::HighlightedText, Qt::white);
    palette.setColor(QPalette::Link, QColor(0x6cb0ff));
    palette.setColor(QPalette::LinkVisited, QColor(0xbb9bf0));
    palette.setColor(QPalette::Light, QColor(0x3c414a));
    palette.setColor(QPalette::Midlight, QColor(0x353a42));
    palette.setColor(QPalette::Mid, QColor(0x1d1f24));
    palette.setColor(QPalette::Dark, QColor(0x15171a));
    palette.setColor(QPalette::Shadow, Qt::black);
    set_disabled(palette, QColor(0x757d89));
    return palette;
}

void apply_palette(const QPalette& palette) {
    QApplication::setPalette(palette);
    // Fusion draws their outline by making the window's colour darker, which the dark has no room
    // for.
    auto options = palette;
    if (is_dark(palette))
        options.setColor(QPalette::Base, blend(palette.color(QPalette::Window),
                                               palette.color(QPalette::Text), 0.38));
    for (const char* widget : {"QCheckBox", "QRadioButton"})
        QApplication::setPalette(options, widget);
}

} // namespace desktop
