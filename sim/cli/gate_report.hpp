// SPDX-License-Identifier: MIT
//
// What the gate found about one scenario, as plain data: the terminal, JSON, JUnit and annotations
// all show the same cases.
//
// A case is one question with a verdict: a target, a check, the promises no run may break, the
// baseline, a measure compared with it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "sim/scenario/changes.hpp"
#include "sim/scenario/leaves.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/study/ensemble.hpp"
#include "sim/study/regression.hpp"

namespace shaketable::cli {

struct GateCase {
    std::string name;  // "target rto.max", "check durable", "regression rto.write"
    Verdict verdict = Verdict::pass;
    std::string message;  // one line
    std::string file;     // where the scenario asks this
    int line = 1;
    std::vector<std::pair<std::string, std::string>> properties;
};

struct GateReport {
    Scenario scenario;
    SeedRange seeds;
    double wall_seconds = 0;
    Summary summary;
    std::string baseline_file;
    bool has_baseline = false;
    std::vector<ScenarioChange> changes;   // since the baseline
    std::optional<Comparison> comparison;  // with the baseline
    bool updated = false;                  // the baseline is now what was measured
    bool accepts = false;                  // asked to update: a regression is news, no failure
    std::string replay;                    // the command that does it again
    std::vector<GateCase> cases;

    Verdict verdict() const;
};

// Fail over inconclusive over pass.
Verdict worst(Verdict a, Verdict b);

// "+12.3ms", "-4", "never": a change of a measure in its unit.
std::string change_in_words(const Shift& shift);
// "180.1ms", "1.02", "never"
std::string value_in_words(const Shift& shift, double value);
// "+178.2ms"
std::string signed_duration(double ns);
// "regression rto.write median 180.1ms -> 361.2ms ..."
std::string in_words(const Shift& shift);
// "detect +178.2ms, elect +0.1ms, catch-up 0s, client -2us"
std::string in_words(const Explanation& explanation);

nlohmann::ordered_json to_json(const GateReport& report);

// Fills in `cases` from the rest. `said` is what the scenario's files say, for the places.
void add_cases(GateReport& report, const std::vector<Leaf>& said);

}  // namespace shaketable::cli
