#include "process.h"

#include "errors.h"
#include "in_flight.h"

#include <atomic>
#include <chrono>
#include <future>
#include <thread>

namespace py = pybind11;

namespace thumbjobs::python {
namespace {

std::atomic<bool> ending{false};
std::atomic<int> calls_in_flight{0};

} // namespace

bool interpreter_is_ending() noexcept {
    return ending;
}

void interpreter_ends() {
    ending = true;
    const py::gil_scoped_release released;
    // All engines are closed, so these come back within a slice of their waiting.
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(2);
    while (calls_in_flight > 0 && std::chrono::steady_clock::now() < deadline)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

InFlight::InFlight() noexcept {
    ++calls_in_flight;
}

InFlight::~InFlight() {
    --calls_in_flight;
}

void refuse_sub_interpreters() {
    if (PyInterpreterState_Get() != PyInterpreterState_Main())
        throw py::import_error("thumbjobs cannot be used in a sub-interpreter: its worker threads "
                               "belong to the main one; import it there, or in another process");
}

void run_interruptibly(const std::function<void()>& work, const std::function<void()>& interrupt) {
    const InFlight call;
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
