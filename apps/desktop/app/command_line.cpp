#include "app/command_line.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QDir>
#include <QUrl>

namespace desktop {
namespace {

QString translated(const char* text) {
    return QCoreApplication::translate("desktop::CommandLine", text);
}

QString absolute(const QString& argument, const QString& folder) {
    const QUrl url(argument);
    if (url.isLocalFile())
        return QDir::cleanPath(url.toLocalFile());
    return QDir::cleanPath(QDir(folder).absoluteFilePath(argument));
}

bool is_server(const QUrl& url) {
    return url.isValid() && !url.host().isEmpty() && url.userInfo().isEmpty() &&
           (url.scheme() == QStringLiteral("http") || url.scheme() == QStringLiteral("https"));
}

CommandLine refuse(const QString& why) {
    CommandLine line;
    line.action = CommandLine::Action::print;
    line.output = QStringLiteral("thumbjobs-desktop: %1\n").arg(why);
    line.exit_code = 2;
    return line;
}

} // namespace

CommandLine read_command_line(const QStringList& arguments, const QString& folder) {
    QCommandLineParser parser;
    parser.setApplicationDescription(QCoreApplication::translate(
        "desktop::CommandLine", "Makes thumbnails of images, on this computer or on a thumbd "
                                "server."));
    const QCommandLineOption help(
        {QStringLiteral("h"), QStringLiteral("help")},
        QCoreApplication::translate("desktop::CommandLine", "Prints this help."));
    const QCommandLineOption version(
        {QStringLiteral("v"), QStringLiteral("version")},
        QCoreApplication::translate("desktop::CommandLine", "Prints the version."));
    const QCommandLineOption server(
        QStringLiteral("server"),
        QCoreApplication::translate(
            "desktop::CommandLine",
            "Works on the thumbd server at this address. Its token is asked "
            "for in the window."),
        QStringLiteral("URL"));
    const QCommandLineOption local(
        QStringLiteral("local"),
        QCoreApplication::translate("desktop::CommandLine", "Works on this computer."));
    parser.addOptions({help, version, server, local});
    parser.addPositionalArgument(
        QStringLiteral("FILE"),
        QCoreApplication::translate("desktop::CommandLine",
                                    "Images, or folders of images, to make thumbnails of."),
        QStringLiteral("[FILE...]"));

    if (!parser.parse(QStringList{QStringLiteral("thumbjobs-desktop")} + arguments))
        return refuse(parser.errorText());
    CommandLine line;
    if (parser.isSet(help)) {
        line.action = CommandLine::Action::print;
        line.output = parser.helpText();
        return line;
    }
    if (parser.isSet(version)) {
        line.action = CommandLine::Action::print;
        line.output =
            QStringLiteral("thumbjobs-desktop %1\n").arg(QCoreApplication::applicationVersion());
        return line;
    }
    line.local = parser.isSet(local);
    line.server = parser.value(server);
    if (line.local && parser.isSet(server))
        return refuse(translated(
            QT_TRANSLATE_NOOP("desktop::CommandLine", "--local and --server exclude each other.")));
    if (parser.isSet(server) && !is_server(QUrl(line.server)))
        return refuse(
            translated(QT_TRANSLATE_NOOP(
                           "desktop::CommandLine",
                           "--server is \"%1\"; an address such as https://host/path is wanted, "
                           "without a name or a password."))
                .arg(line.server));
    for (const auto& argument : parser.positionalArguments())
        line.files << absolute(argument, folder);
    return line;
}

} // namespace desktop
