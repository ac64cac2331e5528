// SPDX-License-Identifier: MIT
//
// Faults of a storm with everything about them drawn: of which the options may be what somebody
// might meet, and no two are alike.
#pragma once

#include <optional>
#include <string>

#include "sim/fault/faults.hpp"

namespace shaketable {

// What a fault of this word of `inject` does; nothing for those that schedule.cpp draws itself.
std::optional<FaultKind> draw_kind(const std::string& inject, Random& random);
// Whether a fault of this word is about workloads and not about nodes.
bool is_of_load(const std::string& inject);

// Whether it has no duration: a storm's ends at once, as one that is named does.
bool is_done_at_once(const FaultKind& kind);

// A partition of any shape; `group` and all others are a split's groups.
Partition draw_partition(const Selector& group, Random& random);

}  // namespace shaketable
