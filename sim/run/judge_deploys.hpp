// SPDX-License-Identifier: MIT
//
// What a result says of orders about versions, and how they are judged.
#pragma once

#include <vector>

#include "sim/run/world.hpp"

namespace shaketable {

std::vector<DeployRow> deploy_rows(const World& world);
// Whether every order did all it was to do.
CheckRow deploys_completed(const World& world);
// Whether every order was refused, or stopped by its first gate, so that one batch had it; or of
// requests that were shifted, stopped before all of them were, and they are back.
CheckRow deploys_contained(const World& world);

}  // namespace shaketable
