// SPDX-License-Identifier: MIT
//
// Appends, commitment and heartbeats.
#include <algorithm>
#include <utility>

#include "core/base/check.hpp"
#include "core/raft/raft.hpp"

namespace novacron::raft {

// ---- follower

void Raft::follow(Instant now, NodeId leader) {
    check(role_ != Role::leader, "a term has one leader");
    if (role_ != Role::follower) {
        become_follower(now, term_, leader);
    } else {
        check(leader_.is_none() || leader_ == leader, "a term has one leader");
    }
    leader_ = leader;
    heard_leader_ = now;
    heard_any_leader_ = true;
    bind(now);
    reset_election_deadline(now);
}

void Raft::handle_append(Instant now, const Message& message) {
    follow(now, message.from);
    if (message.position.index < commit_) {
        // Late or repeated: what is committed is known to match, and is never looked at again.
        acknowledge(message.from, commit_);
        return;
    }
    if (!log_.contains(message.position)) {
        Message& reply = send(MessageType::append_reply, message.from, durable_.newest());
        reply.reject = true;
        reply.position = message.position;
        reply.hint = log_.last_at_most(message.position);
        return;
    }
    store_entries(message);
    const LogIndex last = message.position.index + message.entries.size();
    commit_ = std::max(commit_, std::min(message.commit, last));
    acknowledge(message.from, last);
}

// Tells that the log agrees with the leader's up to `last`, once that is durable.
void Raft::acknowledge(NodeId leader, LogIndex last) {
    Message& reply = send(MessageType::append_reply, leader, durable_.newest());
    reply.position = {log_.term(last), last};
}

// Appends what is new of the message's entries, after cutting off what conflicts with them.
void Raft::store_entries(const Message& message) {
    std::size_t known = 0;
    while (known < message.entries.size() &&
           log_.contains({message.entries[known].term, message.entries[known].index})) {
        ++known;
    }
    if (known == message.entries.size()) return;
    const LogIndex first = message.entries[known].index;
    if (first <= log_.last_index()) {
        check(first > commit_, "a committed entry is never replaced");
        log_.truncate_from(first);
        durable_.truncate_from(first);
        membership_.lost_from(first);
        outputs_.write.truncate_from = first;
        begin_write_at(first);
    }
    for (std::size_t i = known; i < message.entries.size(); ++i) append_to_log(message.entries[i]);
    write_entries(first, log_.last_index());
}

void Raft::handle_heartbeat(Instant now, const Message& message) {
    follow(now, message.from);
    // The leader sends no more than it knows to match.
    check(message.commit <= log_.last_index(), "a heartbeat commits only what the follower has");
    commit_ = std::max(commit_, message.commit);
    Message& reply = send(MessageType::heartbeat_reply, message.from, durable_.newest());
    reply.round = message.round;
    reply.sent_at = message.sent_at;
    if (options_.reads == ReadMode::lease) reply.promise = options_.election_timeout_min;
    forward(forwarded_.repeated_request());
}

// ---- leader

void Raft::handle_append_reply(Instant now, const Message& message) {
    Peer* sender = role_ == Role::leader ? find(message.from) : nullptr;
    if (sender == nullptr) return;
    Peer& peer = *sender;
    peer.progress.heard(now);
    if (message.reject) {
        // Before the log's beginning nothing can be compared: there, only a snapshot helps.
        const LogIndex agree = message.hint.index < log_.begin().index
                                   ? message.hint.index
                                   : log_.last_at_most(message.hint).index;
        if (peer.progress.refused(message.position.index, agree)) send_what_is_due(peer);
        return;
    }
    check(message.position.index <= log_.last_index(),
          "a follower acknowledges only what the leader has sent");
    if (peer.progress.accepted(message.position.index) && message.position.index > commit_) {
        advance_commit(now);
    }
    send_what_is_due(peer);
    hand_over_if_caught_up(peer);
}

void Raft::handle_heartbeat_reply(Instant now, const Message& message) {
    Peer* sender = role_ == Role::leader ? find(message.from) : nullptr;
    if (sender == nullptr) return;
    Peer& peer = *sender;
    peer.progress.heard(now);
    peer.progress.resume();
    take_promise(peer, message);
    if (message.round > peer.progress.round()) {
        peer.progress.answered(message.round);
        grant_reads(now);
    }
    // What was sent may be lost: an append without entries shows where the follower stands.
    if (peer.progress.stalled() && holds_next_of(peer)) begin_append(peer);
    send_what_is_due(peer);
}

void Raft::unreachable(NodeId id) {
    Peer* peer = role_ == Role::leader ? find(id) : nullptr;
    if (peer != nullptr) peer->progress.unreachable();
}

void Raft::append_own(EntryKind kind, Bytes data) {
    const LogIndex index = log_.last_index() + 1;
    uncommitted_bytes_ += data.size();
    append_to_log({term_, index, kind, std::move(data)});
    write_entries(index, index);
}

// An append that carries nothing yet: as it is, it asks where the follower stands.
// REQUIRES: holds_next_of(peer).
Message& Raft::begin_append(const Peer& peer) {
    const LogIndex previous = peer.progress.next() - 1;
    Message& append = send(MessageType::append, peer.id, WriteId{});
    append.position = {log_.term(previous), previous};
    append.commit = commit_;
    return append;
}

// One entry at least, whatever its size, and as many as one message may carry.
// REQUIRES: holds_next_of(peer), and the log has an entry there.
void Raft::send_entries(Peer& peer) {
    Message& append = begin_append(peer);
    const LogIndex last = std::min(append.position.index + options_.max_append_entries,
                                   log_.last_index());
    LogIndex end = append.position.index;
    std::uint64_t bytes = 0;
    do {
        const Entry& entry = log_.entry(++end);
        append.entries.push_back(entry);
        bytes += entry.data.size();
    } while (end < last &&
             bytes + log_.entry(end + 1).data.size() <= options_.max_message_bytes);
    peer.progress.sent(end, bytes);
}

void Raft::send_what_is_due(Peer& peer) {
    Progress& progress = peer.progress;
    if (progress.state() == Progress::State::snapshot || !holds_next_of(peer)) {
        send_snapshot(peer);
        return;
    }
    while (progress.next() <= log_.last_index() && progress.may_send()) send_entries(peer);
}

void Raft::broadcast_append() {
    for (Peer& peer : peers_) send_what_is_due(peer);
}

void Raft::broadcast_heartbeat(Instant now) {
    heartbeat_deadline_ = now + options_.heartbeat_interval;
    for (Peer& peer : peers_) {
        peer.progress.heartbeat_sent();
        Message& heartbeat = send(MessageType::heartbeat, peer.id, WriteId{});
        heartbeat.commit = std::min(commit_, peer.progress.match());
        heartbeat.round = round_;
        heartbeat.sent_at = now;
        hand_over_if_caught_up(peer);
    }
}

// An entry of an earlier term is committed only along with one of this term (section 3.6.2).
LogIndex Raft::committable() const {
    const auto is_ahead = [this](const Peer& peer) { return peer.progress.match() > commit_; };
    if (!is_quorum(durable_.last() > commit_, is_ahead)) return commit_;
    const LogIndex reached = quorum_value<LogIndex>(
        durable_.last(), [](const Peer& peer) { return peer.progress.match(); });
    return reached > commit_ && log_.term(reached) == term_ ? reached : commit_;
}

void Raft::advance_commit(Instant now) {
    const LogIndex reached = committable();
    if (reached == commit_) return;
    const bool first_in_term = commit_ < first_of_term_;
    while (commit_ < reached) uncommitted_bytes_ -= log_.entry(++commit_).data.size();
    if (first_in_term) start_reads(now);
}

}  // namespace novacron::raft
