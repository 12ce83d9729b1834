#pragma once

#include <thumbjobs/error.h>

#include <pybind11/pybind11.h>

#include <string>

namespace thumbjobs::python {

/// Makes every thumbjobs::Error that reaches Python one of the exceptions of thumbjobs/_errors.py.
void bind_errors(pybind11::module_& module);

/// The Error that stands for a Python exception which left `where`, a method that was written in
/// Python: its own code for one of ours, `otherwise` for an OSError, else `internal`. Needs the
/// GIL.
Error error_from_python(pybind11::error_already_set& raised, const std::string& where,
                        ErrorCode otherwise);

/// Throws the KeyboardInterrupt (or what else a signal's handler raised). Takes the GIL for it.
void check_signals();

} // namespace thumbjobs::python
