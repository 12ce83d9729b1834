#include "view/icons.h"

#include <QGuiApplication>
#include <QIconEngine>
#include <QPainter>
#include <QPainterPath>
#include <QPixmap>
#include <QStringTokenizer>

#include <vector>

namespace desktop {
namespace {

// A drawing on a square of 24 x 24, in the manner of SVG paths: M x y, L x y, C x1 y1 x2 y2 x y, Z;
// also O x y r (circle), R x y width height radius (rounded rectangle), A x y r start span (arc, in
// degrees, counter-clockwise from three o'clock).
QStringView drawing(Glyph glyph) {
    switch (glyph) {
    case Glyph::add_images:
        return u"M 20 12 L 20 6 C 20 4.9 19.1 4 18 4 L 6 4 C 4.9 4 4 4.9 4 6 L 4 18 C 4 19.1 4.9 "
               u"20 6 "
               u"20 L 12 20 M 4 16 L 9 11 L 14 16 O 15 8.5 1.3 M 18 15 L 18 21 M 15 18 L 21 18";
    case Glyph::add_folder:
        return u"M 20 12 L 20 9 C 20 8 19.3 7.3 18.3 7.3 L 12 7.3 L 10 5 L 5 5 C 4 5 3 5.7 3 6.8 L "
               u"3 17 "
               u"C 3 18.2 4 19 5 19 L 12 19 M 18 15 L 18 21 M 15 18 L 21 18";
    case Glyph::paste:
        return u"R 5 5 14 16 2 R 9 3 6 4 1 M 9 12 L 15 12 M 9 16 L 13 16";
    case Glyph::pause:
        return u"M 9 5 L 9 19 M 15 5 L 15 19";
    case Glyph::resume:
        return u"M 8 5 L 18.5 12 L 8 19 Z";
    case Glyph::stop:
        return u"R 6 6 12 12 1.5";
    case Glyph::cancel:
        return u"O 12 12 8.5 M 9 9 L 15 15 M 15 9 L 9 15";
    case Glyph::retry:
        return u"A 12 12.5 7.5 18 318 M 20 5 L 20 10.2 L 14.8 10.2";
    case Glyph::remove:
        return u"M 4 7 L 20 7 M 9 7 L 9 4 L 15 4 L 15 7 M 6 7 L 7 20 L 17 20 L 18 7 M 10 11 L 10 "
               u"16 "
               u"M 14 11 L 14 16";
    case Glyph::save:
        return u"M 12 4 L 12 15 M 7.5 10.5 L 12 15 L 16.5 10.5 M 4 16 L 4 20 L 20 20 L 20 16";
    case Glyph::save_all:
        return u"M 12 10 L 12 17 M 9 14.2 L 12 17.2 L 15 14.2 M 3 18 L 3 6 C 3 5.4 3.5 5 4 5 L 9.5 "
               u"5 "
               u"L 11.5 7.3 L 20 7.3 C 20.6 7.3 21 7.8 21 8.3 L 21 19 C 21 19.6 20.5 20 20 20 L 4 "
               u"20 C "
               u"3.4 20 3 19.6 3 19 Z";
    case Glyph::export_table:
        return u"M 20 11 L 20 4 L 4 4 L 4 20 L 11 20 M 4 9 L 20 9 M 10 9 L 10 20 M 14 17 L 21 17 M "
               u"18 "
               u"14 L 21 17 L 18 20";
    case Glyph::search:
        return u"O 10.5 10.5 6 M 15 15 L 20 20";
    case Glyph::table:
        return u"M 4 6 L 6 6 M 9 6 L 20 6 M 4 12 L 6 12 M 9 12 L 20 12 M 4 18 L 6 18 M 9 18 L 20 "
               u"18";
    case Glyph::tiles:
        return u"R 4 4 6.5 6.5 1 R 13.5 4 6.5 6.5 1 R 4 13.5 6.5 6.5 1 R 13.5 13.5 6.5 6.5 1";
    case Glyph::chart:
        return u"M 4 4 L 4 20 L 20 20 M 7.5 15 L 11 10.5 L 14 13 L 19.5 6.5";
    case Glyph::details:
        return u"R 3.5 5 17 14 2 M 14 5 L 14 19";
    case Glyph::server:
        return u"R 4 4.5 16 6.5 1.5 R 4 13 16 6.5 1.5 O 8 7.75 0.4 O 8 16.25 0.4";
    case Glyph::computer:
        return u"R 4 4.5 16 11 1.5 M 2.5 19.5 L 21.5 19.5";
    case Glyph::presets:
        return u"M 4 7 L 13 7 M 18 7 L 20 7 O 15.5 7 2.3 M 4 17 L 6 17 M 11 17 L 20 17 O 8.5 17 "
               u"2.3";
    case Glyph::copy:
        return u"R 9 9 11 11 1.5 M 15 9 L 15 5 C 15 4.5 14.6 4 14 4 L 5 4 C 4.4 4 4 4.5 4 5 L 4 14 "
               u"C 4 "
               u"14.6 4.5 15 5 15 L 9 15";
    case Glyph::open:
        return u"M 11 5 L 5 5 L 5 19 L 19 19 L 19 13 M 14 4.5 L 19.5 4.5 L 19.5 10 M 19.5 4.5 L 11 "
               u"13";
    case Glyph::log:
        return u"R 5 3.5 14 17 2 M 8.5 8 L 15.5 8 M 8.5 12 L 15.5 12 M 8.5 16 L 13 16";
    case Glyph::undo:
        return u"M 8 4.5 L 4 8.5 L 8 12.5 M 4 8.5 L 14 8.5 C 17.5 8.5 20 10.8 20 14 C 20 17.2 17.5 "
               u"19.5 "
               u"14 19.5 L 9 19.5";
    case Glyph::info:
        return u"O 12 12 8.5 M 12 11 L 12 16 O 12 8 0.3";
    case Glyph::warning:
        return u"M 12 4 L 21 19.5 L 3 19.5 Z M 12 10 L 12 14.5 O 12 17 0.3";
    case Glyph::check:
        return u"M 5 12.5 L 10 17.5 L 19.5 7";
    case Glyph::clock:
        return u"O 12 12 8.5 M 12 7 L 12 12 L 15.5 14";
    case Glyph::image:
        return u"R 4 4 16 16 2 M 4 16.5 L 9 11.5 L 14 16.5 L 16 14.5 L 20 18 O 15 9 1.5";
    case Glyph::broken_image:
        return u"M 20 10 L 20 6 C 20 4.9 19.1 4 18 4 L 6 4 C 4.9 4 4 4.9 4 6 L 4 13 L 8 11 L 12 14 "
               u"L 16 "
               u"10.5 L 20 13 M 4 17 L 4 18 C 4 19.1 4.9 20 6 20 L 18 20 C 19.1 20 20 19.1 20 18 L "
               u"20 "
               u"17 L 16 14.5 L 12 18 L 8 15 Z";
    case Glyph::close:
        return u"M 6.5 6.5 L 17.5 17.5 M 17.5 6.5 L 6.5 17.5";
    case Glyph::up:
        return u"M 6 15 L 12 9 L 18 15";
    case Glyph::down:
        return u"M 6 9 L 12 15 L 18 9";
    }
    return {};
}

QPainterPath read_path(QStringView text) {
    QPainterPath path;
    char16_t command = 0;
    std::vector<qreal> numbers;
    const auto finish = [&] {
        const auto& n = numbers;
        switch (command) {
        case 'M':
            path.moveTo(n[0], n[1]);
            break;
        case 'L':
            path.lineTo(n[0], n[1]);
            break;
        case 'C':
            path.cubicTo(n[0], n[1], n[2], n[3], n[4], n[5]);
            break;
        case 'Z':
            path.closeSubpath();
            break;
        case 'O':
            path.addEllipse(QPointF(n[0], n[1]), n[2], n[2]);
            break;
        case 'R':
            path.addRoundedRect(n[0], n[1], n[2], n[3], n[4], n[4]);
            break;
        case 'A': {
            const QRectF square(n[0] - n[2], n[1] - n[2], 2 * n[2], 2 * n[2]);
            path.arcMoveTo(square, n[3]);
            path.arcTo(square, n[3], n[4]);
            break;
        }
        default:
            break;
        }
        numbers.clear();
    };
    for (const auto word : QStringTokenizer(text, u' ', Qt::SkipEmptyParts)) {
        if (word.front().isLetter()) {
            finish();
            command = word.front().unicode();
        } else {
            numbers.push_back(word.toDouble());
        }
    }
    finish();
    return path;
}

bool is_filled(Glyph glyph) {
    return glyph == Glyph::resume || glyph == Glyph::stop;
}

class GlyphEngine final : public QIconEngine {
public:
    explicit GlyphEngine(Glyph glyph) : glyph_(glyph) {}

    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override {
        const auto palette = QGuiApplication::palette();
        const auto group = mode == QIcon::Disabled ? QPalette::Disabled : QPalette::Active;
        const auto role =
            mode == QIcon::Selected ? QPalette::HighlightedText : QPalette::ButtonText;
        const auto side = qMin(rect.width(), rect.height());
        const QRectF square(rect.x() + (rect.width() - side) / 2.0,
                            rect.y() + (rect.height() - side) / 2.0, side, side);
        draw_glyph(*painter, glyph_, square, palette.color(group, role));
    }

    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override {
        QPixmap pixmap(size);
        pixmap.fill(Qt::transparent);
        QPainter painter(&pixmap);
        paint(&painter, QRect(QPoint(), size), mode, state);
        return pixmap;
    }

    QIconEngine* clone() const override { return new GlyphEngine(*this); }
    QString key() const override { return QStringLiteral("thumbjobs-glyph"); }
    bool isNull() override { return false; }

private:
    Glyph glyph_;
};

} // namespace

QIcon icon(Glyph glyph) {
    return QIcon(new GlyphEngine(glyph));
}

void draw_glyph(QPainter& painter, Glyph glyph, const QRectF& square, const QColor& colour) {
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.translate(square.topLeft());
    painter.scale(square.width() / 24, square.height() / 24);
    // Thin lines vanish at 16 pixels, thick ones look coarse at 64.
    const auto width = square.width() <= 20 ? 1.9 : square.width() <= 32 ? 1.7 : 1.3;
    painter.setPen(QPen(colour, width, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    if (is_filled(glyph))
        painter.setBrush(colour);
    painter.drawPath(read_path(drawing(glyph)));
    painter.restore();
}

} // namespace desktop
