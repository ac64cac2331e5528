// SPDX-License-Identifier: MIT
//
// Families of faults: which kinds are alike for those who look on.
#pragma once

#include "sim/fault/faults.hpp"

namespace shaketable {

template <typename... Kinds>
bool is_one_of(const FaultKind& kind) {
    return (std::holds_alternative<Kinds>(kind) || ...);
}

// Messages between the two sides do not arrive.
inline bool cuts_lines(const FaultKind& kind) {
    return is_one_of<Partition, NetworkHold, NetworkFlap, NetworkSwizzle>(kind);
}

// Who belongs to the group is changed.
inline bool changes_members(const FaultKind& kind) {
    return is_one_of<MembershipChange, RepeatedRemoval>(kind);
}

}  // namespace shaketable
