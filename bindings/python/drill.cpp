// SPDX-License-Identifier: MIT
//
// A drill for Python: time passes without the interpreter's lock, in strides between which signals
// are looked at. An interrupt leaves the drill where it stands, whole.
#include "sim/run/drill.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "bindings/python/columns.hpp"
#include "bindings/python/module.hpp"
#include "sim/measure/series.hpp"
#include "sim/scenario/units.hpp"

namespace shaketable::python {

namespace {

constexpr Duration kStride = novacron::seconds(1);  // of virtual time

class PyDrill {
public:
    PyDrill(const Scenario& scenario, std::uint64_t seed)
        : drill_(scenario, seed, [this](Record& record) { facts_.listen(record); }) {}

    // The drill, for one who calls it now. Throws if another thread is at it.
    template <class Use>
    auto use(const Use& use) {
        if (busy_) throw DrillError("another thread is using this drill");
        busy_ = true;
        const std::unique_ptr<bool, void (*)(bool*)> turn(&busy_,
                                                          [](bool* busy) { *busy = false; });
        return use(drill_);
    }

    void advance(Instant until) {
        use([until](Drill& drill) {
            const py::gil_scoped_release released;
            for (; until - drill.now() > kStride; look_at_signals()) {
                if (until > drill.end()) break;  // it will say so
                drill.advance(drill.now() + kStride);
            }
            drill.advance(until);
        });
    }

    bool advance_until(Condition condition, Instant limit) {
        return use([=](Drill& drill) {
            const py::gil_scoped_release released;
            for (; drill.now() < limit; look_at_signals()) {
                const Instant stop = std::min(limit, drill.now() + kStride);
                if (drill.advance_until(condition, stop)) return true;
            }
            return drill.holds(condition);
        });
    }

    void finish() {
        if (!use([](const Drill& drill) { return drill.finished(); })) advance(drill_.end());
        use([](Drill& drill) { drill.finish(); });
    }

    py::dict facts(const std::string& kind) {
        py::dict columns;
        py::dict words;
        const auto add = [&](const std::string& name, const auto& view, Words names) {
            columns[py::str(name)] = array_of(view);
            if (names.empty()) return;
            py::tuple tuple(names.size());
            for (std::size_t i = 0; i < names.size(); ++i)
                tuple[i] = py::str(std::string(names[i]));
            words[py::str(name)] = tuple;
        };
        const bool known = use([&](const Drill&) { return facts_.each_column(kind, add); });
        if (!known) {
            std::vector<std::string> kinds;
            for (const std::string_view each : FactTable::kinds()) kinds.emplace_back(each);
            const std::string hint = did_you_mean(kind, kinds);
            throw DrillError("there are no facts '" + kind + "'" +
                             (hint.empty() ? "" : "; " + hint));
        }
        py::dict both;
        both["columns"] = columns;
        both["words"] = words;
        return both;
    }

private:
    FactTable facts_;
    Drill drill_;
    bool busy_ = false;
};

template <class T>
py::object word_or_none(const std::optional<T>& value, std::span<const std::string_view> words) {
    if (!value) return py::none();
    return py::str(std::string(words[static_cast<std::size_t>(*value)]));
}

py::list nodes_of(const Drill& drill) {
    const auto name_of = [&](NodeId id) -> py::object {
        if (id.is_none()) return py::none();
        return py::str(drill.scenario().nodes.at(id.value).name);
    };
    py::list list;
    for (const NodeStatus& node : drill.nodes()) {
        list.append(py::make_tuple(
            node.name, std::string(kNodeStateNames.at(static_cast<std::size_t>(node.state))),
            word_or_none(node.role, novacron::raft::kRoleNames), node.term.value,
            name_of(node.vote), name_of(node.leader), node.commit.value, node.applied.value,
            node.last.value));
    }
    return list;
}

std::uint32_t number_of_workload(const Drill& drill, const std::string& id) {
    std::vector<std::string> known;
    const std::vector<WorkloadSpec>& workloads = drill.scenario().workloads;
    for (std::uint32_t i = 0; i < workloads.size(); ++i) {
        if (workloads[i].id == id) return i;
        known.push_back(workloads[i].id);
    }
    const std::string hint = did_you_mean(id, known);
    throw DrillError("there is no workload '" + id + "'" + (hint.empty() ? "" : "; " + hint));
}

// Columns of the operations of one workload, in buckets from the run's start up to now.
py::dict series_of(const Drill& drill, const std::string& workload, std::int64_t width_ns) {
    if (width_ns <= 0) throw DrillError("a bucket is wider than 0s");
    const std::uint32_t number = number_of_workload(drill, workload);
    const std::int64_t count = drill.now().ns / width_ns + (drill.now().ns % width_ns > 0 ? 1 : 0);
    constexpr std::int64_t kMostBuckets = 1'000'000;
    if (count > kMostBuckets) throw DrillError("more than a million buckets");
    const Buckets buckets{Instant{}, drill.now(), Duration{width_ns},
                          static_cast<std::size_t>(std::max<std::int64_t>(count, 1))};
    const auto all =
        count_operations(drill.operations(), drill.scenario().workloads.size(), buckets);
    std::vector<std::int64_t> at;
    std::vector<std::uint64_t> issued, acknowledged, unknown;
    std::vector<double> p50, p99;
    const auto ns_or_nan = [](const std::optional<Duration>& time) {
        return time ? static_cast<double>(time->ns) : std::numeric_limits<double>::quiet_NaN();
    };
    for (const Bucket& bucket : all[number]) {
        at.push_back(static_cast<std::int64_t>(at.size()) * width_ns);
        issued.push_back(bucket.issued);
        acknowledged.push_back(bucket.acknowledged);
        unknown.push_back(bucket.unknown);
        p50.push_back(ns_or_nan(bucket.latency_p50));
        p99.push_back(ns_or_nan(bucket.latency_p99));
    }
    py::dict columns;
    columns["at_ns"] = array_of(std::move(at));
    columns["issued"] = array_of(std::move(issued));
    columns["acknowledged"] = array_of(std::move(acknowledged));
    columns["unknown"] = array_of(std::move(unknown));
    columns["latency_p50_ns"] = array_of(std::move(p50));
    columns["latency_p99_ns"] = array_of(std::move(p99));
    return columns;
}

// What is wrong with the fault: (diagnostics, the same as text).
py::tuple inject(Drill& drill, const std::string& yaml) {
    const std::vector<Diagnostic> wrong = drill.inject(yaml);
    return py::make_tuple(tuples_of(wrong), format(wrong));
}

py::tuple doubts(const Drill& drill) {
    const std::vector<Diagnostic>& found = drill.draft().doubts();
    return py::make_tuple(tuples_of(found), format(found));
}

std::vector<std::string> fault_ids(const Drill& drill) {
    std::vector<std::string> ids;
    for (const FaultSpec& fault : drill.scenario().faults) ids.push_back(fault.id);
    return ids;
}

py::object leader_of(const Drill& drill) {
    const auto leader = drill.leader();
    if (!leader) return py::none();
    return py::str(drill.scenario().nodes.at(leader->value).name);
}

// A method, or a property, of the drill itself.
template <class Result, class Subject, class... Arguments>
auto on_drill(Result (*function)(Subject, Arguments...)) {
    return [function](PyDrill& self, Arguments... arguments) {
        return self.use([&](Drill& drill) { return function(drill, arguments...); });
    };
}

}  // namespace

void bind_drill(py::module_& module) {
    py::enum_<Condition>(module, "Condition", "What a drill can wait for.")
        .value("leader", Condition::leader)
        .value("no_leader", Condition::no_leader)
        .value("healthy", Condition::healthy);
    const auto get = [](auto function) {
        return [function](PyDrill& self) { return self.use(function); };
    };
    py::class_<PyDrill>(module, "Drill", "A run by hand; use shaketable.Drill instead.")
        .def(py::init<const Scenario&, std::uint64_t>(), py::arg("scenario"), py::arg("seed"))
        .def_property_readonly("now_ns", get([](const Drill& d) { return d.now().ns; }))
        .def_property_readonly("end_ns", get([](const Drill& d) { return d.end().ns; }))
        .def_property_readonly("finished", get([](const Drill& d) { return d.finished(); }))
        .def_property_readonly("seed", get([](const Drill& d) { return d.seed(); }))
        .def_property_readonly("fingerprint", get([](const Drill& d) { return d.fingerprint(); }))
        .def_property_readonly("scenario", get([](const Drill& d) { return d.scenario(); }))
        .def_property_readonly("acting", get([](const Drill& d) { return d.acting(); }))
        .def("advance", [](PyDrill& self, std::int64_t ns) { self.advance(Instant{ns}); })
        .def("advance_until",
             [](PyDrill& self, Condition condition, std::int64_t ns) {
                 return self.advance_until(condition, Instant{ns});
             })
        .def("finish", &PyDrill::finish)
        .def("instant_of",
             [](PyDrill& self, const std::string& moment) {
                 return self.use([&](const Drill& d) { return d.instant_of(moment).ns; });
             })
        .def("inject", on_drill(&inject))
        .def("heal",
             [](PyDrill& self, const std::string& id) { self.use([&](Drill& d) { d.heal(id); }); })
        .def("heal_all", get([](Drill& d) { d.heal_all(); }))
        .def("doubts", on_drill(&doubts))
        .def("fault_ids", on_drill(&fault_ids))
        .def("nodes", on_drill(&nodes_of))
        .def("leader", on_drill(&leader_of))
        .def("facts", &PyDrill::facts, py::arg("kind"))
        .def("series",
             [](PyDrill& self, const std::string& workload, std::int64_t width_ns) {
                 return self.use([&](const Drill& d) { return series_of(d, workload, width_ns); });
             })
        .def("result_to_json", [](PyDrill& self, const std::string& replay) {
            return self.use([&](const Drill& d) { return json_of(d.result(), replay); });
        });
    module.def("fact_kinds", [] {
        std::vector<std::string> kinds;
        for (const std::string_view kind : FactTable::kinds()) kinds.emplace_back(kind);
        return kinds;
    });
}

}  // namespace shaketable::python
