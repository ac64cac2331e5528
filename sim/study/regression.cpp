// SPDX-License-Identifier: MIT
#include "sim/study/regression.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include "core/base/check.hpp"
#include "core/base/random.hpp"
#include "sim/study/rank_tests.hpp"

namespace shaketable {

namespace {

using novacron::check;

constexpr double kInfinite = std::numeric_limits<double>::infinity();
// Of a recovery by another leader; of one by another site (sim/measure/site_history.hpp); of one by
// a restore (sim/measure/backups.hpp).
constexpr std::array kPhases = {"detect", "elect", "catch-up", "client"};
constexpr std::array kPhasesOfSites = {"detect",  "decide", "fence",  "sync",
                                       "promote", "route",  "warm-up"};
constexpr std::array kPhasesOfRestores = {"detect", "locate", "provision", "load",
                                          "replay", "verify", "warm-up"};

double number(std::int64_t value) {
    return value == kNever ? kInfinite : static_cast<double>(value);
}

// Both sets of runs; in pairs, one is as long as the other and in its order.
struct Runs {
    std::vector<const RunMeasures*> before, after;
    bool paired;
};

Runs match(const std::vector<RunMeasures>& before, const std::vector<RunMeasures>& after) {
    std::map<std::uint64_t, const RunMeasures*> old;
    for (const RunMeasures& run : before) old.emplace(run.seed, &run);
    Runs runs;
    runs.paired = std::all_of(after.begin(), after.end(),
                              [&](const RunMeasures& run) { return old.contains(run.seed); });
    for (const RunMeasures& run : after) {
        runs.after.push_back(&run);
        if (runs.paired) runs.before.push_back(old.at(run.seed));
    }
    if (runs.paired) return runs;
    for (const RunMeasures& run : before) runs.before.push_back(&run);
    return runs;
}

// A measure of the runs that have it; in pairs, of the pairs that have it both times.
struct Measured {
    Samples samples;
    std::vector<std::uint64_t> seeds;  // of the pairs
};

Measured measured(const Runs& runs, const std::string& measure) {
    Measured result;
    result.samples.paired = runs.paired;
    const auto value = [&](const RunMeasures& run) -> std::optional<std::int64_t> {
        const auto found = run.values.find(measure);
        return found == run.values.end() ? std::nullopt : std::optional(found->second);
    };
    if (!runs.paired) {
        for (const RunMeasures* run : runs.before) {
            if (const auto v = value(*run)) result.samples.before.push_back(*v);
        }
        for (const RunMeasures* run : runs.after) {
            if (const auto v = value(*run)) result.samples.after.push_back(*v);
        }
        return result;
    }
    for (std::size_t i = 0; i < runs.after.size(); ++i) {
        const auto old = value(*runs.before[i]);
        const auto now = value(*runs.after[i]);
        if (!old || !now) continue;
        result.samples.before.push_back(*old);
        result.samples.after.push_back(*now);
        result.seeds.push_back(runs.after[i]->seed);
    }
    return result;
}

Samples turned(const Samples& samples) { return {samples.after, samples.before, samples.paired}; }

double rank_p(const Samples& samples) {
    if (!samples.paired) return rank_sum_test(samples.before, samples.after).p;
    std::vector<std::int64_t> differences;
    for (std::size_t i = 0; i < samples.before.size(); ++i) {
        differences.push_back(difference(samples.before[i], samples.after[i]));
    }
    return signed_rank_test(differences).p;
}

double tail_p(const Samples& samples) {
    return samples.paired ? signed_tail_test(samples.before, samples.after).p
                          : tail_sum_test(samples.before, samples.after).p;
}

double never_p(const Samples& samples) {
    const auto nevers = [](const Values& values) {
        const auto n = std::count(values.begin(), values.end(), kNever);
        return Counts{static_cast<std::uint64_t>(n), values.size()};
    };
    if (!samples.paired) return fisher_test(nevers(samples.before), nevers(samples.after));
    std::uint64_t worse = 0;
    std::uint64_t better = 0;
    for (std::size_t i = 0; i < samples.before.size(); ++i) {
        const bool old = samples.before[i] == kNever;
        const bool now = samples.after[i] == kNever;
        if (now && !old) ++worse;
        if (old && !now) ++better;
    }
    return sign_test(worse, better);
}

double value_of(Statistic statistic, const Values& values) {
    switch (statistic) {
        case Statistic::median: return number(quantile_of(values, 0.5));
        case Statistic::p95: return number(quantile_of(values, 0.95));
        case Statistic::mean: return mean_of(values);
        case Statistic::never:
            return static_cast<double>(std::count(values.begin(), values.end(), kNever));
    }
    throw novacron::BugError("a statistic is one of four");
}

double effect_of(Statistic statistic, const Samples& samples) {
    switch (statistic) {
        case Statistic::median: return median_effect(samples);
        case Statistic::p95: return p95_effect(samples);
        case Statistic::mean: return mean_effect(samples);
        case Statistic::never:
            return value_of(statistic, samples.after) - value_of(statistic, samples.before);
    }
    throw novacron::BugError("a statistic is one of four");
}

// P(a rise like this), not adjusted yet.
double p_of(Statistic statistic, const Samples& samples) {
    switch (statistic) {
        case Statistic::median:
        case Statistic::mean: return rank_p(samples);
        case Statistic::p95: return tail_p(samples);
        case Statistic::never: return never_p(samples);
    }
    throw novacron::BugError("a statistic is one of four");
}

double tolerance_of(const Shift& shift, const RegressionRules& rules) {
    if (shift.statistic == Statistic::never) return 0;
    const double floor = unit_of(shift.measure) == Unit::count
                             ? rules.count_floor
                             : static_cast<double>(rules.tolerance_floor.ns);
    return shift.before == kInfinite ? floor : std::max(floor, rules.tolerance * shift.before);
}

std::vector<const RunMeasures*> all_of(const Runs& runs) {
    std::vector<const RunMeasures*> all = runs.before;
    all.insert(all.end(), runs.after.begin(), runs.after.end());
    return all;
}

// Whether a number that was known before is another one, or is gone. What is measured only now
// can't have changed.
bool differs(const RunMeasures& before, const RunMeasures& after) {
    return std::any_of(before.values.begin(), before.values.end(), [&](const auto& known) {
        const auto found = after.values.find(known.first);
        return found == after.values.end() || found->second != known.second;
    });
}

bool any_has(const std::vector<const RunMeasures*>& runs, const std::string& measure) {
    return std::any_of(runs.begin(), runs.end(),
                       [&](const RunMeasures* run) { return run->values.contains(measure); });
}

std::vector<std::string> vanished(const Runs& runs) {
    std::vector<std::string> names;
    for (const std::string& name : judged_measures(runs.before)) {
        if (any_has(runs.before, name) && !any_has(runs.after, name)) names.push_back(name);
    }
    return names;
}

std::optional<std::uint64_t> seed_of_largest_rise(const Measured& measured) {
    std::optional<std::uint64_t> seed;
    std::int64_t largest = 0;
    for (std::size_t i = 0; i < measured.seeds.size(); ++i) {
        const std::int64_t rise = difference(measured.samples.before[i], measured.samples.after[i]);
        if (rise <= largest) continue;
        largest = rise;
        seed = measured.seeds[i];
    }
    return seed;
}

Shift ask(const std::string& measure, Statistic statistic, const Measured& measured,
          const RegressionRules& rules) {
    const Samples& samples = measured.samples;
    Shift shift;
    shift.measure = measure;
    shift.statistic = statistic;
    shift.before = value_of(statistic, samples.before);
    shift.after = value_of(statistic, samples.after);
    shift.change = effect_of(statistic, samples);
    shift.tolerance = tolerance_of(shift, rules);
    shift.worst_seed = seed_of_largest_rise(measured);
    if (samples.paired && samples.before == samples.after) return shift;
    shift.p_worse = p_of(statistic, samples);
    shift.p_better = p_of(statistic, turned(samples));
    if (statistic == Statistic::never) return shift;
    const Effect effect = [&](const Samples& drawn) { return effect_of(statistic, drawn); };
    shift.interval =
        bootstrap_interval(samples, effect, rules.confidence, novacron::Random(1).fork(measure));
    return shift;
}

std::vector<Shift> ask_all(const Runs& runs, const RegressionRules& rules) {
    std::vector<Shift> shifts;
    for (const std::string& name : judged_measures(all_of(runs))) {
        const Measured both = measured(runs, name);
        if (both.samples.before.empty() || both.samples.after.empty()) continue;
        if (unit_of(name) == Unit::count) {
            shifts.push_back(ask(name, Statistic::mean, both, rules));
            continue;
        }
        shifts.push_back(ask(name, Statistic::median, both, rules));
        if (name.starts_with("latency_p99.") || name.starts_with("success_interval.")) continue;
        shifts.push_back(ask(name, Statistic::p95, both, rules));
        if (name.starts_with("rto.")) {
            shifts.push_back(ask(name, Statistic::never, both, rules));
        }
    }
    return shifts;
}

Movement movement_of(const Shift& shift, double level) {
    const bool counted = shift.statistic == Statistic::never;
    if (shift.p_worse <= level && (counted || shift.interval.low > 0)) {
        return shift.change > shift.tolerance ? Movement::worse : Movement::slight;
    }
    if (shift.p_better <= level && (counted || shift.interval.high < 0)) {
        return -shift.change > shift.tolerance ? Movement::better : Movement::slight;
    }
    return Movement::none;
}

void judge(std::vector<Shift>& shifts, double level) {
    std::vector<double> worse;
    std::vector<double> better;
    for (const Shift& shift : shifts) {
        worse.push_back(shift.p_worse);
        better.push_back(shift.p_better);
    }
    worse = holm(worse);
    better = holm(better);
    for (std::size_t i = 0; i < shifts.size(); ++i) {
        shifts[i].p_worse = worse[i];
        shifts[i].p_better = better[i];
        shifts[i].movement = movement_of(shifts[i], level);
    }
}

// The fewest runs of which the smallest possible p-value, corrected for all questions, is within
// the level: 2^-n in pairs, one in C(before + n, n) otherwise.
std::uint64_t runs_needed(const Runs& runs, std::size_t questions, double level) {
    const double most = level / static_cast<double>(std::max<std::size_t>(questions, 1));
    const double before = static_cast<double>(runs.before.size());
    double p = 1;
    std::uint64_t n = 0;
    while (p > most && n < 1'000'000) {
        ++n;
        const auto size = static_cast<double>(n);
        p *= runs.paired ? 0.5 : size / (before + size);
    }
    return n;
}

double mean_phase(const std::vector<const RunMeasures*>& runs, const std::string& phase) {
    double sum = 0;
    for (const RunMeasures* run : runs) {
        const auto found = run->values.find(phase);
        if (found != run->values.end()) sum += static_cast<double>(found->second);
    }
    return sum / static_cast<double>(runs.size());
}

std::optional<Explanation> explain(const Runs& runs, const std::string& rto) {
    const auto recovered = [&](const RunMeasures* run) {
        const auto found = run->values.find(rto);
        return found != run->values.end() && found->second != kNever;
    };
    std::vector<const RunMeasures*> before;
    std::vector<const RunMeasures*> after;
    if (runs.paired) {
        for (std::size_t i = 0; i < runs.after.size(); ++i) {
            if (!recovered(runs.before[i]) || !recovered(runs.after[i])) continue;
            before.push_back(runs.before[i]);
            after.push_back(runs.after[i]);
        }
    } else {
        std::copy_if(runs.before.begin(), runs.before.end(), std::back_inserter(before), recovered);
        std::copy_if(runs.after.begin(), runs.after.end(), std::back_inserter(after), recovered);
    }
    if (before.empty() || after.empty()) return std::nullopt;
    Explanation explanation{rto, before.size(), after.size(), {}};
    const auto add = [&](const auto& phases) {
        for (const char* phase : phases) {
            const std::string name = rto + "." + phase;
            explanation.phases.push_back(
                {phase, mean_phase(before, name), mean_phase(after, name)});
        }
    };
    const auto any_has = [&](const char* phase) {
        return std::any_of(after.begin(), after.end(), [&](const RunMeasures* run) {
            return run->values.contains(rto + "." + phase);
        });
    };
    if (any_has("promote")) {
        add(kPhasesOfSites);
    } else if (any_has("provision")) {
        add(kPhasesOfRestores);
    } else {
        add(kPhases);
    }
    return explanation;
}

}  // namespace

std::string Explanation::mover() const {
    double whole = 0;
    for (const PhaseShift& phase : phases) whole += phase.after - phase.before;
    const double sign = whole < 0 ? -1 : 1;
    std::string name;
    double most = 0;
    for (const PhaseShift& phase : phases) {
        const double change = sign * (phase.after - phase.before);
        if (change <= most) continue;
        most = change;
        name = phase.phase;
    }
    return name;
}

bool Comparison::any(Movement movement) const {
    return std::any_of(shifts.begin(), shifts.end(),
                       [&](const Shift& shift) { return shift.movement == movement; });
}

Comparison compare_runs(const std::vector<RunMeasures>& before,
                        const std::vector<RunMeasures>& after, const RegressionRules& rules) {
    check(!before.empty() && !after.empty(), "a comparison needs runs");
    const Runs runs = match(before, after);
    Comparison comparison;
    comparison.paired = runs.paired;
    comparison.runs_before = runs.before.size();
    comparison.runs_after = runs.after.size();
    comparison.same_numbers = runs.paired;
    for (std::size_t i = 0; runs.paired && i < runs.after.size(); ++i) {
        if (runs.before[i]->fingerprint == runs.after[i]->fingerprint) ++comparison.identical;
        if (differs(*runs.before[i], *runs.after[i])) comparison.same_numbers = false;
    }
    if (runs.paired && comparison.identical == runs.after.size()) return comparison;

    comparison.shifts = ask_all(runs, rules);
    comparison.vanished = vanished(runs);
    judge(comparison.shifts, rules.level);
    comparison.seeds_needed = runs_needed(runs, comparison.shifts.size(), rules.level);
    std::set<std::string> moved;
    for (const Shift& shift : comparison.shifts) {
        if (shift.movement == Movement::none || !shift.measure.starts_with("rto.")) continue;
        if (!moved.insert(shift.measure).second) continue;
        if (auto explanation = explain(runs, shift.measure)) {
            comparison.explanations.push_back(std::move(*explanation));
        }
    }
    const bool few = !comparison.same_numbers && comparison.runs_after < comparison.seeds_needed;
    if (comparison.any(Movement::worse)) {
        comparison.verdict = Verdict::fail;
    } else if (few || !comparison.vanished.empty()) {
        comparison.verdict = Verdict::inconclusive;
    }
    return comparison;
}

}  // namespace shaketable
