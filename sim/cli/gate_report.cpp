// SPDX-License-Identifier: MIT
#include "sim/cli/gate_report.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/run/result_json.hpp"
#include "sim/scenario/units.hpp"
#include "sim/study/regression_json.hpp"
#include "sim/study/summary_json.hpp"

namespace shaketable::cli {

namespace {

std::string duration(double ns) {
    return format_duration_brief(Duration{static_cast<std::int64_t>(std::llround(ns))});
}

bool counts(const Shift& shift) {
    return shift.statistic == Statistic::never || unit_of(shift.measure) == Unit::count;
}

std::string number(double value) {
    const std::string text = fmt::format("{:.2f}", value);
    return text.ends_with(".00") ? text.substr(0, text.size() - 3) : text;
}

void place(GateCase& one, const GateReport& report, const std::vector<Leaf>& said,
           const std::string& path) {
    const Leaf* leaf = find_leaf(said, path);
    one.file = leaf == nullptr ? report.scenario.path : leaf->at.source->name;
    one.line = leaf == nullptr ? 1 : leaf->at.line;
}

std::string ns_text(const std::optional<Duration>& duration) {
    return duration ? std::to_string(duration->ns) : "never";
}

GateCase case_of(const EnsembleTarget& target) {
    GateCase one;
    one.name = fmt::format("target {} {}", target.id, target.objective);
    // A quantile that one seed can't judge.
    one.verdict = target.verdict.value_or(Verdict::inconclusive);
    one.message = target.detail;
    if (target.quantile == 0) {
        one.message = fmt::format("{} {}, worst {} (seed {})",
                                  one.verdict == Verdict::pass   ? "met"
                                  : one.verdict == Verdict::fail ? "missed"
                                                                 : "open",
                                  target.detail, target.worst, target.worst_seed);
        one.properties = {{"worst", target.worst},
                          {"worst_seed", std::to_string(target.worst_seed)}};
        return one;
    }
    one.properties = {{"observed_ns", ns_text(target.observed)},
                      {"upper_bound_ns", ns_text(target.upper_bound)},
                      {"seeds_needed", std::to_string(target.seeds_needed)}};
    if (target.observed) {
        one.message =
            fmt::format("observed {}, {}", format_duration_brief(*target.observed), target.detail);
    }
    return one;
}

GateCase case_of(const std::string& id, const Tally& tally) {
    GateCase one;
    one.name = "check " + id;
    one.verdict = tally.verdict();
    one.message = "held in every run";
    const std::uint64_t bad = tally.failed > 0 ? tally.failed : tally.inconclusive;
    const auto& first = tally.failed > 0 ? tally.first_failed : tally.first_inconclusive;
    if (bad > 0 && first) {
        one.message = fmt::format("{} in {} of {} runs, first seed {}",
                                  tally.failed > 0 ? "failed" : "could not be judged", bad,
                                  tally.total(), *first);
    }
    return one;
}

// What no scenario has to ask for, and what no target or check explains.
GateCase case_of_runs(const Summary& summary) {
    GateCase one;
    one.name = "runs";
    one.message = fmt::format("{} runs, no promise broken", summary.runs.total());
    if (summary.first_finding) {
        const FirstFinding& first = *summary.first_finding;
        one.verdict = Verdict::fail;
        one.message = fmt::format("{} findings, first in seed {}: {} {}", summary.findings,
                                  first.seed, first.finding.rule, first.finding.message);
    } else if (summary.runs.inconclusive > 0) {
        one.verdict = Verdict::inconclusive;
        one.message =
            fmt::format("{} of {} runs are inconclusive, first seed {}", summary.runs.inconclusive,
                        summary.runs.total(), *summary.runs.first_inconclusive);
    }
    return one;
}

GateCase case_of_baseline(const GateReport& report) {
    GateCase one;
    one.name = "baseline";
    if (report.accepts) {
        one.message = report.updated ? "updated" : "left as it was";
    } else if (!report.has_baseline) {
        one.verdict = Verdict::inconclusive;
        one.message =
            fmt::format("there is no {} to compare with; --update makes it from this build",
                        report.baseline_file);
    } else if (!report.comparison->vanished.empty()) {
        one.verdict = Verdict::inconclusive;
        one.message = fmt::format("no run has {} any more", report.comparison->vanished.front());
    } else if (report.comparison->verdict == Verdict::inconclusive) {
        one.verdict = Verdict::inconclusive;
        one.message = fmt::format("{} runs can't show a regression; it takes {}",
                                  report.comparison->runs_after, report.comparison->seeds_needed);
    } else {
        one.message = fmt::format("{} of {} runs are identical", report.comparison->identical,
                                  report.comparison->runs_after);
    }
    return one;
}

// One case a measure, with all that was asked of it.
void add_regressions(GateReport& report, const std::vector<Leaf>& said) {
    std::vector<std::string> measures;  // in the order in which they were judged
    for (const Shift& shift : report.comparison->shifts) {
        if (measures.empty() || measures.back() != shift.measure) measures.push_back(shift.measure);
    }
    for (const std::string& measure : measures) {
        GateCase one;
        one.name = fmt::format("regression {}", measure);
        for (const Shift& shift : report.comparison->shifts) {
            if (shift.measure != measure) continue;
            const bool worse = shift.movement == Movement::worse;
            if (worse && !report.accepts) one.verdict = Verdict::fail;
            if (worse || one.message.empty()) {
                one.message += (one.message.empty() ? "" : "; ") + in_words(shift);
            }
            const std::string name(word_of(shift.statistic));
            one.properties.emplace_back(name + "_before", value_in_words(shift, shift.before));
            one.properties.emplace_back(name + "_after", value_in_words(shift, shift.after));
            one.properties.emplace_back(name + "_p", fmt::format("{:.4g}", shift.p_worse));
        }
        if (one.message.empty()) continue;
        for (const Explanation& explanation : report.comparison->explanations) {
            if (explanation.measure != measure) continue;
            one.message += "; in the mean " + in_words(explanation);
        }
        const std::string group(measure.substr(0, measure.find('.')));
        place(one, report, said, "targets." + group);
        report.cases.push_back(std::move(one));
    }
}

}  // namespace

Verdict worst(Verdict a, Verdict b) {
    for (const Verdict verdict : {Verdict::fail, Verdict::inconclusive}) {
        if (a == verdict || b == verdict) return verdict;
    }
    return Verdict::pass;
}

Verdict GateReport::verdict() const {
    Verdict verdict = Verdict::pass;
    for (const GateCase& one : cases) verdict = worst(verdict, one.verdict);
    return verdict;
}

std::string signed_duration(double ns) {
    if (!std::isfinite(ns)) return ns > 0 ? "to never" : "from never";
    if (ns == 0) return "0s";
    return (ns > 0 ? "+" : "-") + duration(std::abs(ns));
}

std::string value_in_words(const Shift& shift, double value) {
    if (!std::isfinite(value)) return "never";
    return counts(shift) ? number(value) : duration(value);
}

std::string change_in_words(const Shift& shift) {
    if (!counts(shift) || !std::isfinite(shift.change)) return signed_duration(shift.change);
    return (shift.change > 0 ? "+" : "") + number(shift.change);
}

std::string in_words(const Shift& shift) {
    std::string share;
    if (shift.before > 0 && std::isfinite(shift.change / shift.before)) {
        share = fmt::format(" ({:+.0f} %)", 100 * shift.change / shift.before);
    }
    const std::string name = shift.statistic == Statistic::never
                                 ? "runs without recovery"
                                 : std::string(word_of(shift.statistic));
    return fmt::format("{} {} -> {}, {}{}", name, value_in_words(shift, shift.before),
                       value_in_words(shift, shift.after), change_in_words(shift), share);
}

std::string in_words(const Explanation& explanation) {
    std::string text;
    for (const PhaseShift& phase : explanation.phases) {
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", phase.phase,
                            signed_duration(phase.after - phase.before));
    }
    return text;
}

nlohmann::ordered_json to_json(const GateReport& report) {
    using Json = nlohmann::ordered_json;
    Json cases = Json::array();
    for (const GateCase& one : report.cases) {
        cases.push_back({{"name", one.name},
                         {"verdict", word_of(one.verdict)},
                         {"message", one.message},
                         {"file", one.file},
                         {"line", one.line}});
    }
    Json changed = Json::array();
    for (const ScenarioChange& change : report.changes) {
        changed.push_back(
            {{"key", change.path}, {"before", change.before}, {"after", change.after}});
    }
    Json comparison = report.comparison ? to_json(*report.comparison) : Json(nullptr);
    return {{"scenario", report.scenario.name},
            {"path", report.scenario.path},
            {"scenario_hash", report.scenario.hash},
            {"seeds", Json::array({report.seeds.first, report.seeds.last})},
            {"verdict", word_of(report.verdict())},
            {"wall_seconds", report.wall_seconds},
            {"baseline", report.has_baseline ? Json(report.baseline_file) : Json(nullptr)},
            {"updated", report.updated},
            {"changes", std::move(changed)},
            {"comparison", std::move(comparison)},
            {"cases", std::move(cases)},
            {"summary", to_json(report.summary)},
            {"replay", report.replay}};
}

void add_cases(GateReport& report, const std::vector<Leaf>& said) {
    const auto add = [&](GateCase one, const std::string& path) {
        place(one, report, said, path);
        report.cases.push_back(std::move(one));
    };
    add(case_of_runs(report.summary), "name");
    for (const EnsembleTarget& target : report.summary.targets) {
        add(case_of(target), "targets." + target.id);
    }
    for (const auto& [id, tally] : report.summary.checks) {
        add(case_of(id, tally), "checks[" + id + "]");
    }
    add(case_of_baseline(report), "name");
    if (report.comparison) add_regressions(report, said);
}

}  // namespace shaketable::cli
