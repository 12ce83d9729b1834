#pragma once

#include <QColor>
#include <QWidget>

#include <chrono>
#include <functional>
#include <vector>

namespace desktop {

/// One quantity over the last minutes, drawn by the app: title, present value, curves. Values are
/// given as plain series of equal steps, the last of which is now. The curve can be read with the
/// mouse, and, once focused, with the arrow keys.
class TimeChart final : public QWidget {
    Q_OBJECT

public:
    struct Series {
        QString name{};               ///< Shown when there are several.
        QColor colour{};              ///< Of the line; invalid: the palette's highlight.
        std::vector<double> values{}; ///< Oldest first; NaN: nothing was measured.
        bool filled = false;          ///< Shaded down to zero.
    };
    using Format = std::function<QString(double)>;

    explicit TimeChart(const QString& title, QWidget* parent = nullptr);

    /// How values are written, e.g. "1.2 s"; by default plain numbers.
    void set_format(Format format);

    /// The scale goes up to this at least, so that a few jobs do not fill the chart.
    void set_least_maximum(double value);

    /// All series have the same length.
    void set_series(std::vector<Series> series, std::chrono::seconds step);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    struct Layout;
    Layout lay_out() const;
    void draw_scale(QPainter& painter, const Layout& layout) const;
    void draw_series(QPainter& painter, const Layout& layout, const Series& series) const;
    void draw_head(QPainter& painter, const Layout& layout) const;
    void draw_marker(QPainter& painter, const Layout& layout) const;
    QColor colour_of(const Series& series) const;
    QString value_text(double value) const;
    QString reading(std::size_t at) const;
    QString time_text(std::size_t at) const;
    void mark(int at);

    QString title_;
    Format format_;
    double least_maximum_ = 1;
    std::vector<Series> series_;
    std::size_t length_ = 0;
    std::chrono::seconds step_{1};
    int marked_ = -1; ///< The sample under the mouse or the arrow keys.
};

/// The least "round" number (1, 2 or 5 times a power of ten) that is not below `value`.
double round_maximum(double value);

} // namespace desktop
