#pragma once

#include <QLabel>
#include <QList>
#include <QWidget>

#include <utility>

class QGridLayout;

namespace desktop {

/// A line of text that is cut where its room ends; the whole of it is then in the tool tip.
class ElidedLabel final : public QWidget {
    Q_OBJECT

public:
    explicit ElidedLabel(Qt::TextElideMode mode, QWidget* parent = nullptr);
    void set_text(const QString& text);
    QString text() const { return text_; }
    void set_role(QPalette::ColorRole role) { role_ = role; }

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void offer_whole();

    Qt::TextElideMode mode_;
    QPalette::ColorRole role_ = QPalette::WindowText;
    QString text_;
};

/// Names and values in two columns under a heading. Hidden while there are none.
class Facts final : public QWidget {
    Q_OBJECT

public:
    using List = QList<std::pair<QString, QString>>;

    explicit Facts(const QString& heading, QWidget* parent = nullptr);
    void set_facts(const List& facts);

private:
    struct Line {
        QLabel* name;
        QLabel* value;
    };

    void place(const Line& line, int row, bool wide);

    QGridLayout* lines_layout_;
    QList<Line> lines_;
};

} // namespace desktop
