// SPDX-License-Identifier: MIT
//
// What `with` says about shifting requests to another version of a service.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sim/scenario/fields.hpp"
#include "sim/scenario/scenario.hpp"

namespace shaketable {

// Reports what contradicts itself or the services, which are filled in.
TrafficOrder bind_traffic(const Node& fault, const Scenario& scenario, Diagnostics& diagnostics);

// The options of such an order but its steps, as `with` has them; those that have their default are
// left out.
std::vector<std::pair<std::string, std::string>> traffic_options_of(const TrafficOrder& order,
                                                                    const ServiceGraph& graph);
// A step of it: 12.5%.
std::string share_text(std::uint32_t share_ppm);

// What is allowed and hardly meant.
void lint_traffic(const Node& fault, const TrafficOrder& order, Diagnostics& warnings);

}  // namespace shaketable
