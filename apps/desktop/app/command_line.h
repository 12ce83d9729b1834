#pragma once

#include <QString>
#include <QStringList>

namespace desktop {

/// What the program was asked for when it was started.
struct CommandLine {
    enum class Action { run, print };

    Action action = Action::run;
    QString output{};    ///< To print: help, version, or what is wrong.
    int exit_code = 0;   ///< After printing.
    QStringList files{}; ///< Files and folders, absolute.
    QString server{};    ///< A server's URL; empty: the place of last time.
    bool local = false;  ///< This computer, whatever the place of last time was.
};

/// Reads the arguments after the program's name. Never prints or exits itself. Relative paths are
/// of `folder`; file: URLs, as file managers pass them, are paths as well.
CommandLine read_command_line(const QStringList& arguments, const QString& folder);

} // namespace desktop
