#include "config/package_texts.h"

#include "config/options.h"

#include <thumbjobs/version.h>

#include <string_view>
#include <vector>

namespace thumbd {
namespace {

struct CommandLine {
    std::string_view name;
    std::string_view value_name;
    std::string_view help;
};

constexpr CommandLine commands[] = {
    {"config", "FILE", "Reads options from FILE."},
    {"print-config", "", "Prints the effective configuration, passwords left out, and exits."},
    {"self-test", "", "Checks that the sandbox holds and works on this system, and exits."},
    {"version", "", "Prints the version and exits."},
    {"help", "", "Prints the options and exits."},
};

/// Text as roff shows it: a hyphen of ours is a minus sign, a line begins with no command.
std::string roff(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (c == '\\')
            result += "\\e";
        else if (c == '-')
            result += "\\-";
        else if ((c == '.' || c == '\'') && (result.empty() || result.back() == '\n'))
            result += std::string("\\&") + c;
        else
            result += c;
    }
    return result;
}

std::string roff_option(std::string_view name, std::string_view value_name) {
    return ".TP\n\\fB\\-\\-" + roff(name) + "\\fR" +
           (value_name.empty() ? "" : " \\fI" + roff(value_name) + "\\fR") + '\n';
}

/// What may be given, where that is a list of words: `all, api or worker`.
std::vector<std::string> words_of(const Option& option) {
    if (option.type != OptionType::choice && option.type != OptionType::flag)
        return {};
    std::vector<std::string> words;
    std::string word;
    for (const char c : option.accepted.substr(0, option.accepted.find(';'))) {
        if (c != ' ' && c != ',') {
            word += c;
            continue;
        }
        if (!word.empty() && word != "or")
            words.push_back(word);
        word.clear();
    }
    words.push_back(word);
    return words;
}

/// `text` as comment lines of at most 100 characters.
std::string commented(std::string_view text) {
    std::string result;
    std::size_t column = 0;
    while (!text.empty()) {
        const auto space = text.find(' ');
        const auto word = text.substr(0, space);
        if (column == 0 || column + 1 + word.size() > 100) {
            result += column == 0 ? "# " : "\n# ";
            column = 2;
        } else {
            result += ' ';
            ++column;
        }
        result += word;
        column += word.size();
        text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
    }
    return result + '\n';
}

} // namespace

std::string man_page() {
    std::string text =
        ".TH THUMBD 8 \"\" \"thumbd " + std::string(thumbjobs::version()) +
        "\" \"System administration\"\n"
        ".SH NAME\nthumbd \\- serves thumbnails as durable jobs over HTTP\n"
        ".SH SYNOPSIS\n.B thumbd\n.RI [ options ]\n"
        ".SH DESCRIPTION\n"
        "Takes images over HTTP, answers with the id of a job that is on disk by then, and makes "
        "thumbnails in the background, in locked\\-down helper processes. Its page is at "
        "http://127.0.0.1:8080/, its API at /docs, its metrics at /metrics.\n.PP\n"
        "Each option can be given as a flag (\\-\\-name VALUE or \\-\\-name=VALUE), as an "
        "environment variable (THUMBD_NAME, in capitals with underscores) and as a line "
        "\\(lqname = value\\(rq of the file that \\-\\-config or THUMBD_CONFIG names; the first of "
        "these wins. Durations are written 500ms, 30s, 5m, 12h, 7d; sizes 65536, 64KiB, 64MiB, "
        "1GiB.\n"
        ".SH OPTIONS\n";
    for (const auto& option : option_table()) {
        text += roff_option(option.name, option.value_name) + roff(option.help) + "\nAccepts " +
                roff(option.accepted);
        if (!option.fallback.empty())
            text += " (default: " + roff(option.fallback) + ')';
        text += ".\n";
    }
    for (const auto& command : commands)
        text += roff_option(command.name, command.value_name) + roff(command.help) + '\n';
    text += ".SH SIGNALS\n"
            ".TP\nSIGTERM, SIGINT\nDrain: requests and jobs under way finish, the rest is given "
            "back. A second one exits at once.\n"
            ".TP\nSIGHUP\nReads the token file and the certificate again.\n"
            ".SH EXIT STATUS\n"
            ".TP\n0\nAfter a drain, or after what was asked for was printed.\n"
            ".TP\n1\nThe drain was cut short by a second signal, or an internal fault.\n"
            ".TP\n2\nThe configuration, the port, the data folder or the database cannot be used; "
            "one line on standard error says why.\n"
            ".SH FILES\n"
            ".TP\n/etc/thumbjobs/thumbd.conf\nThe configuration of the service that the Debian "
            "package installs.\n"
            ".TP\n/var/lib/thumbjobs\nIts jobs and images.\n"
            ".SH EXAMPLES\n.nf\n"
            "thumbd \\-\\-data\\-dir /srv/thumbs \\-\\-workers 4\n"
            "curl \\-\\-data\\-binary @photo.jpg \"http://127.0.0.1:8080/v1/jobs?width=320\"\n"
            ".fi\n";
    return text;
}

std::string bash_completion() {
    std::string names;
    std::string values;
    for (const auto& option : option_table()) {
        names += " --" + std::string(option.name);
        if (option.type == OptionType::flag)
            continue; // may stand alone
        std::string action;
        for (const auto& word : words_of(option))
            action += ' ' + word;
        if (!action.empty())
            action = "-W '" + action.substr(1) + "'";
        else if (option.value_name == "FILE")
            action = "-f";
        else if (option.value_name == "DIR")
            action = "-d";
        values += "        --" + std::string(option.name) + ")\n" +
                  (action.empty() ? "            return\n"
                                  : "            mapfile -t COMPREPLY < <(compgen " + action +
                                        " -- \"$current\")\n            return\n") +
                  "            ;;\n";
    }
    for (const auto& command : commands)
        names += " --" + std::string(command.name);
    return "# Completion of thumbd's options for bash.\n"
           "_thumbd() {\n"
           "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}\n"
           "    COMPREPLY=()\n"
           "    case $previous in\n" +
           values +
           "        --config)\n            mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
           "            return\n            ;;\n"
           "    esac\n"
           "    mapfile -t COMPREPLY < <(compgen -W '" +
           names.substr(1) +
           "' -- \"$current\")\n"
           "}\n"
           "complete -F _thumbd thumbd\n";
}

std::string config_file() {
    std::string text = "# The configuration of thumbd: lines `name = value`, a # begins a comment. "
                       "What is commented out\n# here shows the default. `thumbd --config FILE "
                       "--print-config` shows what is in effect.\n";
    for (const auto& option : option_table()) {
        text += '\n' + commented(option.help) +
                commented("Accepted: " + std::string(option.accepted)) + '#' +
                std::string(option.name) + " =" +
                (option.fallback.empty() ? "" : ' ' + std::string(option.fallback)) + '\n';
    }
    return text;
}

} // namespace thumbd
