// SPDX-License-Identifier: MIT
//
// What `with` says about faults of services, and how it is written out again.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/scenario/fields.hpp"
#include "sim/scenario/scenario.hpp"

namespace shaketable {

// What a fault of this word does; nothing for other words. Reports a caller or an instance that is
// not there.
std::optional<FaultKind> service_fault_of(std::string_view word, const Node& fault,
                                          const Scenario& scenario, Diagnostics& diagnostics);

// The target of a fault of services: their names. Reports what is wrong with it.
std::optional<Selector> bind_services(const Node& target, const ServiceGraph& graph,
                                      Diagnostics& diagnostics);

// The keys of `with`, but for what is a distribution.
std::vector<std::pair<std::string, std::string>> service_options_of(const FaultKind& kind,
                                                                    const ServiceGraph& graph);

}  // namespace shaketable
