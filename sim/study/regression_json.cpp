// SPDX-License-Identifier: MIT
#include "sim/study/regression_json.hpp"

#include <cmath>

#include <nlohmann/json.hpp>

#include "core/base/check.hpp"
#include "sim/run/result_json.hpp"

namespace shaketable {

namespace {

using Json = nlohmann::ordered_json;

Json finite_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json of_shift(const Shift& shift) {
    Json json = {
        {"measure", shift.measure},
        {"statistic", word_of(shift.statistic)},
        {"unit", unit_of(shift.measure) == Unit::nanoseconds && shift.statistic != Statistic::never
                     ? "ns"
                     : "count"},
        {"movement", word_of(shift.movement)},
        {"before", finite_or_null(shift.before)},
        {"after", finite_or_null(shift.after)},
        {"change", finite_or_null(shift.change)},
        {"tolerance", shift.tolerance},
        {"p_worse", shift.p_worse},
        {"p_better", shift.p_better}};
    if (shift.statistic != Statistic::never) {
        json["change_low"] = finite_or_null(shift.interval.low);
        json["change_high"] = finite_or_null(shift.interval.high);
    }
    json["worst_seed"] = shift.worst_seed ? Json(*shift.worst_seed) : Json(nullptr);
    return json;
}

Json of_explanation(const Explanation& explanation) {
    Json phases = Json::array();
    for (const PhaseShift& phase : explanation.phases) {
        phases.push_back({{"phase", phase.phase},
                          {"before_mean_ns", phase.before},
                          {"after_mean_ns", phase.after}});
    }
    return {{"measure", explanation.measure},
            {"mover", explanation.mover()},
            {"runs_before", explanation.runs_before},
            {"runs_after", explanation.runs_after},
            {"phases", std::move(phases)}};
}

}  // namespace

std::string_view word_of(Statistic statistic) {
    switch (statistic) {
        case Statistic::median: return "median";
        case Statistic::p95: return "p95";
        case Statistic::mean: return "mean";
        case Statistic::never: return "never";
    }
    throw novacron::BugError("a statistic is one of four");
}

std::string_view word_of(Movement movement) {
    switch (movement) {
        case Movement::none: return "same";
        case Movement::slight: return "within tolerance";
        case Movement::better: return "better";
        case Movement::worse: return "worse";
    }
    throw novacron::BugError("a movement is one of four");
}

nlohmann::ordered_json to_json(const Comparison& comparison) {
    Json shifts = Json::array();
    for (const Shift& shift : comparison.shifts) shifts.push_back(of_shift(shift));
    Json explanations = Json::array();
    for (const Explanation& one : comparison.explanations) {
        explanations.push_back(of_explanation(one));
    }
    return {{"verdict", word_of(comparison.verdict)},
            {"paired", comparison.paired},
            {"runs_before", comparison.runs_before},
            {"runs_after", comparison.runs_after},
            {"identical", comparison.identical},
            {"seeds_needed", comparison.seeds_needed},
            {"vanished", comparison.vanished},
            {"shifts", std::move(shifts)},
            {"explanations", std::move(explanations)}};
}

}  // namespace shaketable
