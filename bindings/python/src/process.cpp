#include "process.h"

#include "errors.h"

#include <atomic>
#include <chrono>
#include <future>
#include <thread>

namespace py = pybind11;

namespace thumbjobs::python {
namespace {

std::atomic<bool> ending{false};

} // namespace

bool interpreter_is_ending() noexcept {
    return ending;
}

void interpreter_ends() noexcept {
    ending = true;
}

void refuse_sub_interpreters() {
    if (PyInterpreterState_Get() != PyInterpreterState_Main())
        throw py::import_error("thumbjobs cannot be used in a sub-interpreter: its worker threads "
                               "belong to the main one; import it there, or in another process");
}

void run_interruptibly(const std::function<void()>& work, const std::function<void()>& interrupt) {
    const py::gil_scoped_release released;
    std::packaged_task<void()> task(work);
    std::future<void> result = task.get_future();
    std::thread thread(std::move(task));
    std::exception_ptr interrupted;
    while (result.wait_for(std::chrono::milliseconds(20)) == std::future_status::timeout) {
        if (interrupted)
            continue;
        try {
            check_signals();
        } catch (py::error_already_set&) {
            interrupted = std::current_exception();
            interrupt();
        }
    }
    thread.join();
    if (interrupted)
        std::rethrow_exception(interrupted);
    result.get();
}

} // namespace thumbjobs::python
