// SPDX-License-Identifier: MIT
#include "bindings/python/module.hpp"

#include "core/base/check.hpp"
#include "sim/run/drill.hpp"
#include "sim/run/run.hpp"

namespace py = pybind11;

PYBIND11_MODULE(_core, module) {
    module.doc() = "The engine of shaketable; use the package's own functions instead.";
    py::register_exception<novacron::BugError>(module, "BugError", PyExc_RuntimeError);
    py::register_exception<shaketable::DrillError>(module, "DrillError", PyExc_ValueError);
    shaketable::python::bind_scenario(module);
    shaketable::python::bind_run(module);
    shaketable::python::bind_drill(module);
    module.def("version", [] { return SHAKETABLE_VERSION; });
    module.def("model_version", [] { return std::string(shaketable::model_version()); });
}
