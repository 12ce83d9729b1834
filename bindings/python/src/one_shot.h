#pragma once

#include <pybind11/pybind11.h>

namespace thumbjobs::python {

/// thumbnail() without an engine, and features().
void bind_one_shot(pybind11::module_& module);

} // namespace thumbjobs::python
