// SPDX-License-Identifier: MIT
//
// The part of a scenario about monitoring: the rules file that it names, and the rules.
#pragma once

#include "sim/scenario/node.hpp"
#include "sim/scenario/scenario.hpp"

namespace shaketable {

// Puts what the rules file holds in the place of `alerts.rules`, as `alerts.groups`, with the
// positions that it has in the file. REQUIRES: the root is a map.
void lay_in_rules(Node& root, Diagnostics& diagnostics);

// Fills in scenario.alerts.
void bind_alerts(const Node& canonical, Scenario& scenario, Diagnostics& diagnostics);

}  // namespace shaketable
