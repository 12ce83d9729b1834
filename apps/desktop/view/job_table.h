#pragma once

#include <QTableView>

namespace desktop {

/// The jobs as a table. Columns can be moved, hidden and sorted by; that is remembered by
/// save_state().
class JobTable final : public QTableView {
    Q_OBJECT

public:
    explicit JobTable(QWidget* parent = nullptr);

    void setModel(QAbstractItemModel* model) override;

    QByteArray save_state() const;
    void restore_state(const QByteArray& state);

signals:
    /// Rows `first` to `last` are in sight; -1: none.
    void in_sight(int first, int last);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void changeEvent(QEvent* event) override;
    void startDrag(Qt::DropActions actions) override;
    void currentChanged(const QModelIndex& current, const QModelIndex& previous) override;

private:
    void set_columns();
    void set_row_height();
    void offer_columns(const QPoint& at);
    void tell_sight();
};

} // namespace desktop
