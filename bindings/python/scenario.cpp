// SPDX-License-Identifier: MIT
#include <optional>
#include <utility>

#include "bindings/python/module.hpp"
#include "sim/scenario/loader.hpp"
#include "sim/scenario/units.hpp"

namespace shaketable::python {

namespace {

using Overrides = std::vector<std::pair<std::string, std::string>>;

// (scenario or None, diagnostics, the diagnostics as text)
py::tuple load(const std::string& path, const Overrides& overrides) {
    std::vector<Override> given;
    for (const auto& [name, value] : overrides) given.push_back({name, value});
    LoadResult loaded;
    {
        const py::gil_scoped_release released;
        loaded = load_scenario(path, given);
    }
    return py::make_tuple(std::move(loaded.scenario), tuples_of(loaded.diagnostics),
                          format(loaded.diagnostics));
}

std::int64_t duration_ns(const std::string& text) {
    const auto parsed = parse_duration(text);
    if (parsed) return parsed->ns;
    throw py::value_error(parsed.error + (parsed.hint.empty() ? "" : "; " + parsed.hint));
}

}  // namespace

std::vector<DiagnosticTuple> tuples_of(const std::vector<Diagnostic>& diagnostics) {
    std::vector<DiagnosticTuple> tuples;
    for (const Diagnostic& diagnostic : diagnostics) {
        const Position& at = diagnostic.at;
        const auto line = static_cast<std::size_t>(at.line);
        const bool has_text = line >= 1 && line <= at.source->lines.size();
        tuples.emplace_back(at.source->name, at.line, at.column, diagnostic.message,
                            diagnostic.hint, has_text ? at.source->lines[line - 1] : "");
    }
    return tuples;
}

void bind_scenario(py::module_& module) {
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
    module.def("parse_duration", &duration_ns, py::arg("text"));
    module.def(
        "format_duration", [](std::int64_t ns) { return format_duration(Duration{ns}); },
        py::arg("ns"));
    module.def("did_you_mean", &did_you_mean, py::arg("word"), py::arg("candidates"));
}

}  // namespace shaketable::python
