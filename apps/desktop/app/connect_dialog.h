#pragma once

#include <QDialog>
#include <QUrl>

class QLabel;
class QLineEdit;
class QPushButton;
class QRadioButton;

namespace desktop {

/// Where the work is to be done, as the user chose it.
struct PlaceChoice {
    bool remote = false;
    QUrl server{};          ///< As of parse_server_address().
    QString token{};        ///< May be empty. Never in plain settings.
    bool token_kept = true; ///< The user left the field alone: the stored token goes on.
    QString ca_file{};      ///< PEM file of an authority of one's own; may be empty.
};

/// Chooses between this computer and a thumbd.
class ConnectDialog final : public QDialog {
    Q_OBJECT

public:
    /// `has_token`: one is stored for that server, and is kept unless another is typed.
    ConnectDialog(const PlaceChoice& present, bool has_token, QWidget* parent = nullptr);

    /// A sentence on top that says why the server refused; the token is then what is to be typed.
    void set_notice(const QString& text);

    PlaceChoice choice() const;

private:
    void build();
    void build_server();
    QLayout* build_certificates();
    void check();

    PlaceChoice present_;
    bool has_token_;
    QLabel* notice_;
    QRadioButton* local_;
    QRadioButton* remote_;
    QWidget* server_;
    QLineEdit* url_;
    QLineEdit* token_;
    QLineEdit* ca_file_;
    QLabel* token_hint_;
    QLabel* complaint_;
    QPushButton* accept_;
};

} // namespace desktop
