// SPDX-License-Identifier: MIT
//
// The story of a run in few lines: faults, processes, leaders, and who belongs to the group. Most
// facts are not in it.
#pragma once

#include <vector>

#include "sim/record/record.hpp"

namespace shaketable {

class Timeline final : public Subscriber {
public:
    explicit Timeline(Record& record) {
        record.subscribe<NodeStarted, NodeStopped, NodePaused, NodeResumed, RoleChanged,
                         FaultStarted, FaultEnded, FaultObserved, ConfigurationActivated,
                         BackupCompleted, BackupFailed, ArchiveBacklog, RestoreStarted,
                         RestoreStepped, RestoreDone, NodesRestored, VerifyDone, DeployStepped,
                         VersionInstalled, FormatRefused, FormatFinalized, TrafficShifted,
                         VersionsCompared, AlertPending, AlertFiring, AlertResolved,
                         TimelineBegun>(*this);
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
        if (const auto* group = std::get_if<ConfigurationActivated>(&fact)) {
            if (group->index <= newest_configuration_) return;
            newest_configuration_ = group->index;
        }
        moments_.push_back({at, fact});
    }

    std::vector<Moment> moments_;
    LogIndex newest_configuration_;
};

}  // namespace shaketable
