// SPDX-License-Identifier: MIT
//
// The configuration files of the system itself, as the runbook prints them (raft_config.yaml,
// resilience_config.yaml, phi_detector_config.yaml), read as a part of a scenario.
//
// Such a file has no version, and its sections stand at the top: consensus, failure_detector,
// circuit_breaker and so on. In a scenario they are sections of `cluster`, and there the table of
// keys judges them like any other.
#pragma once

#include "sim/scenario/node.hpp"

namespace shaketable {

// Whether the tree is such a file: it has a section of one and no version.
bool is_configuration(const Node& file);

// The same as a part of a scenario; sections that no configuration has are reported and left out.
// REQUIRES: it is one.
Node part_of_scenario(Node configuration, Diagnostics& diagnostics);

}  // namespace shaketable
