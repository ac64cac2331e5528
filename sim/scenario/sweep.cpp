// SPDX-License-Identifier: MIT
#include "sim/scenario/sweep.hpp"

#include <algorithm>

#include "core/base/check.hpp"
#include "sim/scenario/fields.hpp"
#include "sim/scenario/normalise.hpp"

namespace shaketable {
namespace {

std::vector<Axis> bind_axes(const Node& matrix, Parameters& parameters, Diagnostics& diagnostics) {
    std::vector<Axis> axes;
    if (matrix.entries.empty()) {
        diagnostics.add(about(matrix, "nothing varies, so there is no grid",
                              "write matrix: {PARAMETER: [VALUE, VALUE]}"));
    }
    std::size_t points = 1;
    for (const Node::Entry& entry : matrix.entries) {
        auto axis = parameters.axis(entry);
        if (!axis) continue;
        points = std::min(points * axis->values.size(), kMostPoints + 1);
        axes.push_back(std::move(*axis));
    }
    if (points > kMostPoints) {
        diagnostics.add(
            about(matrix, "more than " + std::to_string(kMostPoints) + " combinations of values"));
    }
    return axes;
}

std::vector<Objective> bind_objectives(const Node& list, const Scenario& scenario,
                                       Diagnostics& diagnostics) {
    std::vector<std::string> workloads;
    for (const WorkloadSpec& workload : scenario.workloads) workloads.push_back(workload.id);
    for (const ClientSpec& clients : scenario.graph.clients) workloads.push_back(clients.id);
    std::vector<Objective> objectives;
    if (list.items.empty()) {
        diagnostics.add(about(list, "no objective, so no point is better than another",
                              "write {id: rto, measure: rto.write.p99, direction: min}"));
    }
    for (const Node& item : list.items) {
        if (!item.is_map()) continue;
        const Fields fields(item);
        Objective objective;
        objective.id = fields.text("id").value_or("");
        objective.name = fields.text("measure").value_or("");
        objective.direction =
            fields.text("direction") == "max" ? Direction::max : Direction::min;
        const auto is_same = [&](const Objective& other) { return other.id == objective.id; };
        if (fields.valid("id") != nullptr &&
            std::any_of(objectives.begin(), objectives.end(), is_same)) {
            diagnostics.add(about(*fields.valid("id"),
                                  "'" + objective.id + "' is there already in objectives"));
        }
        if (fields.valid("measure") == nullptr) continue;
        auto measure = parse_measure(objective.name, workloads);
        if (measure) {
            objective.measure = *measure;
        } else {
            diagnostics.add(about(*fields.valid("measure"), measure.error, measure.hint));
        }
        objectives.push_back(std::move(objective));
    }
    return objectives;
}

// What the scenario has targets for.
std::vector<Objective> objectives_of_targets(const Node& section, const Scenario& scenario,
                                             Diagnostics& diagnostics) {
    std::vector<Objective> objectives;
    std::vector<std::string> workloads;
    const auto add = [&](std::string id, std::string name, Direction direction) {
        const auto measure = parse_measure(name, workloads);
        novacron::check(measure.value.has_value(), "a measure of our own is one");
        objectives.push_back({std::move(id), std::move(name), *measure, direction});
    };
    if (scenario.rto && (scenario.rto->scope == "write" || scenario.rto->scope == "read")) {
        add("rto", "rto." + scenario.rto->scope + ".p95", Direction::min);
    }
    if (scenario.rpo) add("rpo", "rpo.time.max", Direction::min);
    if (scenario.availability) {
        for (const WorkloadSpec& workload : scenario.workloads) {
            workloads.push_back(workload.id);
            add("availability-" + workload.id, "availability." + workload.id + ".min",
                Direction::max);
        }
    }
    if (objectives.empty()) {
        diagnostics.add(about(section,
                              "no objective and no target, so no point is better than another",
                              "write objectives: [{id: rto, measure: rto.write.p99, "
                              "direction: min}]"));
    }
    return objectives;
}

}  // namespace

std::optional<SweepSpec> bind_sweep(const Node& section, Parameters& parameters,
                                    const Scenario& scenario, Diagnostics& diagnostics) {
    const auto canonical = normalise(section, "sweep", diagnostics);
    if (!canonical) return std::nullopt;
    const Fields fields(*canonical);
    SweepSpec sweep;
    if (const Node* matrix = fields.valid("matrix")) {
        sweep.axes = bind_axes(*matrix, parameters, diagnostics);
    }
    sweep.seeds = scenario.seeds;
    if (const auto text = fields.text("seeds")) {
        const auto [first, last] = *parse_seeds(*text);
        sweep.seeds = {first, last};
    }
    if (fields.text("invalid") == "skip") sweep.invalid = SweepSpec::Invalid::skip;
    if (const Node* list = fields.valid("objectives")) {
        sweep.objectives = bind_objectives(*list, scenario, diagnostics);
    } else if (!fields.has("objectives")) {
        sweep.objectives = objectives_of_targets(section, scenario, diagnostics);
    }
    return sweep;
}

}  // namespace shaketable
