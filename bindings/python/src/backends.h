#pragma once

#include <pybind11/pybind11.h>

namespace thumbjobs::python {

void bind_job_store(pybind11::module_& module);
void bind_storage(pybind11::module_& module);
void bind_resizer(pybind11::module_& module);

} // namespace thumbjobs::python
