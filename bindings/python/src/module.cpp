// thumbjobs._native: what the Python package is made of. The package gives it its manners.
#include "backends.h"
#include "blobs.h"
#include "errors.h"
#include "event_feed.h"
#include "log_queue.h"
#include "one_shot.h"
#include "process.h"
#include "py_engine.h"

#include <thumbjobs/version.h>

#include <pybind11/pybind11.h>

#include <string>

namespace py = pybind11;
using namespace thumbjobs::python;

PYBIND11_MODULE(_native, module) {
    refuse_sub_interpreters();
    module.doc() = "The native part of thumbjobs; use the package.";
    module.attr("version") = std::string(thumbjobs::version());
    bind_errors(module);
    bind_blobs(module);
    bind_log(module);
    bind_event_feed(module);
    bind_job_store(module);
    bind_storage(module);
    bind_resizer(module);
    bind_engine(module);
    bind_one_shot(module);
    module.def("refuse_sub_interpreters", &refuse_sub_interpreters,
               "Raises ImportError unless this is the main interpreter.");
    module.def("interpreter_ends", &interpreter_ends,
               "Keeps native threads out of the interpreter from now on.");
    module.def("renew_log_after_fork", &LogQueue::renew_after_fork,
               "In a child of fork(): begins with an empty queue of log lines.");
}
