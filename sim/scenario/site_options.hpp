// SPDX-License-Identifier: MIT
//
// What a scenario says of orders about sites and of the name service's faults, as the structs that
// it means.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "sim/scenario/fields.hpp"
#include "sim/scenario/scenario.hpp"

namespace shaketable {

// What is made of writes that a site had alone, in words; by number.
constexpr std::array<std::string_view, 3> kAgainWords = {"discard", "reapply", "overwrite"};

// The order that a word of `inject` gives; nothing if it is no such word.
std::optional<SiteOrder::Verb> verb_of(std::string_view word);
// The fault of a word of `inject` about sites or names, with the options it has; nothing if it is
// no such word.
std::optional<FaultKind> site_fault_of(std::string_view word, const Fields& with);
// The options of an order, as site_fault_of and cluster.replication.failover read them.
SiteOrder site_order(SiteOrder::Verb verb, const Fields& with);

// Whether the fault makes sense in this scenario: `at` is the fault, whose target is bound.
void check_site_fault(const FaultSpec& fault, const Node& at, const Scenario& scenario,
                      Diagnostics& diagnostics);

}  // namespace shaketable
