// SPDX-License-Identifier: MIT
//
// What is allowed and hardly meant, of services and the policies between them: knobs without an
// effect, queues that serve only callers that have gone, services that nobody asks.
#pragma once

#include "sim/scenario/node.hpp"
#include "sim/scenario/scenario.hpp"

namespace shaketable {

// REQUIRES: the scenario is that of the tree, and sound.
void lint_services(const Node& canonical, const Scenario& scenario, Diagnostics& warnings);

}  // namespace shaketable
