#pragma once

#include "casters.h"
#include "errors.h"
#include "process.h"

#include <thumbjobs/blob.h>

#include <pybind11/pybind11.h>

#include <string>
#include <string_view>
#include <type_traits>

namespace thumbjobs::python {

/// What a method is given for an argument that has no converter of its own.
inline pybind11::str to_argument(std::string_view bytes) {
    return any_text(bytes);
}
inline pybind11::bytes to_argument(ByteView bytes) {
    // A copy, since Python may keep it.
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
template <class T>
requires(!std::is_convertible_v<const T&, std::string_view> &&
         !std::is_convertible_v<const T&, ByteView>) const T& to_argument(const T& argument) {
    return argument;
}

/// Calls the method `name` that a Python class gave to `self`, from any thread, and brings what it
/// returns or raises back. `otherwise` is the code of an OSError.
template <class Result, class Base, class... Arguments>
Result call_override(const Base* self, const char* name, ErrorCode otherwise,
                     const Arguments&... arguments) {
    namespace py = pybind11;
    if (interpreter_is_ending())
        throw Error(ErrorCode::closed, "Python is shutting down.");
    const py::gil_scoped_acquire gil;
    std::string where = name;
    try {
        const py::function method = py::get_override(self, name);
        if (!method)
            throw Error(ErrorCode::internal, where + "() is not implemented by this class.");
        where = py::str(py::type::handle_of(method.attr("__self__")).attr("__qualname__"))
                    .cast<std::string>() +
                '.' + name;
        const py::object answer = method(to_argument(arguments)...);
        if constexpr (!std::is_void_v<Result>) {
            py::detail::make_caster<Result> caster;
            if (!caster.load(answer, true))
                throw Error(ErrorCode::internal, where + "() returned something else than wanted.",
                            where + "() returned " + py::repr(answer).cast<std::string>());
            return py::detail::cast_op<Result&&>(std::move(caster));
        }
    } catch (py::error_already_set& raised) {
        throw error_from_python(raised, where, otherwise);
    } catch (const py::builtin_exception& refused) {
        throw Error(ErrorCode::internal, where + "() returned something else than wanted.",
                    where + ": " + refused.what());
    }
}

} // namespace thumbjobs::python
