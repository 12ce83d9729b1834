#pragma once

#include <QWidget>

class QLabel;
class QPushButton;

namespace desktop {

/// What stands where the jobs will be: an invitation, or, while a filter or a search hides all
/// jobs, the way back.
class EmptyState final : public QWidget {
    Q_OBJECT

public:
    enum class Kind { no_jobs, no_match, loading };

    explicit EmptyState(QWidget* parent = nullptr);
    void set_kind(Kind kind);

    /// Images hover over the window.
    void set_hovered(bool hovered);

signals:
    void images_wanted();
    void folder_wanted();
    void all_wanted();

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    Kind kind_ = Kind::no_jobs;
    bool hovered_ = false;
    QLabel* title_;
    QLabel* hint_;
    QPushButton* images_;
    QPushButton* folder_;
    QPushButton* all_;
};

/// A sheet over the list that says what a drop will do. Takes no events itself.
class DropSheet final : public QWidget {
    Q_OBJECT

public:
    explicit DropSheet(QWidget* parent);
    void set_text(const QString& text);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString text_;
};

} // namespace desktop
