// SPDX-License-Identifier: MIT
//
// Rare situations, and how often a run met each.
//
// Intuition: a storm that never hits a leader between an acknowledgement and its crash proves
// nothing about that. A probe is the name of such a situation; a campaign whose probes are never
// met is blind there, and says so.
//
// A probe is no check: to meet one is neither good nor bad. All are told from facts alone.
//
// To add one: give it a line in the table of probes.cpp, a name here, in the same place, and count
// it where its fact comes.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "sim/fault/schedule.hpp"
#include "sim/measure/logs.hpp"

namespace shaketable {

enum class Probe : std::uint8_t {
    elected_while_cut, elected_by_bare_majority, elected_with_uncommitted, elected_in_joint_phase,
    split_vote, two_candidates, two_leaders, no_leader_in_a_quorum,
    leader_stepped_down, leader_deposed, paused_leader_returned, hand_over_done,
    acknowledged_then_stopped, stopped_with_unsynced, started_without_leader, majority_down,
    all_down, earlier_term_committed, entries_removed, many_entries_removed,
    own_entries_removed, logs_differ_after_cut, snapshot_installed, snapshot_while_changing,
    joint_phase, learner_promoted, leader_left_the_group, lie_then_power_loss,
    disk_failed, damage_found, room_missed, many_faults_at_once,
    given_up, acknowledged_at_third_attempt, read_by_follower, packet_doubled
};
constexpr std::size_t kProbes = static_cast<std::size_t>(Probe::packet_doubled) + 1;

struct ProbeWords {
    std::string_view name;   // elected-while-cut
    std::string_view words;  // a leader was elected while the network was cut
};
// In the order of the names above.
std::span<const ProbeWords, kProbes> probe_table();

class Probes final
    : public ListensTo<NodeStarted, NodeStopped, NodePaused, NodeResumed, RoleChanged,
                       EntryAppended, LogTruncated, CommitAdvanced, SnapshotInstalled, PacketSent,
                       OperationEnded, FaultStarted, FaultEnded, FaultObserved,
                       ConfigurationActivated> {
public:
    // `logs` listens to the record before this does; `schedule` is that of the faults of the facts.
    Probes(Record& record, const Logs& logs, const Schedule& schedule);

    // By number of probe.
    std::vector<std::uint64_t> counts() const { return {counts_.begin(), counts_.end()}; }

private:
    void on(Instant at, const NodeStarted& fact) override;
    void on(Instant at, const NodeStopped& fact) override;
    void on(Instant at, const NodePaused& fact) override;
    void on(Instant at, const NodeResumed& fact) override;
    void on(Instant at, const RoleChanged& fact) override;
    void on(Instant at, const EntryAppended& fact) override;
    void on(Instant at, const LogTruncated& fact) override;
    void on(Instant at, const CommitAdvanced& fact) override;
    void on(Instant at, const SnapshotInstalled& fact) override;
    void on(Instant at, const PacketSent& fact) override;
    void on(Instant at, const OperationEnded& fact) override;
    void on(Instant at, const FaultStarted& fact) override;
    void on(Instant at, const FaultEnded& fact) override;
    void on(Instant at, const FaultObserved& fact) override;
    void on(Instant at, const ConfigurationActivated& fact) override;

    // What is remembered of a node.
    struct Seen {
        novacron::raft::Role role = novacron::raft::Role::follower;
        Term term;
        Term stood_in;                // the latest term it was a candidate in
        Term led_in;                  // the latest term it led
        LogIndex last;                // of its log, as of the latest fact about it
        LogIndex committed_as_leader; // until where, in its term
        Instant acknowledged = Instant{-1};  // its latest acknowledgement of a write as leader
        Instant started = Instant{-1};
        bool runs = false;
        bool led_before_pause = false;
        bool told_to_stand = false;
    };

    void count(Probe probe) { ++counts_[static_cast<std::size_t>(probe)]; }
    void elected(NodeId node, Term term);
    void look_at_quorum();
    const FaultKind& kind_of(FaultId fault) const { return schedule_.faults[fault.value].kind; }
    bool logs_differ() const;

    const Logs& logs_;
    const Schedule& schedule_;
    std::array<std::uint64_t, kProbes> counts_{};
    std::vector<Seen> seen_;  // by node
    std::size_t acting_ = 0;
    std::size_t cuts_ = 0;     // of the network, that act
    std::size_t changes_ = 0;  // of the membership, that act
    std::size_t lies_ = 0;     // disks' lies that act and were seen
    std::vector<FaultId> seen_lies_;
    Term newest_term_;         // that somebody led in
    NodeSet last_learners_;    // of the newest configuration that a leader went by
    bool majority_was_down_ = false;
    bool leaderless_ = true;
};

}  // namespace shaketable
