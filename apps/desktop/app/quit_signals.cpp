#include "app/quit_signals.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <csignal>

namespace desktop {
namespace {

std::atomic<int> write_end{-1};
int read_end = -1;

void on_signal(int) {
    const char byte = 0;
    // A full pipe has said it already.
    [[maybe_unused]] const auto written = ::write(write_end.load(), &byte, 1);
}

} // namespace

QuitSignals::QuitSignals(QObject* parent) : QObject(parent) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return;
    read_end = ends[0];
    write_end = ends[1];
    notifier_ = std::make_unique<QSocketNotifier>(read_end, QSocketNotifier::Read);
    connect(notifier_.get(), &QSocketNotifier::activated, this, [this] {
        char bytes[16];
        while (::read(read_end, bytes, sizeof bytes) > 0) {
        }
        emit asked();
    });
    struct sigaction action {};
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    for (const auto signal : {SIGTERM, SIGINT})
        ::sigaction(signal, &action, nullptr);
}

QuitSignals::~QuitSignals() {
    if (!notifier_)
        return;
    for (const auto signal : {SIGTERM, SIGINT})
        std::signal(signal, SIG_DFL);
    notifier_.reset();
    ::close(write_end.exchange(-1));
    ::close(read_end);
}

} // namespace desktop
