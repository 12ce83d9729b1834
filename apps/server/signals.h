#pragma once

#include <functional>
#include <memory>

class QSocketNotifier;

namespace thumbd {

/// Brings SIGTERM, SIGINT and SIGHUP to the event loop of the thread that makes it; SIGPIPE is
/// ignored. A second SIGTERM or SIGINT ends the process at once with exit code 1. One at a time.
class Signals {
public:
    Signals(std::function<void()> terminate, std::function<void()> reload);
    ~Signals();
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;

private:
    void read();

    std::function<void()> terminate_;
    std::function<void()> reload_;
    int read_end_ = -1;
    std::unique_ptr<QSocketNotifier> notifier_;
};

} // namespace thumbd
