// SPDX-License-Identifier: MIT
//
// How a run is judged by the scenario's service-level objectives.
#pragma once

#include <vector>

#include "sim/run/world.hpp"

namespace shaketable {

// A target for each, called slo.ID.
std::vector<TargetRow> judge_slos(const World& world);

}  // namespace shaketable
