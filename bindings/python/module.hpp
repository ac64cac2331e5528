// SPDX-License-Identifier: MIT
//
// The extension module shaketable._core, one file a topic. As thin as can be: it loads scenarios,
// runs them and holds drills; a result goes out as the JSON text that `shaketable run --json`
// prints, and the package makes it a dict.
//
// The interpreter's lock is released while a run computes, so runs of different threads overlap.
// Between strides of virtual time signals are looked at, so that Ctrl-C stops a run.
#pragma once

#include <string>
#include <tuple>
#include <vector>

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "sim/run/result.hpp"
#include "sim/scenario/diagnostics.hpp"

namespace shaketable::python {

namespace py = pybind11;

void bind_scenario(py::module_& module);  // Scenario, load
void bind_run(py::module_& module);       // one run, and many
void bind_drill(py::module_& module);     // Drill

// (file, line, column, message, hint, source line)
using DiagnosticTuple = std::tuple<std::string, int, int, std::string, std::string, std::string>;
std::vector<DiagnosticTuple> tuples_of(const std::vector<Diagnostic>& diagnostics);

// All that a result says. Needs no lock.
std::string json_of(const Result& result, const std::string& replay);

// Throws what a signal's handler raised, such as KeyboardInterrupt. Takes the lock if need be.
inline void look_at_signals() {
    const py::gil_scoped_acquire acquired;
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
}

}  // namespace shaketable::python
