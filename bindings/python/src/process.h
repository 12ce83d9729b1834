#pragma once

#include <pybind11/pybind11.h>

#include <exception>
#include <functional>
#include <memory>

namespace thumbjobs::python {

/// Set by the module's atexit function: native threads no longer enter the interpreter.
bool interpreter_is_ending() noexcept;

/// Sets it, and waits a moment for calls that are under way. Needs the GIL.
void interpreter_ends();

/// Throws ImportError in a sub-interpreter.
void refuse_sub_interpreters();

/// Runs `work` on a thread of its own, without the GIL, while the caller looks for signals. After
/// Ctrl-C, calls `interrupt`, waits for `work` and throws the KeyboardInterrupt. Passes on what
/// `work` throws. Needs the GIL.
void run_interruptibly(const std::function<void()>& work, const std::function<void()>& interrupt);

/// A C++ object that a Python object holds; keeps that alive, with the methods it has in Python.
template <class T>
std::shared_ptr<T> hold(pybind11::object owner) {
    T* const held = owner.cast<T*>();
    PyObject* const reference = owner.release().ptr();
    return std::shared_ptr<T>(held, [reference](T*) {
        if (interpreter_is_ending())
            return;
        const pybind11::gil_scoped_acquire gil;
        Py_DECREF(reference);
    });
}

} // namespace thumbjobs::python
