// SPDX-License-Identifier: MIT
//
// What `with` says about faults of the network, of the load, of wall clocks, and of operators.
#pragma once

#include <optional>
#include <string_view>

#include "sim/scenario/fields.hpp"
#include "sim/scenario/places.hpp"

namespace shaketable {

// What a fault of this word does; nothing for other words. Reports what contradicts the scenario.
// A key that is missing reads as something harmless: that it is missing is reported elsewhere.
std::optional<FaultKind> bind_options(std::string_view word, const Node& fault,
                                      const Scenario& scenario, const Places& places,
                                      Diagnostics& diagnostics);

// How `with` may look, for somebody who has left this key out: "by: node-6".
std::string_view example_of_with(std::string_view key);

}  // namespace shaketable
