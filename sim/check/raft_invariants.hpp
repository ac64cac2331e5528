// SPDX-License-Identifier: MIT
//
// What must be true of Raft at every moment, checked at every fact.
//
// The checker is a ghost that has seen everything, crashes included: who ever led a term, who was
// ever voted for, what was ever committed. It reads facts only, and each fact costs it constant
// time (an entry's cost is paid once, when the entry is committed first).
//
//   S1  Election safety: a term has at most one leader, ever, and a quorum of the configuration
//       that it goes by has voted for it.
//   S2  Votes: a server grants at most one candidate its vote of a term, across restarts.
//   S3  Leader append-only: a leader never removes an entry of its log.
//   S4  Log matching: entries of equal index and term have equal logs up to them. Checked a little
//       more strictly: each new entry of a term follows that term's last one.
//   S5  Leader completeness: a new leader's log holds everything ever committed.
//   S6  State-machine safety: what is committed at an index never changes; servers apply it in
//       order, once, not before it is committed, and are in the same state after it. A snapshot is
//       of that state, never takes a server back, and is of nothing that is not committed.
//   S7  Commit rule: a leader commits only with an entry of its own term that a quorum of the
//       configuration it goes by holds durably; if that commits a change, by either side of it.
//   S8  Quorum log: what was committed stays durable on a quorum of the configuration that
//       committed it, or of a later one.
//   S9  Monotony: terms, commit indices, snapshots and roles move only as they may.
//   S10 Persist before send: what a message promises is durable when it leaves.
//   S11 Well-formed logs: contiguous, terms never decrease, none later than the server's own.
//   S13 Membership. The configurations in any log are committed, all but the last; quorums of each
//       meet those of the one before. A leader changes nothing before an entry of its own term is
//       committed. A server goes by what is committed, and by no less than its log proves when it
//       stands, which it does only if its vote counts. A leader without a vote steps down.
//   S16 Restart: a log comes back as it was durable, without ghosts, as far as it is not behind a
//       snapshot.
//   S17 No server stops itself. So what servers check of themselves at every step is checked here:
//       that a follower's next entry comes after those it has, that windows hold (S12).
//   S18 A leader comes to a term without entries.
//
// Source: Ongaro's thesis (2014), figure 3.2, for S1 and S3 to S6; the rest follows from its text
// and from the bugs of implementations.
#pragma once

#include <string>
#include <vector>

#include "sim/check/findings.hpp"
#include "sim/measure/logs.hpp"

namespace shaketable {

class RaftInvariants final
    : public ListensTo<NodeStarted, NodeStopped, RoleChanged, EntryAppended, LogTruncated,
                       Persisted, CommitAdvanced, EntryApplied, PacketSent, SnapshotTaken,
                       SnapshotInstalled, ConfigurationAppended, ConfigurationActivated> {
public:
    // `logs` listens to the record before this does, so that it is up to date when this looks.
    // `names` are what findings call the nodes; a node without one is called by its number.
    RaftInvariants(Record& record, const Logs& logs, Findings& findings,
                   std::vector<std::string> names = {});
    // As Logs::begin_with: what this node's log holds is committed, in this term, and is of this
    // state. REQUIRES: `logs` has been told.
    void begin_with(NodeId node, std::uint64_t state, Term term = Term{1});

private:
    struct Committed {
        Term in;  // the term of the server that committed it first
        Prefix prefix;
    };
    // The configuration of the entry there; 0 for the group's first one.
    struct Configuration {
        LogIndex index;
        MemberSets members;
    };
    struct Ghost {
        std::vector<NodeId> votes;  // by term, those that were sent or durable
        novacron::raft::Role role = novacron::raft::Role::follower;
        Term term;
        NodeId vote;  // in `term`, as the process believes
        LogIndex commit;
        LogIndex applied;
        LogIndex snapshot;
        Term durable_term;
        LogIndex vouched_last;      // what the disk has vouched for
        Prefix vouched_prefix = kEmptyPrefix;
        bool truncating = false;    // a truncation may or may not have reached the disk
        bool check_recovery = false;
        std::vector<Configuration> stored;  // those in its log, from the one it goes by on
    };

    void on(Instant at, const NodeStarted& fact) override;
    void on(Instant at, const NodeStopped& fact) override;
    void on(Instant at, const RoleChanged& fact) override;
    void on(Instant at, const EntryAppended& fact) override;
    void on(Instant at, const LogTruncated& fact) override;
    void on(Instant at, const Persisted& fact) override;
    void on(Instant at, const CommitAdvanced& fact) override;
    void on(Instant at, const EntryApplied& fact) override;
    void on(Instant at, const PacketSent& fact) override;
    void on(Instant at, const SnapshotTaken& fact) override;
    void on(Instant at, const SnapshotInstalled& fact) override;
    void on(Instant at, const ConfigurationAppended& fact) override;
    void on(Instant at, const ConfigurationActivated& fact) override;

    void check_recovered(Instant at, NodeId id);
    void check_new_entry(Instant at, const EntryAppended& fact);
    void check_new_leader(Instant at, const RoleChanged& fact);
    void check_votes(Instant at, const RoleChanged& fact);
    void check_candidate(Instant at, const RoleChanged& fact);
    void check_commit(Instant at, const CommitAdvanced& fact);
    void extend_committed(Instant at, const CommitAdvanced& fact);
    void check_quorum_log(Instant at);
    void check_snapshot(Instant at, NodeId id, LogIndex index, Term term, std::uint64_t state);
    void vote(Instant at, NodeId node, Term term, NodeId candidate);
    std::string text(NodeId node) const;
    bool is_committed(NodeId node, LogIndex index) const;
    // Who holds the log up to there durably.
    NodeSet holders(LogIndex index, Prefix prefix) const;

    const Logs& logs_;
    Findings& findings_;
    std::vector<std::string> names_;
    std::vector<Ghost> ghosts_;
    std::vector<NodeId> leaders_;        // by term
    std::vector<Prefix> last_of_term_;   // by term: its newest entry; the empty prefix for none
    std::uint32_t known_prefixes_ = 0;   // of the tree of logs, those that were checked
    novacron::Chunked<Committed> committed_;  // index i at i - 1
    novacron::Chunked<std::uint64_t> states_;  // of the state machine after index i, at i - 1
    std::vector<Configuration> chain_;   // the committed ones; their indices ascend
    std::size_t decided_by_ = 0;         // the one in the chain that committed last
};

}  // namespace shaketable
