#pragma once

#include <thumbjobs/observer.h>

#include <pybind11/pybind11.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace thumbjobs::python {

/// The engines' log lines on their way to Python's logging: put in by any native thread, taken out
/// by one Python thread. Bounded; what does not fit is counted. Thread-safe.
class LogQueue {
public:
    struct Line {
        LogLevel level = LogLevel::info;
        std::string message;
        std::string job;
        std::string request_id;
        std::string error_code;
        std::string detail;
    };
    struct Batch {
        std::deque<Line> lines;
        std::uint64_t dropped = 0;
        bool closed = false;
    };

    /// The one of this process; a child of fork() gets one of its own.
    static LogQueue& instance();
    static void renew_after_fork();

    void push(const LogRecord& record);

    /// Waits until there is a line or the queue was closed.
    Batch take();

    void close(); ///< Ends the waiting of take(); lines are still taken.
    void open();

private:
    static constexpr std::size_t capacity = 10'000;

    std::mutex mutex_; ///< Guards all below. Nothing of Python is called with it.
    std::condition_variable filled_;
    std::deque<Line> lines_;
    std::uint64_t dropped_ = 0;
    bool closed_ = false;
};

/// An observer that puts an engine's log lines into the queue.
std::shared_ptr<Observer> make_log_observer();

void bind_log(pybind11::module_& module);

} // namespace thumbjobs::python
