// SPDX-License-Identifier: MIT
//
// What can be known about who belongs to a group. Runs in which nobody comes or goes have none of
// these facts.
#pragma once

#include <array>
#include <string_view>
#include <tuple>

#include "core/base/id.hpp"
#include "sim/record/member_sets.hpp"

namespace shaketable {

using novacron::LogIndex;
using novacron::NodeId;

// The entry at this index of the node's log, of which a fact has just come, says who belongs to the
// group once it is committed. Sets of nodes are two words each: member_sets.hpp.
struct ConfigurationAppended {
    NodeId node;
    LogIndex index;
    MemberSets members;
    static constexpr std::string_view name = "configuration-appended";
    static constexpr std::array<std::string_view, 9> fields = {
        "node",          "index",    "voters",        "voters_high", "outgoing",
        "outgoing_high", "learners", "learners_high", "auto_leave"};
    auto values() const {
        return std::tie(node, index, members.voters.low, members.voters.high,
                        members.outgoing.low, members.outgoing.high, members.learners.low,
                        members.learners.high, members.auto_leave);
    }
};
// The node goes by another configuration from now on: that of the entry at this index, or of a
// snapshot that ends there. A node that starts goes by the group's first one, of which there is no
// fact, or by none if it did not belong to that.
struct ConfigurationActivated {
    NodeId node;
    LogIndex index;
    MemberSets members;
    static constexpr std::string_view name = "configuration-activated";
    static constexpr auto fields = ConfigurationAppended::fields;
    auto values() const {
        return std::tie(node, index, members.voters.low, members.voters.high,
                        members.outgoing.low, members.outgoing.high, members.learners.low,
                        members.learners.high, members.auto_leave);
    }
};

}  // namespace shaketable
