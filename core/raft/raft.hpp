// SPDX-License-Identifier: MIT
//
// One server of a Raft group: elections, replication, commitment, and linearizable reads, without
// any input or output of its own.
//
// The contract: an input (a message, a deadline, a completed write, a request) comes with the time;
// what is to be done about it is left in `outputs()`. Same inputs, same outputs.
//
// The host's duties:
//   1. After construction and after every input, carry out `outputs()` as outputs.hpp says, then
//      clear it.
//   2. Call `on_time` at `next_deadline()`, or any time after; it changes with every input.
//   3. Report writes by `on_persisted`, in the order in which they were issued; a write that fails
//      ends this server: start a new one from what the disk really holds.
//   4. Time never goes backwards between inputs, and is read after the input has come. It is the
//      server's own monotonic clock: no two servers' times are ever compared.
//   5. Messages may be lost, duplicated, delayed and reordered; they must not be altered.
//   6. No two lives of a server have the same Random.
//
// Persist before send: every message that promises something (a vote, an acknowledged append) waits
// for the newest write. So does a *request* for votes: were it to leave early, a candidate could
// crash, lose the tail of its log, stand again in the same term, and be elected by the old replies,
// which had compared the longer log. Appends don't wait: a leader may replicate before its own disk
// has the entry, and counts itself only when it has.
//
// Source: D. Ongaro, "Consensus: bridging theory and practice" (2014): chapter 3, and sections 6.2
// (leaders that lose their quorum), 6.4 (reads), 9.6 (preliminary votes), 10.2.1 (parallel writes).
// The bounded back-tracking by terms on both sides follows the idea in section 5.3 of the paper.
//
// Snapshots are section 5.3 there; a log that is compacted keeps its newest entries. Reads are
// described in reads.hpp, and in lease.hpp what they may rest on.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "core/base/random.hpp"
#include "core/raft/configuration.hpp"
#include "core/raft/log.hpp"
#include "core/raft/membership.hpp"
#include "core/raft/options.hpp"
#include "core/raft/outputs.hpp"
#include "core/raft/persistence.hpp"
#include "core/raft/progress.hpp"
#include "core/raft/quorum.hpp"
#include "core/raft/reads.hpp"
#include "core/raft/start.hpp"
#include "core/raft/transfer.hpp"
#include "core/raft/types.hpp"

namespace novacron::raft {

class Raft {
public:
    // REQUIRES: options within their bounds; the recovered log follows on the snapshot and is
    // contiguous, its last term is at most the hard state's.
    Raft(Identity identity, const Options& options, Recovered recovered, Random random,
         Instant now);

    // REQUIRES: the message is addressed to this server and comes from another, be it one that this
    // server has not heard of.
    void step(Instant now, const Message& message);
    void on_time(Instant now);
    void on_persisted(Instant now, WriteId upto);
    // Appends a command. Nothing if there is a refusal() of one of its size.
    std::optional<LogPosition> propose(Instant now, Bytes command);
    std::optional<Refusal> refusal(std::uint64_t bytes) const;
    // Asks for an index at which the token's read is linearizable: see reads.hpp. False if there is
    // a read_refusal().
    bool read(Instant now, ReadToken token);
    std::optional<Refusal> read_refusal() const;
    // A follower behaves as if it had never heard of its leader, until that is heard again: it may
    // vote for others at once. False if there is none to forget, or if reads rest on its promise.
    bool forget_leader();
    // Hands the leadership to another voter: see transfer.hpp. A second wish replaces the first;
    // one for the same target changes nothing, one for this server itself calls the hand-over off.
    // False if this server is not the leader or the target no voter.
    bool transfer(Instant now, NodeId target);
    // The host has made a snapshot of its state machine durable. The log forgets what came before,
    // up to the trailing entries. No effect if a newer one was installed meanwhile.
    // REQUIRES: what it is of was committed.
    void compact(Snapshot snapshot);
    // Of a snapshot of the state machine as it is after the entry at `applied`. Nothing while the
    // configuration that was in force there is gone: go on applying.
    // REQUIRES: the log has that entry, and it is committed.
    std::optional<SnapshotMeta> meta_at(LogIndex applied) const;
    // Changes who belongs to the group, or ends a joint phase: see configuration.hpp. The position
    // is that of the entry; the new configuration counts once that is committed.
    std::variant<LogPosition, ChangeRefusal> change(const ConfigurationChange& change);
    std::variant<LogPosition, ChangeRefusal> leave_joint();
    // What is sent to that server does not arrive, as the transport knows: nothing more is sent
    // ahead until it answers. A hint, which replication does not depend on.
    void unreachable(NodeId id);

    Outputs& outputs() { return outputs_; }
    Instant next_deadline() const {
        if (role_ != Role::leader) return election_deadline_;
        return std::min(heartbeat_deadline_, transfer_ ? transfer_->deadline : Instant::never());
    }

    NodeId self() const { return identity_.self; }
    Role role() const { return role_; }
    Term term() const { return term_; }
    NodeId vote() const { return vote_; }
    NodeId leader() const { return leader_; }  // as far as this server knows; none
    // Invariant: never decreases, and is never outside of the log.
    LogIndex commit() const { return commit_; }
    // Of a leader. Invariant: the bytes of the entries after commit().
    std::uint64_t uncommitted_bytes() const { return uncommitted_bytes_; }
    // Whom this leader is handing over to; none.
    NodeId transferee() const { return transfer_ ? transfer_->target : NodeId::none(); }
    const Membership& membership() const { return membership_; }
    // What this leader knows of another member; none of a stranger, nor if it does not lead.
    const Progress* progress(NodeId member) const;
    const Log& log() const { return log_; }
    // The newest: taken, installed or recovered.
    const Snapshot& snapshot() const { return snapshot_; }
    const Persistence& durable() const { return durable_; }

private:
    struct Peer {
        NodeId id;
        Progress progress;
        Seat seat = {};
        bool granted = false;  // this election's vote
    };
    // As much as has come of a snapshot that the leader of this term sends.
    struct Incoming {
        Term term;
        SnapshotMeta meta;
        std::vector<std::byte> state;
    };

    // Terms and roles (elections.cpp).
    void handle_higher_term(Instant now, const Message& message);
    void handle_lower_term(const Message& message);
    void handle_vote_request(Instant now, const Message& message);
    void handle_vote_reply(Instant now, const Message& message);
    void campaign(Instant now);
    void stand(Instant now, bool by_transfer);
    void count_votes(Instant now);
    void become_follower(Instant now, Term term, NodeId leader);
    void become_leader(Instant now);
    void reset_election_deadline(Instant now);
    bool hears_leader(Instant now) const;
    bool hears_quorum(Instant now) const;
    Duration draw_election_timeout();

    // Leadership transfer (transfer.cpp).
    void handle_stand_now(Instant now);
    void hand_over_if_caught_up(const Peer& peer);

    // Membership (membership.cpp).
    LogPosition known_commit() const;
    void learn_commit(const Message& message);
    std::optional<ChangeRefusal> change_refusal() const;
    std::variant<LogPosition, ChangeRefusal> propose_configuration(const ChangeAnswer& answer);
    void settle_membership(Instant now);  // the end of every input
    void settle_changes(Instant now);
    void take_seats(Instant now);
    void lead_on(Instant now);

    // Replication (replication.cpp).
    void handle_append(Instant now, const Message& message);
    void handle_append_reply(Instant now, const Message& message);
    void handle_heartbeat(Instant now, const Message& message);
    void handle_heartbeat_reply(Instant now, const Message& message);
    void follow(Instant now, NodeId leader);
    void store_entries(const Message& message);
    void append_to_log(Entry entry) {
        if (entry.kind == EntryKind::configuration) membership_.stored(entry.index);
        log_.append(std::move(entry));
    }
    void append_own(EntryKind kind, Bytes data);
    // Whether appends can go on: what the peer needs next is not forgotten.
    bool holds_next_of(const Peer& peer) const {
        return peer.progress.next() > log_.begin().index;
    }
    Message& begin_append(const Peer& peer);
    void send_entries(Peer& peer);
    void send_what_is_due(Peer& peer);
    void broadcast_append();
    void broadcast_heartbeat(Instant now);
    LogIndex committable() const;  // of a leader
    void advance_commit(Instant now);
    void acknowledge(NodeId leader, LogIndex last);

    // Reads (reads.cpp).
    void start_reads(Instant now);
    void grant_reads(Instant now);
    void drop_reads();
    void handle_read_request(Instant now, const Message& message);
    void handle_read_reply(const Message& message);
    void answer_request(const PendingRead& read, LogIndex index);
    void forward(std::optional<std::uint64_t> request);
    // The end of every input that may move the commit index of a follower.
    void settle_reads() {
        if (forwarded_.has_answers()) forwarded_.grant(commit_, outputs_.reads);
    }
    bool holds_lease(Instant now) const;
    // Whether a promise to give no vote still binds this server.
    bool is_bound(Instant now) const {
        return options_.reads == ReadMode::lease && now < bound_until_;
    }
    void bind(Instant now) { bound_until_ = now + options_.election_timeout_min; }
    void take_promise(Peer& peer, const Message& reply);

    // Snapshots (snapshots.cpp).
    void handle_snapshot(Instant now, const Message& message);
    void handle_snapshot_reply(Instant now, const Message& message);
    void send_snapshot(Peer& peer);
    void install(Instant now, Snapshot snapshot);
    Membership membership_of(const SnapshotMeta& meta) const;

    // Shared (raft.cpp).
    void handle(Instant now, const Message& message);
    Message& send(MessageType type, NodeId to, WriteId after);
    void write_hard_state();
    void write_entries(LogIndex first, LogIndex last);
    void begin_write_at(LogIndex next);
    Peer* find(NodeId id);
    // Whether those who satisfy the predicate are a quorum, along with this server if it does.
    template <class Agrees>
    bool is_quorum(bool own, Agrees agrees) const;
    // The value that at least a quorum has reached, when this server has reached `own`.
    template <class Value, class Get>
    Value quorum_value(Value own, Get get) const;

    Identity identity_;
    Options options_;
    Random random_;
    Outputs outputs_;

    Term term_;
    NodeId vote_;
    Snapshot snapshot_;
    Log log_;
    Persistence durable_;
    LogIndex commit_;
    std::optional<Incoming> incoming_;
    Membership membership_;
    Seat seat_;        // its own, like `quorum_` and the peers' under the active configuration
    Quorum quorum_;

    Role role_ = Role::follower;
    NodeId leader_;
    Duration election_timeout_;     // drawn anew for each term and each campaign
    Instant election_deadline_;
    Instant heard_leader_{};        // when a message of the leader came last
    bool heard_any_leader_ = false;
    Instant bound_until_;           // by a promise of this life, or one of an earlier life

    std::vector<Peer> peers_;       // the other members, ascending
    bool own_vote_ = false;         // in this election, once durable
    WriteId own_vote_write_;
    LogIndex first_of_term_;  // leader: its first entry; commits nothing before this is committed
    std::uint64_t uncommitted_bytes_ = 0;  // leader
    std::optional<Transfer> transfer_;  // leader
    bool ordered_to_stand_ = false;     // leader: somebody, in this term
    Instant heartbeat_deadline_;
    std::uint64_t round_ = 0;       // of heartbeats, for confirming reads
    std::uint64_t confirmed_ = 0;   // the newest round answered by a quorum
    bool next_round_wanted_ = false;
    std::vector<PendingRead> reads_;  // by round; leader
    ForwardedReads forwarded_;        // follower
};

template <class Agrees>
bool Raft::is_quorum(bool own, Agrees agrees) const {
    Tally tally;
    if (own) tally.add(seat_);
    for (const Peer& peer : peers_) {
        if (agrees(peer)) tally.add(peer.seat);
    }
    return tally.reaches(quorum_);
}

// The largest of the values that a quorum is at or above. Groups are small: comparing all with all
// needs no room to sort them in.
template <class Value, class Get>
Value Raft::quorum_value(Value own, Get get) const {
    Value reached{};
    const auto consider = [&](Value value) {
        if (value <= reached) return;
        const auto has = [&](const Peer& peer) { return get(peer) >= value; };
        if (is_quorum(own >= value, has)) reached = value;
    };
    consider(own);
    for (const Peer& peer : peers_) consider(get(peer));
    return reached;
}

}  // namespace novacron::raft
