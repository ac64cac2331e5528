// SPDX-License-Identifier: MIT
//
// When, from some instant on, the cluster was healthy for the first time: one node leads, every node
// runs unpaused in the leader's term, and none lacks an entry that the leader has committed.
#pragma once

#include <algorithm>
#include <optional>

#include "sim/measure/logs.hpp"

namespace shaketable {

class HealthWatch final : public ListensTo<PacketDelivered> {
public:
    // Looks at every delivery from `from` on: in a living cluster there is one in every heartbeat.
    HealthWatch(Record& record, const Logs& logs, Instant from) : logs_(logs), from_(from) {
        record.listen(*this);
    }

    std::optional<Instant> healthy_at() const { return healthy_at_; }

private:
    void on(Instant at, const PacketDelivered&) override {
        if (healthy_at_ || at < from_) return;
        if (healthy()) healthy_at_ = at;
    }

    bool healthy() const {
        const auto& nodes = logs_.nodes();
        const auto leader = std::find_if(nodes.begin(), nodes.end(), [](const NodeView& node) {
            return node.role == novacron::raft::Role::leader;
        });
        if (leader == nodes.end()) return false;
        return std::all_of(nodes.begin(), nodes.end(), [&](const NodeView& node) {
            return node.running && !node.paused && node.term == leader->term &&
                   node.last() >= leader->commit &&
                   node.chain(leader->commit) == leader->chain(leader->commit);
        });
    }

    const Logs& logs_;
    Instant from_;
    std::optional<Instant> healthy_at_;
};

}  // namespace shaketable
