// SPDX-License-Identifier: MIT
//
// The extension module shaketable._core: as thin as can be. It loads scenarios and runs them; a
// result goes out as the JSON text that `shaketable run --json` prints, and the package makes it a
// dict.
//
// The interpreter's lock is released while a run computes, so runs of different threads overlap.
// Every ten virtual seconds signals are looked at, so that Ctrl-C stops a run.
#include <chrono>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "core/base/check.hpp"
#include "sim/run/result_json.hpp"
#include "sim/run/run.hpp"
#include "sim/scenario/loader.hpp"

namespace py = pybind11;

namespace {

using namespace shaketable;

constexpr Duration kBetweenSignals = novacron::seconds(10);

using Overrides = std::vector<std::pair<std::string, std::string>>;

// (file, line, column, message, hint, source line)
using DiagnosticTuple = std::tuple<std::string, int, int, std::string, std::string, std::string>;

DiagnosticTuple of_diagnostic(const Diagnostic& diagnostic) {
    const Position& at = diagnostic.at;
    const auto line = static_cast<std::size_t>(at.line);
    const bool has_text = line >= 1 && line <= at.source->lines.size();
    return {at.source->name,    at.line,         at.column,
            diagnostic.message, diagnostic.hint, has_text ? at.source->lines[line - 1] : ""};
}

// (scenario or None, diagnostics, the diagnostics as text)
py::tuple load(const std::string& path, const Overrides& overrides) {
    std::vector<Override> given;
    for (const auto& [name, value] : overrides) given.push_back({name, value});
    LoadResult loaded;
    {
        const py::gil_scoped_release released;
        loaded = load_scenario(path, given);
    }
    std::vector<DiagnosticTuple> diagnostics;
    for (const Diagnostic& diagnostic : loaded.diagnostics) {
        diagnostics.push_back(of_diagnostic(diagnostic));
    }
    return py::make_tuple(std::move(loaded.scenario), diagnostics, format(loaded.diagnostics));
}

std::string run_to_json(const Scenario& scenario, std::uint64_t seed, const std::string& replay) {
    const auto began = std::chrono::steady_clock::now();
    Result result;
    {
        const py::gil_scoped_release released;
        const Instant end = Instant{} + scenario.duration;
        Simulation simulation(scenario, seed);
        for (Instant until; until < end;) {
            until = until + kBetweenSignals;
            simulation.advance(until);
            const py::gil_scoped_acquire acquired;
            if (PyErr_CheckSignals() != 0) throw py::error_already_set();
        }
        result = simulation.result();
    }
    result.wall_ns = std::chrono::nanoseconds(std::chrono::steady_clock::now() - began).count();
    nlohmann::ordered_json json = to_json(result, replay);
    json["timeline"] = timeline_to_json(result);
    json["roles"] = roles_to_json(result);
    json["series"] = series_to_json(result);
    return json.dump();
}

}  // namespace

PYBIND11_MODULE(_core, module) {
    module.doc() = "The engine of shaketable; use the package's own functions instead.";
    py::register_exception<novacron::BugError>(module, "BugError", PyExc_RuntimeError);

    py::class_<Scenario>(module, "Scenario",
                         "A scenario that has been read, checked and resolved; it never changes.")
        .def_readonly("name", &Scenario::name)
        .def_readonly("description", &Scenario::description)
        .def_readonly("path", &Scenario::path, "The file it was read from, as it was named.")
        .def_readonly("resolved", &Scenario::resolved, "The whole scenario as canonical YAML.")
        .def_readonly("hash", &Scenario::hash, "The scenario's identity: 16 hexadecimal digits.")
        .def_property_readonly(
            "duration_ns", [](const Scenario& s) { return s.duration.ns; },
            "How long a run takes in virtual nanoseconds, warm-up included.")
        .def_property_readonly(
            "seeds", [](const Scenario& s) { return std::pair(s.seeds.first, s.seeds.last); },
            "First and last of the seeds it is meant for; both are included.")
        .def_property_readonly(
            "parameters",
            [](const Scenario& s) {
                py::dict parameters;
                for (const auto& p : s.parameters) parameters[py::str(p.name)] = p.value;
                return parameters;
            },
            "The value of each parameter, as the scenario spells it.")
        .def("__repr__", [](const Scenario& s) { return "<shaketable.Scenario " + s.name + ">"; });

    module.def("load", &load, py::arg("path"), py::arg("overrides"));
    module.def("run_to_json", &run_to_json, py::arg("scenario"), py::arg("seed"),
               py::arg("replay"));
    module.def("version", [] { return SHAKETABLE_VERSION; });
    module.def("model_version", [] { return std::string(model_version()); });
}
