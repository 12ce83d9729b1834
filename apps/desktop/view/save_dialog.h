#pragma once

#include "model/saver.h"

#include <QDialog>

class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;

namespace desktop {

/// Asks, before many thumbnails are saved, where to, how they are named, and what happens to files
/// that are there already: afterwards nothing is asked.
class SaveDialog final : public QDialog {
    Q_OBJECT

public:
    /// `sample` is one of the thumbnails, for the example.
    SaveDialog(int count, const SaveOptions& present, const NameFields& sample,
               QWidget* parent = nullptr);

    SaveOptions options() const;

private:
    void build(int count);
    void choose_folder();
    void check();

    NameFields sample_;
    QLineEdit* folder_;
    QLineEdit* pattern_;
    QComboBox* collision_;
    QLabel* example_;
    QPushButton* accept_ = nullptr;
};

} // namespace desktop
