// SPDX-License-Identifier: MIT
//
// What a scenario says about versions of the software: cluster.versions, and what `with` says about
// orders to deploy them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/scenario/fields.hpp"
#include "sim/scenario/places.hpp"

namespace shaketable {

// Fills in scenario.versions, if there are any.
void bind_versions(const Node& canonical, Scenario& scenario, Diagnostics& diagnostics);

// What a fault of this word does; nothing for other words. Reports what contradicts the scenario,
// whose versions are filled in.
std::optional<FaultKind> bind_deploy(std::string_view word, const Node& fault,
                                     const Scenario& scenario, Diagnostics& diagnostics);

// The options of such an order, as `with` has them; those that have their default are left out.
using DeployOptionTexts = std::vector<std::pair<std::string, std::string>>;
DeployOptionTexts deploy_options_of(const DeployOrder& order, const Scenario& scenario);

}  // namespace shaketable
