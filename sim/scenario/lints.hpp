// SPDX-License-Identifier: MIT
//
// What is allowed in a scenario and hardly meant: faults that can't matter, targets that can't be
// missed, knobs that contradict each other or that nothing uses.
//
// A lint is a warning, not a mistake: the scenario runs, and what it says is true. It says what
// would happen and what to write instead.
//
// Not found here: what only a run shows, such as a fault that happens to hit nobody.
#pragma once

#include <vector>

#include "sim/scenario/node.hpp"
#include "sim/scenario/scenario.hpp"

namespace shaketable {

// In no order. REQUIRES: `scenario` was bound from the canonical tree without a mistake.
void lint(const Node& canonical, const Scenario& scenario, Diagnostics& warnings);

}  // namespace shaketable
