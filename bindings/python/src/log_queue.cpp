#include "log_queue.h"

#include <thumbjobs/job.h>

#include <atomic>
#include <utility>

namespace py = pybind11;

namespace thumbjobs::python {
namespace {

// Never destroyed: native threads may log until the process ends.
std::atomic<LogQueue*> current{new LogQueue};

class LogObserver final : public Observer {
public:
    void on_log(const LogRecord& record) override { LogQueue::instance().push(record); }
};

py::str text(const std::string& bytes) {
    PyObject* made =
        PyUnicode_DecodeUTF8(bytes.data(), static_cast<Py_ssize_t>(bytes.size()), "replace");
    if (!made)
        throw py::error_already_set();
    return py::reinterpret_steal<py::str>(made);
}

py::tuple take() {
    LogQueue::Batch batch;
    {
        const py::gil_scoped_release released;
        batch = LogQueue::instance().take();
    }
    py::list lines;
    for (const LogQueue::Line& line : batch.lines)
        lines.append(py::make_tuple(std::string(to_string(line.level)), text(line.message),
                                    line.job, text(line.request_id), line.error_code,
                                    text(line.detail)));
    return py::make_tuple(std::move(lines), batch.dropped, batch.closed);
}

} // namespace

LogQueue& LogQueue::instance() {
    return *current;
}

void LogQueue::renew_after_fork() {
    current = new LogQueue; // the old one's mutex may be held by a thread that is no more
}

void LogQueue::push(const LogRecord& record) {
    Line line{.level = record.level,
              .message = std::string(record.message),
              .job = record.job ? record.job->to_string() : std::string(),
              .request_id = std::string(record.request_id),
              .error_code = std::string(record.error_code),
              .detail = std::string(record.detail)};
    {
        const std::lock_guard lock(mutex_);
        if (lines_.size() >= capacity) {
            ++dropped_;
            return;
        }
        lines_.push_back(std::move(line));
    }
    filled_.notify_one();
}

LogQueue::Batch LogQueue::take() {
    std::unique_lock lock(mutex_);
    filled_.wait(lock, [this] { return !lines_.empty() || closed_; });
    return {.lines = std::exchange(lines_, {}),
            .dropped = std::exchange(dropped_, 0),
            .closed = closed_};
}

void LogQueue::close() {
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
    }
    filled_.notify_all();
}

void LogQueue::open() {
    const std::lock_guard lock(mutex_);
    closed_ = false;
}

std::shared_ptr<Observer> make_log_observer() {
    return std::make_shared<LogObserver>();
}

void bind_log(py::module_& module) {
    module.def("take_log_lines", &take,
               "Waits for log lines. Returns (lines, how many were dropped, whether the queue was\n"
               "closed); a line is (level, message, job, request id, error code, detail).");
    module.def(
        "open_log", [] { LogQueue::instance().open(); },
        "Lets take_log_lines() wait again after close_log().");
    module.def(
        "close_log", [] { LogQueue::instance().close(); }, "Ends the waiting of take_log_lines().");
}

} // namespace thumbjobs::python
