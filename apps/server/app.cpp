#include "app.h"

#include "config/config.h"
#include "config/package_texts.h"
#include "config/print.h"
#include "config/values.h"
#include "sandbox.h"
#include "service.h"
#include "signals.h"
#include "spare_memory.h"

#include <thumbjobs/version.h>

#include <QCoreApplication>

#include <malloc.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace thumbd {
namespace {

constexpr int exit_unusable = 2;

int complain(std::string_view message) {
    std::string line = "thumbd: " + std::string(message);
    for (char& c : line)
        if (c == '\n')
            c = ' ';
    std::fprintf(stderr, "%s\n", line.c_str());
    return exit_unusable;
}

int print(const std::string& text) {
    std::fputs(text.c_str(), stdout);
    return std::fflush(stdout) == 0 ? 0 : 1;
}

/// Lets malloc have an arena for each processor and no more: most threads rest, and glibc's eight
/// for each keep what was freed in them. MALLOC_ARENA_MAX wins.
void bound_arenas() {
#ifdef M_ARENA_MAX
    if (std::getenv("MALLOC_ARENA_MAX") == nullptr)
        mallopt(M_ARENA_MAX, static_cast<int>(std::max(1U, std::thread::hardware_concurrency())));
#endif
}

int serve(int argument_count, char** arguments, const Settings& settings) {
    bound_arenas();
    QCoreApplication application(argument_count, arguments);
    Service service(settings);
    const Signals signal_handlers(
        [&service] { service.begin_drain([] { QCoreApplication::quit(); }); },
        [&service] { service.reload_files(); });
    service.start();
    thumbjobs::release_spare_memory(); // most of what a start takes is never needed again
    print("listening on " + service.url() + '\n');
    const int code = QCoreApplication::exec();
    service.finish();
    return code;
}

} // namespace

int run(int argument_count, char** arguments) {
    try {
        const std::vector<std::string> words(arguments + 1, arguments + argument_count);
        const auto config = load_config(words, thumbd_environment());
        switch (config.command) {
        case Command::help:
            return print(help_text());
        case Command::version:
            return print("thumbd " + std::string(thumbjobs::version()) + '\n');
        case Command::print_config:
            return print(config_text(config));
        case Command::print_config_docs:
            return print(config_docs());
        case Command::print_config_file:
            return print(config_file());
        case Command::print_man_page:
            return print(man_page());
        case Command::print_bash_completion:
            return print(bash_completion());
        case Command::self_test:
            return print(self_test(config.settings) + '\n');
        case Command::serve:
            break;
        }
        return serve(argument_count, arguments, config.settings);
    } catch (const ConfigError& error) {
        return complain(error.what());
    } catch (const thumbjobs::Error& error) {
        return complain(error.detail().empty() ? std::string(error.what())
                                               : error.what() + (" (" + error.detail()) + ')');
    } catch (const std::exception& error) {
        complain(error.what());
        return 1;
    }
}

} // namespace thumbd
