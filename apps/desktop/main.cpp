#include "app/app.h"
#include "app/command_line.h"
#include "app/quit_signals.h"
#include "app/single_instance.h"
#include "app/translations.h"

#include <thumbjobs/version.h>

#include <QApplication>
#include <QDir>
#include <QIcon>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

namespace {

// Help and version are printed where there is no display, too.
bool wants_text_only(int count, char** arguments) {
    return std::any_of(arguments + 1, arguments + count, [](std::string_view argument) {
        return argument == "--help" || argument == "-h" || argument == "--version" ||
               argument == "-v";
    });
}

void print(const desktop::CommandLine& line) {
    std::fputs(line.output.toLocal8Bit().constData(), line.exit_code == 0 ? stdout : stderr);
}

} // namespace

int main(int argument_count, char** arguments) {
    QCoreApplication::setOrganizationName(QStringLiteral("thumbjobs"));
    QCoreApplication::setApplicationName(QStringLiteral("thumbjobs-desktop"));
    QCoreApplication::setApplicationVersion(
        QString::fromStdString(std::string(thumbjobs::version())));
    std::unique_ptr<QCoreApplication> application;
    if (wants_text_only(argument_count, arguments))
        application = std::make_unique<QCoreApplication>(argument_count, arguments);
    else
        application = std::make_unique<QApplication>(argument_count, arguments);
    desktop::install_translations(*application);

    const auto line =
        desktop::read_command_line(QCoreApplication::arguments().mid(1), QDir::currentPath());
    if (line.action == desktop::CommandLine::Action::print) {
        print(line);
        return line.exit_code;
    }
    QGuiApplication::setApplicationDisplayName(QStringLiteral("thumbjobs"));
    QGuiApplication::setDesktopFileName(QStringLiteral("thumbjobs-desktop"));
    QApplication::setWindowIcon(QIcon::fromTheme(QStringLiteral("thumbjobs-desktop"),
                                                 QIcon(QStringLiteral(":/thumbjobs-desktop.svg"))));
    QApplication::setQuitOnLastWindowClosed(false);

    desktop::SingleInstance instance(desktop::SingleInstance::runtime_folder());
    switch (instance.start({line.files, line.server})) {
    case desktop::SingleInstance::Outcome::handed_over:
        return 0;
    case desktop::SingleInstance::Outcome::failed:
        std::fputs("thumbjobs-desktop: another one runs and does not answer\n", stderr);
        return 1;
    case desktop::SingleInstance::Outcome::first:
    case desktop::SingleInstance::Outcome::alone:
        break;
    }
    desktop::App app({});
    desktop::QuitSignals signals_to_quit;
    QObject::connect(&signals_to_quit, &desktop::QuitSignals::asked, &app, &desktop::App::quit);
    QObject::connect(&instance, &desktop::SingleInstance::received, &app, &desktop::App::take);
    QObject::connect(&app, &desktop::App::ended, application.get(), &QCoreApplication::quit,
                     Qt::QueuedConnection);
    app.start(line);
    return QApplication::exec();
}
