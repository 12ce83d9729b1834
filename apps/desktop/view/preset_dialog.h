#pragma once

#include <thumbjobs/error.h>
#include <thumbjobs/rendition.h>

#include <QDialog>
#include <QString>

#include <vector>

class QLabel;
class QLineEdit;
class QListWidget;
class QPushButton;
class QToolButton;

namespace desktop {

class RenditionEditor;

/// A preset while it is edited.
struct PresetDraft {
    QString id{}; ///< Of the preset it comes from; empty for a new one.
    QString name{};
    std::vector<thumbjobs::RenditionSpec> renditions{thumbjobs::RenditionSpec{}};
};

/// Edits all presets: on the left their names, on the right the thumbnails that the chosen one
/// makes of each image. What is wrong is said below, and cannot be accepted.
class PresetDialog final : public QDialog {
    Q_OBJECT

public:
    /// `drafts` has one at least.
    PresetDialog(std::vector<PresetDraft> drafts, int chosen, QWidget* parent = nullptr);

    const std::vector<PresetDraft>& drafts() const { return drafts_; }
    int chosen() const;

    /// What is wrong with one of them; empty: nothing.
    static QString complaint(const std::vector<PresetDraft>& drafts);

private:
    QWidget* build_presets();
    QWidget* build_renditions();
    void show_preset(int at);
    void show_rendition(int at);
    void add_preset(PresetDraft draft);
    void remove_preset();
    void add_rendition();
    void remove_rendition();
    void take_rendition();
    void check();
    PresetDraft* present();

    std::vector<PresetDraft> drafts_;
    bool filling_ = false;
    QListWidget* presets_;
    QPushButton* remove_preset_ = nullptr;
    QLineEdit* name_;
    QListWidget* renditions_;
    QToolButton* remove_rendition_ = nullptr;
    QToolButton* add_rendition_ = nullptr;
    RenditionEditor* editor_;
    QLabel* complaint_;
    QPushButton* accept_ = nullptr;
};

} // namespace desktop
