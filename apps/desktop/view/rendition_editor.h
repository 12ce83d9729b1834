#pragma once

#include <thumbjobs/rendition.h>

#include <QWidget>

class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QSpinBox;

namespace desktop {

/// Draws how an image is made to fit its box.
class FitSketch final : public QWidget {
    Q_OBJECT

public:
    explicit FitSketch(QWidget* parent = nullptr);
    void set_spec(const thumbjobs::RenditionSpec& spec);
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    thumbjobs::RenditionSpec spec_;
};

/// A button that shows a colour and lets one choose another.
class ColourButton final : public QWidget {
    Q_OBJECT

public:
    explicit ColourButton(QWidget* parent = nullptr);
    void set_colour(std::optional<std::uint32_t> rgba); ///< 0xRRGGBBAA; nothing: the format's own.
    std::optional<std::uint32_t> colour() const { return rgba_; }

signals:
    void changed();

private:
    void choose();
    void show_colour();

    std::optional<std::uint32_t> rgba_;
    QPushButton* button_;
    QPushButton* clear_;
};

/// Edits one rendition: size, fit, what is kept, format, quality.
class RenditionEditor final : public QWidget {
    Q_OBJECT

public:
    explicit RenditionEditor(QWidget* parent = nullptr);
    void set_spec(const thumbjobs::RenditionSpec& spec);
    thumbjobs::RenditionSpec spec() const;

signals:
    /// By the user.
    void changed();

private:
    void build_form();
    void report();
    void enable_what_counts();

    thumbjobs::RenditionSpec spec_; ///< What has no field is kept.
    bool filling_ = false;
    QLineEdit* name_;
    QSpinBox* width_;
    QSpinBox* height_;
    QComboBox* fit_;
    QComboBox* gravity_;
    QComboBox* format_;
    QSpinBox* quality_;
    ColourButton* background_;
    QCheckBox* enlarge_;
    FitSketch* sketch_;
};

} // namespace desktop
