#include "signals.h"

#include <QSocketNotifier>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

namespace thumbd {
namespace {

volatile sig_atomic_t terminating = 0;
volatile sig_atomic_t write_end = -1;

/// Only what is safe in a signal handler: write() and _exit().
void on_signal(int number) {
    if (number != SIGHUP) {
        if (terminating != 0)
            _exit(1);
        terminating = 1;
    }
    const int saved = errno;
    const char byte = number == SIGHUP ? 'h' : 't';
    [[maybe_unused]] const auto written = ::write(write_end, &byte, 1);
    errno = saved;
}

void set_handler(int number, void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, nullptr);
}

} // namespace

Signals::Signals(std::function<void()> terminate, std::function<void()> reload)
    : terminate_(std::move(terminate)), reload_(std::move(reload)) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0)
        throw std::system_error(errno, std::generic_category(), "pipe2");
    read_end_ = ends[0];
    write_end = ends[1];
    notifier_ = std::make_unique<QSocketNotifier>(read_end_, QSocketNotifier::Read);
    QObject::connect(notifier_.get(), &QSocketNotifier::activated, notifier_.get(),
                     [this] { read(); });
    for (const int number : {SIGTERM, SIGINT, SIGHUP})
        set_handler(number, on_signal);
    set_handler(SIGPIPE, SIG_IGN);
}

Signals::~Signals() {
    for (const int number : {SIGTERM, SIGINT, SIGHUP})
        set_handler(number, SIG_DFL);
    notifier_.reset();
    ::close(read_end_);
    ::close(std::exchange(write_end, -1));
}

void Signals::read() {
    char byte = 0;
    while (::read(read_end_, &byte, 1) == 1) {
        if (byte == 'h')
            reload_();
        else
            terminate_();
    }
}

} // namespace thumbd
