#include "view/about_box.h"

#include "view/theme.h"

#include <QCoreApplication>
#include <QDialog>
#include <QDialogButtonBox>
#include <QIcon>
#include <QLabel>
#include <QVBoxLayout>

namespace desktop {
namespace {

QString translated(const char* text) {
    return QCoreApplication::translate("desktop::AboutBox", text);
}

} // namespace

void show_about(QWidget* parent) {
    const auto object_name = QStringLiteral("about_box");
    if (auto* open = parent->findChild<QDialog*>(object_name)) {
        open->raise();
        open->activateWindow();
        return;
    }
    auto* dialog = new QDialog(parent);
    dialog->setObjectName(object_name);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(QCoreApplication::translate("desktop::AboutBox", "About thumbjobs"));

    auto* picture = new QLabel(dialog);
    picture->setPixmap(QIcon(QStringLiteral(":/thumbjobs-desktop.svg")).pixmap(QSize(96, 96)));
    picture->setAlignment(Qt::AlignCenter);
    auto* name = new QLabel(QStringLiteral("thumbjobs"), dialog);
    auto large = heading_font(dialog->font());
    large.setPointSizeF(large.pointSizeF() * 1.6);
    name->setFont(large);
    auto* version = new QLabel(
        translated(QT_TRANSLATE_NOOP("desktop::AboutBox", "Version %1, Qt %2"))
            .arg(QCoreApplication::applicationVersion(), QString::fromLatin1(qVersion())),
        dialog);
    version->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    auto* text = new QLabel(
        translated(QT_TRANSLATE_NOOP(
            "desktop::AboutBox",
            "Makes thumbnails as jobs that survive a crash, on this computer or on a server.")),
        dialog);
    auto* licence = new QLabel(
        translated(QT_TRANSLATE_NOOP(
            "desktop::AboutBox", "MIT licence. Images are decoded by libvips, in a process that "
                                 "can open no file and reach no network.")),
        dialog);
    auto* column = new QVBoxLayout(dialog);
    column->setContentsMargins(grid * 3, grid * 3, grid * 3, grid * 2);
    column->setSpacing(grid);
    for (auto* label : {picture, name, version, text, licence}) {
        label->setAlignment(Qt::AlignCenter);
        label->setWordWrap(label == text || label == licence);
        column->addWidget(label);
    }
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, dialog);
    dress_buttons(*buttons);
    column->addSpacing(grid);
    column->addWidget(buttons);
    QObject::connect(buttons, &QDialogButtonBox::rejected, dialog, &QDialog::close);
    dialog->setFixedWidth(grid * 48);
    dialog->open();
}

} // namespace desktop
