#pragma once

#include <QHeaderView>

namespace desktop {

/// The table's head: texts stand over what is below them, the column that sorts has an arrow.
class JobHeader final : public QHeaderView {
    Q_OBJECT

public:
    explicit JobHeader(QWidget* parent = nullptr);
    QSize sizeHint() const override;

protected:
    void paintSection(QPainter* painter, const QRect& rect, int column) const override;
    QSize sectionSizeFromContents(int column) const override;
};

} // namespace desktop
