// SPDX-License-Identifier: MIT
//
// The story of a run in few lines: faults, processes, leaders. Most facts are not in it.
#pragma once

#include <vector>

#include "sim/record/record.hpp"

namespace shaketable {

class Timeline final : public Subscriber {
public:
    explicit Timeline(Record& record) {
        record.subscribe<NodeStarted, NodeStopped, NodePaused, NodeResumed, RoleChanged,
                         FaultStarted, FaultEnded, FaultObserved>(*this);
    }

    struct Moment {
        Instant at;
        Fact fact;
    };
    const std::vector<Moment>& moments() const { return moments_; }

private:
    void on_fact(Instant at, const Fact& fact) override {
        const auto* role = std::get_if<RoleChanged>(&fact);
        if (role != nullptr && role->role != novacron::raft::Role::leader) return;
        moments_.push_back({at, fact});
    }

    std::vector<Moment> moments_;
};

}  // namespace shaketable
