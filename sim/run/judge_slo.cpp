// SPDX-License-Identifier: MIT
#include "sim/run/judge_slo.hpp"

#include <algorithm>

#include "sim/measure/slo.hpp"
#include "sim/run/percent.hpp"
#include "sim/scenario/units.hpp"

namespace shaketable {
namespace {

// What ended of what was asked for after the warm-up, in the order of time.
std::vector<SloOutcome> outcomes_of(const World& world, const SloSpec& slo) {
    const Scenario& scenario = world.scenario;
    const Instant settled{scenario.warmup.ns};
    std::vector<SloOutcome> outcomes;
    for (const OperationView& operation : world.operations.all()) {
        if (!operation.ended || operation.issued < settled) continue;
        const std::string& id = scenario.workloads[operation.workload].id;
        if (!slo.of.empty() && slo.of != id) continue;
        outcomes.push_back({operation.finished, operation.acknowledged()});
    }
    for (const RequestView& request : world.requests.all()) {
        if (!request.ended || request.issued < settled) continue;
        const std::string& id = scenario.graph.clients[request.population].id;
        if (!slo.of.empty() && slo.of != id) continue;
        outcomes.push_back({request.finished, request.ok()});
    }
    std::stable_sort(outcomes.begin(), outcomes.end(),
                     [](const SloOutcome& a, const SloOutcome& b) { return a.at < b.at; });
    return outcomes;
}

}  // namespace

std::vector<TargetRow> judge_slos(const World& world) {
    const Instant settled{world.scenario.warmup.ns};
    std::vector<TargetRow> rows;
    for (const SloSpec& slo : world.scenario.slos) {
        TargetRow row;
        row.id = "slo." + slo.id;
        row.objective = ">= " + percent(static_cast<double>(slo.objective_ppm) / 1e6);
        row.actual = "none";
        row.detail = "no operation ended";
        const Duration window = slo.window.value_or(world.run_end() - settled);
        const auto measured =
            weigh_slo(outcomes_of(world, slo), slo.objective_ppm, settled, window);
        if (measured) {
            const auto share =
                static_cast<double>(measured->good) / static_cast<double>(measured->all);
            row.actual = percent(share);
            row.severity = static_cast<std::int64_t>((1 - share) * 1e9);
            row.verdict = measured->holds ? Verdict::pass : Verdict::fail;
            row.detail = percent(1 - measured->budget_left, 1) + " of the budget used";
            if (slo.window) {
                row.detail += " in the " + format_duration(*slo.window) + " up to " +
                              format_duration_brief(measured->end - Instant{});
            }
            if (measured->paged) {
                row.detail += "; burns fast enough for a page at " +
                              format_duration_brief(*measured->paged - Instant{});
            }
        }
        rows.push_back(row);
    }
    return rows;
}

}  // namespace shaketable
