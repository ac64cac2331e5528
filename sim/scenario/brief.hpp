// SPDX-License-Identifier: MIT
//
// A scenario as somebody would write it: without whatever says what would be so without it.
//
// Intuition: every entry is taken out in turn, and stays out if the scenario is still the same, as
// its hash says. So nothing here knows what the defaults are.
//
// Invariant: (1) the text loads to a scenario of the same hash.
#pragma once

#include <string>

#include "sim/scenario/scenario.hpp"

namespace shaketable {

// As YAML. REQUIRES: the scenario was loaded, so that it has its resolved text.
std::string brief(const Scenario& scenario);

}  // namespace shaketable
