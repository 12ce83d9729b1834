#include "app/connect_dialog.h"

#include "place/server_address.h"
#include "view/theme.h"

#include <QAction>
#include <QDialogButtonBox>
#include <QFileDialog>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QRadioButton>
#include <QToolButton>
#include <QVBoxLayout>

namespace desktop {
namespace {

QLabel* hint_label(const QString& text, QWidget* parent) {
    auto* label = new QLabel(text, parent);
    label->setWordWrap(true);
    label->setFont(caption_font(label->font()));
    auto colours = label->palette();
    colours.setColor(QPalette::WindowText, quiet_text(colours));
    label->setPalette(colours);
    return label;
}

} // namespace

ConnectDialog::ConnectDialog(const PlaceChoice& present, bool has_token, QWidget* parent)
    : QDialog(parent),
      present_(present),
      has_token_(has_token),
      notice_(new QLabel(this)),
      local_(new QRadioButton(tr("&This computer"), this)),
      remote_(new QRadioButton(tr("A thumbd &server"), this)),
      server_(new QWidget(this)),
      url_(new QLineEdit(server_)),
      token_(new QLineEdit(server_)),
      ca_file_(new QLineEdit(server_)),
      token_hint_(
          new QLabel(tr("Kept in the keychain, or in a file that only you can read."), server_)),
      complaint_(new QLabel(server_)) {
    setWindowTitle(tr("Connect"));
    build();
    local_->setChecked(!present.remote);
    remote_->setChecked(present.remote);
    url_->setText(present.server.toString());
    ca_file_->setText(present.ca_file);
    connect(remote_, &QRadioButton::toggled, this, &ConnectDialog::check);
    connect(remote_, &QRadioButton::toggled, url_, [this](bool on) {
        if (on)
            url_->setFocus();
    });
    connect(url_, &QLineEdit::textChanged, this, &ConnectDialog::check);
    check();
}

QLayout* ConnectDialog::build_certificates() {
    ca_file_->setPlaceholderText(tr("Only for certificates of your own authority"));
    auto* browse = new QToolButton(server_);
    browse->setText(QStringLiteral("\u2026"));
    browse->setToolTip(tr("Choose a file"));
    browse->setAccessibleName(tr("Choose a file of certificates"));
    connect(browse, &QToolButton::clicked, this, [this] {
        auto* dialog = new QFileDialog(this, tr("Certificates"), {},
                                       tr("Certificates (*.pem *.crt *.cer);;All files (*)"));
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        connect(dialog, &QFileDialog::fileSelected, ca_file_, &QLineEdit::setText);
        dialog->open();
    });
    auto* row = new QHBoxLayout;
    row->setSpacing(grid);
    row->addWidget(ca_file_, 1);
    row->addWidget(browse);
    return row;
}

void ConnectDialog::build_server() {
    url_->setPlaceholderText(QStringLiteral("https://thumbs.example.com"));
    url_->setInputMethodHints(Qt::ImhUrlCharactersOnly | Qt::ImhNoPredictiveText);
    url_->setMinimumWidth(grid * 40);
    token_->setEchoMode(QLineEdit::Password);
    token_->setInputMethodHints(Qt::ImhHiddenText | Qt::ImhSensitiveData | Qt::ImhNoPredictiveText);
    token_->setPlaceholderText(has_token_ ? tr("Stored; leave empty to keep it")
                                          : tr("Empty if the server wants none"));
    complaint_->setWordWrap(true);
    token_hint_->setFont(caption_font(font()));
    token_hint_->setForegroundRole(QPalette::PlaceholderText);

    auto* form = new QFormLayout(server_);
    form->setContentsMargins(grid * 3, grid, 0, 0);
    form->setHorizontalSpacing(grid * 2);
    form->setVerticalSpacing(grid);
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    const auto label = [this](const QString& text, QWidget* buddy) {
        auto* one = new QLabel(text, server_);
        one->setBuddy(buddy);
        return one;
    };
    form->addRow(label(tr("&Address:"), url_), url_);
    form->addRow(QString(), complaint_);
    form->addRow(label(tr("T&oken:"), token_), token_);
    form->addRow(QString(), token_hint_);
    form->addRow(label(tr("C&ertificates:"), ca_file_), build_certificates());
}

void ConnectDialog::build() {
    notice_->setWordWrap(true);
    notice_->hide();
    auto* local_hint = hint_label(tr("Images are worked on here, by a protected process of this "
                                     "program. Unfinished jobs go on after a restart."),
                                  this);
    auto* remote_hint = hint_label(
        tr("Images are sent to a server, which all who may use it share. You see its jobs."), this);
    build_server();

    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
    accept_ = buttons->addButton(tr("Connect"), QDialogButtonBox::AcceptRole);
    accept_->setDefault(true);
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    dress_buttons(*buttons);

    const auto indented = [](QWidget* widget) {
        auto* row = new QHBoxLayout;
        row->setContentsMargins(grid * 3, 0, 0, 0);
        row->addWidget(widget);
        return row;
    };
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(grid * 2, grid * 2, grid * 2, grid * 2);
    column->setSpacing(grid / 2);
    column->addWidget(notice_);
    column->addWidget(local_);
    column->addLayout(indented(local_hint));
    column->addSpacing(grid * 1.5);
    column->addWidget(remote_);
    column->addLayout(indented(remote_hint));
    column->addWidget(server_);
    column->addStretch();
    column->addSpacing(grid * 2);
    column->addWidget(buttons);
}

void ConnectDialog::set_notice(const QString& text) {
    notice_->setText(text);
    notice_->setVisible(!text.isEmpty());
    auto colours = notice_->palette();
    colours.setColor(QPalette::WindowText, state_colour(thumbjobs::JobState::failed, palette()));
    notice_->setPalette(colours);
    if (!text.isEmpty())
        token_->setFocus();
}

void ConnectDialog::check() {
    const bool remote = remote_->isChecked();
    server_->setEnabled(remote);
    const auto address = parse_server_address(url_->text());
    const auto wrong = remote && !address ? address.failure().message : QString();
    const bool plain = remote && address && sends_in_clear(address.value());
    auto text = wrong;
    auto colours = palette();
    auto colour = quiet_text(colours);
    if (!wrong.isEmpty() && !url_->text().isEmpty() && remote)
        colour = state_colour(thumbjobs::JobState::failed, colours);
    if (plain) {
        text = tr("Without https, others in the network can read the token and the images.");
        colour = state_colour(thumbjobs::JobState::cancelled, colours);
    }
    colours.setColor(QPalette::WindowText, colour);
    complaint_->setPalette(colours);
    complaint_->setFont(caption_font(font()));
    complaint_->setText(text);
    complaint_->setVisible(!text.isEmpty());
    accept_->setEnabled(wrong.isEmpty());
    accept_->setText(remote ? tr("Connect") : tr("Use this computer"));
}

PlaceChoice ConnectDialog::choice() const {
    PlaceChoice choice = present_;
    choice.remote = remote_->isChecked();
    if (!choice.remote)
        return choice;
    if (const auto address = parse_server_address(url_->text()))
        choice.server = address.value();
    choice.token = token_->text();
    choice.token_kept = has_token_ && token_->text().isEmpty() && choice.server == present_.server;
    choice.ca_file = ca_file_->text().trimmed();
    return choice;
}

} // namespace desktop
