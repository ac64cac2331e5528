// SPDX-License-Identifier: MIT
//
// Every node's log and standing, as the facts tell them: the ground truth that measures and checks
// share.
//
// A log is kept as a chain of digests, so that "these two logs agree up to here" is one comparison.
// A node that is down keeps the log it had; what its disk really kept shows when it starts again.
//
// Invariant: chain(i) of two logs are equal exactly if the logs are equal up to i (but for digests
// that collide).
#pragma once

#include <deque>
#include <vector>

#include "core/base/digest.hpp"
#include "sim/record/record.hpp"

namespace shaketable {

// The digest of a log, one entry longer: 0 for the empty log. Logs of equal digests are equal.
constexpr std::uint64_t chain_link(std::uint64_t before, Term term, std::uint64_t content) {
    return novacron::stir(novacron::stir(before, term.value), content) | 1U;
}

struct LogLink {
    Term term;
    std::uint64_t content;
    std::uint64_t chain;
};

struct NodeView {
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
    std::deque<LogLink> log;  // entry i is at i - 1

    LogIndex last() const { return {log.size()}; }
    // REQUIRES: index is at most last().
    std::uint64_t chain(LogIndex index) const {
        return index.value == 0 ? 0 : log[index.value - 1].chain;
    }
    Term term_at(LogIndex index) const {
        return index.value == 0 ? Term{} : log[index.value - 1].term;
    }
};

// What is left of the committed history: the log of `holder` up to `upto`.
struct SurvivingHistory {
    const NodeView& holder;
    LogIndex upto;
};

class Logs final : public ListensTo<NodeStarted, NodeStopped, NodePaused, NodeResumed, RoleChanged,
                                    EntryAppended, LogTruncated, Persisted, CommitAdvanced,
                                    EntryApplied> {
public:
    Logs(Record& record, std::uint32_t nodes);

    const std::vector<NodeView>& nodes() const { return nodes_; }
    const NodeView& node(NodeId id) const { return nodes_[id.value]; }

    // The longest committed history that a running node holds, or that any holds if none runs. What
    // is committed is what any node ever said is: a node that has just started doesn't know it of
    // its own log yet, and a follower learns it late.
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
    NodeView& view(NodeId id) { return nodes_[id.value]; }
    LogIndex committed_part_of(const NodeView& node) const;

    std::vector<NodeView> nodes_;
    std::vector<std::uint64_t> committed_;  // the chain of the committed history; index i at i - 1
};

}  // namespace shaketable
