#pragma once

#include "model/jobs_model.h"

#include <QImage>
#include <QScrollArea>

#include <vector>

class QLabel;
class QPlainTextEdit;
class QPushButton;

namespace desktop {

class ElidedLabel;
class Facts;

/// A picture, as large as fits and never enlarged.
class PictureBox final : public QWidget {
    Q_OBJECT

public:
    explicit PictureBox(QWidget* parent = nullptr);
    void set_row(RowState state, const QImage& image);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    RowState state_ = RowState::waiting;
    QImage image_;
};

/// Everything there is to know about the selected job; for several, what they have in common.
class DetailsPanel final : public QScrollArea {
    Q_OBJECT

public:
    explicit DetailsPanel(JobsModel& model, QWidget* parent = nullptr);

    void set_selection(const std::vector<RowKey>& keys);

    /// The log of `key`'s job, oldest first, already formatted. Ignored if another is selected.
    void show_log(RowKey key, const QStringList& lines);

    /// Shows the log's part, and asks for the log.
    void open_log();

signals:
    /// The log is in sight, and wanted.
    void log_wanted(desktop::RowKey key);

protected:
    void changeEvent(QEvent* event) override;

private:
    void build();
    void refresh();
    void show_one(RowKey key);
    void show_many();
    void show_none();
    void show_job(const thumbjobs::Job& job);
    void toggle_log(bool open);
    void set_failure(const QString& text);

    JobsModel& model_;
    std::vector<RowKey> keys_;
    RowState shown_state_ = RowState::waiting;
    PictureBox* picture_;
    QLabel* title_;
    QLabel* state_;
    QLabel* failure_;
    Facts* original_;
    Facts* results_;
    Facts* course_;
    QPushButton* log_button_;
    QPlainTextEdit* log_ = nullptr;
};

} // namespace desktop
