// SPDX-License-Identifier: MIT
//
// What progress a scenario's links and disks allow to be asked of a group.
#pragma once

#include <optional>
#include <vector>

#include "sim/check/liveness.hpp"
#include "sim/scenario/scenario.hpp"

namespace shaketable {

// All but one in 100,000 draws are no longer.
Duration slowest(const Distribution& distribution);

// Raft owes progress if a round of messages and a sync take less than a short election timeout; and
// stability if, besides, a heartbeat is never lost and takes but a tenth of it. Links that lead out
// of the group do not count.
std::optional<LivenessOptions> owed_liveness(const Scenario& scenario,
                                             const std::vector<NodeId>& nodes,
                                             Duration slowest_sync);

}  // namespace shaketable
