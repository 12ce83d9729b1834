#pragma once

#include <QFrame>
#include <QTimer>

#include <chrono>
#include <functional>

class QLabel;
class QPushButton;
class QToolButton;

namespace desktop {

/// What a message lets one do about it.
struct StripOffer {
    QString text{}; ///< Of the button; empty: none.
    std::function<void()> action{};
};

/// One line in the window that says what is going on and offers one thing to do about it: in place
/// of dialogs. Hidden until shown.
class MessageStrip final : public QFrame {
    Q_OBJECT

public:
    using Offer = StripOffer;
    enum class Tone { info, warning, error };

    explicit MessageStrip(QWidget* parent = nullptr);

    /// Shows a message in place of the one before. A `lifetime` of zero: until it is closed,
    /// replaced or its offer is taken; with time, it stays as long as the mouse or the focus is on
    /// it.
    void show_message(Tone tone, const QString& text, Offer offer = {},
                      std::chrono::milliseconds lifetime = std::chrono::milliseconds{0});

    /// Hides it, as the user's closing does.
    void dismiss();

    QString text() const;

signals:
    /// The message is gone without its offer having been taken.
    void dismissed();

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void take_offer();
    void time_out();

    Tone tone_ = Tone::info;
    Offer offer_;
    QLabel* text_;
    QPushButton* button_;
    QToolButton* close_;
    QTimer timer_;
};

} // namespace desktop
