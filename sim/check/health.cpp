// SPDX-License-Identifier: MIT
#include "sim/check/health.hpp"

#include <algorithm>

namespace shaketable {

bool HealthWatch::healthy() const {
    const auto& nodes = logs_.nodes();
    const NodeView* leader = nullptr;
    for (const NodeView& node : nodes) {
        if (!node.running || node.role != novacron::raft::Role::leader) continue;
        if (leader == nullptr || node.term > leader->term) leader = &node;
    }
    if (leader == nullptr) return false;
    return std::all_of(nodes.begin(), nodes.end(), [&](const NodeView& node) {
        const NodeId id{static_cast<std::uint32_t>(&node - nodes.data())};
        if (!leader->members.contains(id)) return true;
        return is_up(node) && node.term == leader->term && node.last() >= leader->commit &&
               node.prefix(leader->commit) == leader->prefix(leader->commit);
    });
}

}  // namespace shaketable
