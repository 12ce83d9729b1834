#include "errors.h"

#include <exception>

namespace py = pybind11;

namespace thumbjobs::python {
namespace {

void raise(const Error& error) {
    try {
        const py::object made =
            py::module_::import("thumbjobs._errors")
                .attr("error")(std::string(to_string(error.code())), error.what(), error.detail());
        PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(made.ptr())), made.ptr());
    } catch (py::error_already_set& failed) {
        failed.restore();
    }
}

} // namespace

void bind_errors(py::module_& module) {
    py::register_exception_translator([](std::exception_ptr thrown) {
        try {
            if (thrown)
                std::rethrow_exception(thrown);
        } catch (const Error& error) {
            raise(error);
        }
    });
    module.def(
        "error_codes",
        [] {
            py::dict retryable;
            for (int value = 0; value <= static_cast<int>(ErrorCode::internal); ++value) {
                const auto code = static_cast<ErrorCode>(value);
                retryable[py::str(std::string(to_string(code)))] = Error(code, "").retryable();
            }
            return retryable;
        },
        "All error codes, and whether a retry may help.");
}

Error error_from_python(py::error_already_set& raised, const std::string& where,
                        ErrorCode otherwise) {
    if (raised.matches(py::module_::import("thumbjobs._errors").attr("Error"))) {
        const py::object value = raised.value();
        const auto code = parse_error_code(py::str(value.attr("code")).cast<std::string>());
        return Error(code.value_or(ErrorCode::internal), py::str(value).cast<std::string>(),
                     py::str(value.attr("detail")).cast<std::string>());
    }
    if (raised.matches(PyExc_KeyboardInterrupt))
        PyErr_SetInterrupt(); // the main thread shall still see it
    std::string detail = where + ": " + raised.what();
    if (raised.matches(PyExc_OSError))
        return Error(otherwise, where + " failed.", std::move(detail));
    return Error(ErrorCode::internal, where + " raised an exception.", std::move(detail));
}

void check_signals() {
    const py::gil_scoped_acquire gil;
    if (PyErr_CheckSignals() != 0)
        throw py::error_already_set();
}

} // namespace thumbjobs::python
