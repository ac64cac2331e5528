// SPDX-License-Identifier: MIT
//
// What Raft owes its users once the world is calm: progress, within a grace.
//
// Intuition: safety must hold while faults act; progress is owed when they no longer do. The world
// is calm while no fault acts, no node starts, stops, pauses or resumes, and nobody comes to go by
// another configuration. A node that is gone for good does not keep the world from being calm: a
// quorum of the others owes everything. Which nodes are a quorum is said by the configurations that
// the running members go by: by all of them, for any may be asked to lead. Who does not belong to
// the group owes nothing and is owed nothing. Of a calm world in which quorums run, and which has
// been calm for the grace:
//
//   L1  Election: some node leads.
//   L2  Commitment: what a leader appends it commits within the grace, if it stays.
//   L3  Convergence: what a leader has committed, every running node knows to be committed within
//       the grace of the last entry it received.
//   L4  No storm: a leader sends each node no more than a few appends for each entry and heartbeat.
//   L5  Reads end: no read with that much patience is left without an answer.
//   L6  Joint phases end: one that is to end by itself does so within the grace.
//   L7  Stability: nobody stands against a leader that runs. Owed only where links and disks are
//       quick and lose nothing, so that no living leader is ever silent for long.
//   L8  Writes end: as L5.
//
// Delays are measured on samples, one at a time: an entry is marked, followed to its commitment,
// and the next is marked after it. So each fact costs constant time, and a stall, which has no end,
// is always seen. It is reported once, with the standing of all nodes.
//
// A fault that is shown by facts of nodes (crash, power loss, pause, a change of the membership)
// need not have ended: a node that is down for good is a node fewer. Nor need a wall clock be
// right, for nothing may hang on it. Any other fault that acts, such as a cut of the network that
// leaves a majority connected, makes the world restless; scenarios judge that themselves.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/check/findings.hpp"
#include "sim/fault/schedule.hpp"
#include "sim/measure/logs.hpp"

namespace shaketable {

struct LivenessOptions {
    Duration grace;       // ten times the longest election timeout
    bool steady = false;  // whether L7 is owed
};

class Liveness final
    : public ListensTo<FaultStarted, FaultEnded, NodeStarted, NodeStopped, NodePaused, NodeResumed,
                       RoleChanged, EntryAppended, CommitAdvanced, PacketSent, OperationEnded,
                       ConfigurationActivated> {
public:
    // `logs` listens to the record before this does. `schedule` says what kind of fault struck.
    Liveness(Record& record, const Logs& logs, const Schedule& schedule, Findings& findings,
             const LivenessOptions& options, std::vector<std::string> names);

    // Finds what is overdue now. At the end of the run, when no fact may come any more that would
    // make this look by itself.
    void look(Instant at);

private:
    // Something that is followed to its end.
    struct Mark {
        LogIndex index;
        Instant at;
    };
    // Counted while progress is owed.
    struct Traffic {
        std::uint64_t entries = 0;     // appended by leaders
        std::uint64_t appends = 0;     // sent
        std::uint64_t heartbeats = 0;  // sent
    };

    void on(Instant at, const FaultStarted& fact) override;
    void on(Instant at, const FaultEnded& fact) override;
    void on(Instant at, const NodeStarted& fact) override;
    void on(Instant at, const NodeStopped& fact) override;
    void on(Instant at, const NodePaused& fact) override;
    void on(Instant at, const NodeResumed& fact) override;
    void on(Instant at, const RoleChanged& fact) override;
    void on(Instant at, const EntryAppended& fact) override;
    void on(Instant at, const CommitAdvanced& fact) override;
    void on(Instant at, const PacketSent& fact) override;
    void on(Instant at, const OperationEnded& fact) override;
    void on(Instant at, const ConfigurationActivated& fact) override;

    void disturbed(Instant at);
    void look_for_leader(Instant at);
    void follow_leader(Instant at);
    void follow_others(Instant at, NodeId leader, LogIndex committed);
    void look_at_traffic(Instant at);
    void look_at_joint_phase(Instant at);
    bool quorums_run() const;
    bool owed(Instant at) const { return at >= owed_from_; }
    // Whether something that should have followed from what was then is overdue.
    bool overdue(Instant at, Instant since) const {
        return owed(at) && at - since >= options_.grace;
    }
    bool shown_by_nodes(FaultId fault) const;
    void find(const char* rule, Instant at, const std::string& what);
    std::string standing() const;

    const Logs& logs_;
    const Schedule& schedule_;
    Findings& findings_;
    LivenessOptions options_;
    std::vector<std::string> names_;

    std::size_t acting_ = 0;  // faults that the facts of nodes don't show
    Instant owed_from_ = Instant::never();  // a grace after the latest disturbance
    std::optional<Instant> leaderless_since_ = Instant{};
    NodeId leader_;           // the latest
    std::optional<Mark> own_;                  // an entry of the leader, not yet committed
    std::vector<std::optional<Mark>> others_;  // by node: what it must know to be committed
    Traffic traffic_;
    std::optional<Instant> joint_since_;  // that the newest configuration is to be left by itself
};

}  // namespace shaketable
