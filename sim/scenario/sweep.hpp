// SPDX-License-Identifier: MIT
//
// The section `sweep` of a scenario file: a grid over the scenario's parameters, and what its
// points are weighed by.
//
//     sweep:
//       matrix:
//         heartbeat: [10ms, 20ms, 50ms]
//         timeout: {from: 100ms, to: 500ms, step: 100ms}
//       seeds: 1..50
//       objectives:
//         - {id: rto, measure: rto.write.p99, direction: min}
//         - {id: traffic, measure: heartbeats.per_second, direction: min}
//
// It is no part of the scenario's identity: the same scenario with and without it is one scenario.
//
// Invariants: (1) every axis has a value; each value is one of its parameter, and there only once.
//             (2) the grid has at least one axis and at most kMostPoints combinations.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/scenario/node.hpp"
#include "sim/scenario/objective.hpp"
#include "sim/scenario/parameters.hpp"
#include "sim/scenario/scenario.hpp"

namespace shaketable {

inline constexpr std::size_t kMostPoints = 10'000;

// The section as it was parsed. Nothing, with diagnostics added, if it can't be used.
// REQUIRES: the scenario's workloads and seeds are filled in.
std::optional<SweepSpec> bind_sweep(const Node& section, Parameters& parameters,
                                    const Scenario& scenario, Diagnostics& diagnostics);

}  // namespace shaketable
