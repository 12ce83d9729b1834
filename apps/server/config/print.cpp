#include "config/print.h"

#include <algorithm>

namespace thumbd {
namespace {

std::string shown_default(const Option& option) {
    return option.fallback.empty() ? std::string() : std::string(option.fallback);
}

/// Breaks `text` into lines of at most `width` characters, each after the first begun by `indent`.
std::string wrapped(std::string_view text, std::size_t width, const std::string& indent) {
    std::string result;
    std::size_t column = 0;
    while (!text.empty()) {
        const auto space = text.find(' ');
        const auto word = text.substr(0, space);
        if (column != 0 && column + 1 + word.size() > width) {
            result += '\n' + indent;
            column = 0;
        } else if (column != 0) {
            result += ' ';
            ++column;
        }
        result += word;
        column += word.size();
        text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
    }
    return result;
}

} // namespace

std::string help_text() {
    const std::string indent(6, ' ');
    std::string text = "usage: thumbd [options]\n\n"
                       "Serves thumbnails as durable jobs over HTTP.\n\n"
                       "Each option can be given as a flag (--name VALUE or --name=VALUE), as an\n"
                       "environment variable (THUMBD_NAME) and as a line `name = value` of the\n"
                       "file named by --config or THUMBD_CONFIG; the first of these wins.\n\n"
                       "Options:\n";
    for (const auto& option : option_table()) {
        text += "  --" + std::string(option.name);
        if (!option.value_name.empty())
            text += ' ' + std::string(option.value_name);
        text += '\n' + indent + wrapped(option.help, 72, indent) + '\n';
        std::string range = "Accepts " + std::string(option.accepted);
        if (const auto fallback = shown_default(option); !fallback.empty())
            range += " (default: " + fallback + ')';
        text += indent + wrapped(range + '.', 72, indent) + '\n';
    }
    text +=
        "\n  --config FILE\n      Reads options from FILE.\n"
        "  --print-config\n      Prints the effective configuration and exits.\n"
        "  --print-config-docs\n      Prints the documentation of all options and exits.\n"
        "  --print-config-file\n      Prints a configuration file to begin with and exits.\n"
        "  --print-man-page, --print-bash-completion\n      Print what packages install, and "
        "exit.\n"
        "  --self-test\n      Checks that the sandbox holds and works on this system, and exits.\n"
        "  --version\n      Prints the version and exits.\n"
        "  -h, --help\n      Prints this text and exits.\n\n"
        "Durations are written 500ms, 30s, 5m, 12h, 7d; sizes 65536, 64KiB, 64MiB, 1GiB.\n"
        "Exit codes: 0 after a drain, 2 when the configuration, port or data cannot be used.\n";
    return text;
}

std::string config_text(const Config& config) {
    std::size_t widest = 0;
    std::vector<std::string> lines;
    for (const auto& value : config.values) {
        lines.push_back(std::string(value.option->name) + " = " +
                        value.option->redacted(value.text));
        widest = std::max(widest, std::min<std::size_t>(lines.back().size(), 60));
    }
    std::string text;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        // An empty value is the default: left out, so that the text can be read back.
        if (config.values[i].text.empty())
            text += "# ";
        lines[i].resize(std::max(lines[i].size(), widest), ' ');
        text += lines[i] + "  # " + std::string(to_string(config.values[i].origin)) + '\n';
    }
    return text;
}

std::string config_docs() {
    std::string text =
        "# Configuration of thumbd\n\n"
        "<!-- Made by `thumbd --print-config-docs`; a test compares. -->\n\n"
        "Every option can be given in three ways. Flags win over the environment, the environment "
        "over the\nfile:\n\n"
        "- a flag: `--name VALUE` or `--name=VALUE`;\n"
        "- an environment variable: `THUMBD_NAME`, in capitals with underscores;\n"
        "- a line `name = value` of the file that `--config FILE` or `THUMBD_CONFIG` names. What "
        "follows a `#`\n  is a comment.\n\n"
        "Unknown names and values that are not accepted end the program with one line on standard "
        "error and\nexit code 2. (In Kubernetes, a Service named `thumbd` puts variables such as "
        "`THUMBD_PORT` into\nevery pod: set `enableServiceLinks: false`.) `thumbd --print-config` "
        "shows the effective values and\nwhere each came from, passwords left out.\n\n"
        "Durations are written `500ms`, `30s`, `5m`, `12h`, `7d`; sizes `65536`, `64KiB`, `64MiB`, "
        "`1GiB`.\n\n"
        "| Option | Variable | Default | Accepted | Meaning |\n|---|---|---|---|---|\n";
    for (const auto& option : option_table()) {
        const auto fallback = shown_default(option);
        std::string accepted(option.accepted);
        std::string help(option.help);
        for (auto* cell : {&accepted, &help})
            for (auto bar = cell->find('|'); bar != std::string::npos;
                 bar = cell->find('|', bar + 2))
                cell->insert(bar, 1, '\\');
        text += "| `--" + std::string(option.name) +
                (option.value_name.empty() ? "" : ' ' + std::string(option.value_name)) + "` | `" +
                option.environment_name() + "` | " +
                (fallback.empty() ? "" : '`' + fallback + '`') + " | " + accepted + " | " + help +
                " |\n";
    }
    text +=
        "\n## Token file\n\n"
        "One token a line: `role token [name]`. Roles are `read` (all GETs of jobs), `submit` "
        "(read, and every\nchange) and `admin` (submit, and `/logs`). Blank lines and lines that "
        "begin with `#` are skipped. A\ntoken has 16 to 256 printable characters without "
        "spaces. The file should be readable by its owner\nand group only; it is read again when "
        "it "
        "changes and on SIGHUP, and a faulty one leaves the tokens as they were.\n\n"
        "## Signals and exit codes\n\n"
        "| | |\n|---|---|\n"
        "| SIGTERM, SIGINT | drain: `/readyz` answers 503, requests and jobs under way finish "
        "within `--drain-time`, the rest is given back; exit 0. A second one exits at once. |\n"
        "| SIGHUP | reads the token file and the certificate again |\n"
        "| exit 0 | after a drain, `--help`, `--version`, `--print-config`, `--self-test` |\n"
        "| exit 1 | the drain was cut short by a second signal, or an internal fault |\n"
        "| exit 2 | the configuration, the port, the data folder or the database cannot be "
        "used; one line on standard error says why |\n";
    return text;
}

} // namespace thumbd
