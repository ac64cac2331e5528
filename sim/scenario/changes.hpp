// SPDX-License-Identifier: MIT
//
// What two versions of a scenario say differently, and whether their results may be compared.
//
// A scenario has three parts. The *system* is what is tuned and shipped: everything under `cluster`
// but its sites and clocks. The *experiment* is what is done to it and how it is measured: hosts,
// network, disks, workloads, faults, service level, durations. The *judgement* is what is demanded
// of the measures: bounds, checks, which seeds. If only the system differs, a difference of the
// measures is the system's doing, and that is what a comparison is for. If the experiment differs,
// a comparison says nothing about the system. The judgement leaves the measures as they are.
//
// Both are compared in their resolved form, so that a spelling, a comment, a default spelled out or
// the file it stands in makes no difference.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/scenario/scenario.hpp"

namespace shaketable {

enum class ScenarioPart : std::uint8_t { system, experiment, judgement };

// `path` as in leaves.hpp.
ScenarioPart part_of(std::string_view path);

struct ScenarioChange {
    std::string path;
    std::string before, after;  // empty: not said
    ScenarioPart part;
};

// In the order of the scenario, those that only `before` says at the end.
// REQUIRES: both were loaded.
std::vector<ScenarioChange> changes(const Scenario& before, const Scenario& after);

}  // namespace shaketable
