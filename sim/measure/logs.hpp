// SPDX-License-Identifier: MIT
//
// Every node's log and standing, as the facts tell them: the ground truth that measures and checks
// share.
//
// A log is kept as the list of its prefixes (log_tree.hpp), so that "these two logs agree up to
// here" is one comparison. A node that is down keeps the log it had; what its disk really kept
// shows when it starts again. What a node has forgotten behind a snapshot stays here: a snapshot
// stands for the committed history up to its index.
//
// Invariant: prefix(i) of two logs are equal exactly if the logs are equal up to i.
#pragma once

#include <optional>
#include <vector>

#include "core/base/chunked.hpp"
#include "sim/measure/log_tree.hpp"
#include "sim/record/record.hpp"

namespace shaketable {

struct NodeView {
    explicit NodeView(const LogTree& all) : tree(&all) {}

    const LogTree* tree;
    bool running = false;
    bool paused = false;
    novacron::raft::Role role = novacron::raft::Role::follower;
    Term term;
    NodeId vote;
    LogIndex commit;
    LogIndex applied;
    LogIndex found;           // the end of the log that the disk had when the process started
    bool recovering = false;  // the facts of that log are still coming
    // What the disk has vouched for; a restart leaves of it what is still there.
    Term durable_term;
    NodeId durable_vote;
    LogIndex durable_last;
    // Until the disk vouches for the log up to the snapshot installed last, it may hold the log of
    // before, which is the same up to `replaced_after`.
    LogIndex installed;
    LogIndex replaced_after;
    novacron::Chunked<Prefix> log;  // up to entry i is at i - 1
    MemberSets members;  // of the configuration that the node goes by; nobody: it knows of none
    LogIndex configured;      // the index of that one; 0 for the group's first

    LogIndex last() const { return {log.size()}; }
    // REQUIRES: index is at most last().
    Prefix prefix(LogIndex index) const {
        return index.value == 0 ? kEmptyPrefix : log[index.value - 1];
    }
    Term term_at(LogIndex index) const {
        return index.value == 0 ? Term{} : tree->term(prefix(index));
    }
    // REQUIRES: index is 1 .. last().
    std::uint64_t content_at(LogIndex index) const { return tree->content(prefix(index)); }
};

inline bool is_up(const NodeView& node) { return node.running && !node.paused; }

// What is left of the committed history: the log of `holder` up to `upto`.
struct SurvivingHistory {
    const NodeView& holder;
    LogIndex upto;
};

class Logs final : public ListensTo<NodeStarted, NodeStopped, NodePaused, NodeResumed, RoleChanged,
                                    EntryAppended, LogTruncated, Persisted, CommitAdvanced,
                                    EntryApplied, SnapshotInstalled, ConfigurationActivated> {
public:
    // `first` is the group's first configuration; by default that all nodes vote.
    Logs(Record& record, std::uint32_t nodes, std::optional<MemberSets> first = std::nullopt);
    Logs(const Logs&) = delete;  // the views point to the tree
    Logs& operator=(const Logs&) = delete;

    // The group starts from the history of another: the disks of these nodes hold a snapshot of it
    // up to there, of term 1. REQUIRES: no fact was heard of yet.
    void begin_with(const SurvivingHistory& other, LogIndex upto, NodeSet nodes);
    // Likewise from all that the other group ever committed, up to there: of this position's term.
    void begin_with(const Logs& other, novacron::LogPosition upto, NodeSet nodes);

    const LogTree& tree() const { return tree_; }
    const std::vector<NodeView>& nodes() const { return nodes_; }
    const NodeView& node(NodeId id) const { return nodes_[id.value]; }
    const MemberSets& first_members() const { return first_; }
    // Of the newest configuration that any node ever went by.
    const MemberSets& members() const { return newest_; }

    // The longest committed history that a running member of the group holds, or that any holds if
    // none runs. What is committed is what any node ever said is: a node that has just started
    // doesn't know it of its own log yet, and a follower learns it late.
    SurvivingHistory survivor() const;

private:
    void on(Instant at, const NodeStarted& fact) override;
    void on(Instant at, const NodeStopped& fact) override;
    void on(Instant at, const NodePaused& fact) override;
    void on(Instant at, const NodeResumed& fact) override;
    void on(Instant at, const RoleChanged& fact) override;
    void on(Instant at, const EntryAppended& fact) override;
    void on(Instant at, const LogTruncated& fact) override;
    void on(Instant at, const Persisted& fact) override;
    void on(Instant at, const CommitAdvanced& fact) override;
    void on(Instant at, const EntryApplied& fact) override;
    void on(Instant at, const SnapshotInstalled& fact) override;
    void on(Instant at, const ConfigurationActivated& fact) override;
    NodeView& view(NodeId id) { return nodes_[id.value]; }
    LogIndex committed_part_of(const NodeView& node) const;
    void lay_down(LogIndex upto, NodeSet nodes);

    LogTree tree_;
    MemberSets first_;
    MemberSets newest_;
    LogIndex newest_at_;  // its index
    std::vector<NodeView> nodes_;
    novacron::Chunked<Prefix> committed_;  // of the committed history; up to index i at i - 1
};

}  // namespace shaketable
