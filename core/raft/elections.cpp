// SPDX-License-Identifier: MIT
//
// Terms, votes and roles.
#include <algorithm>

#include "core/base/check.hpp"
#include "core/raft/raft.hpp"

namespace novacron::raft {

void Raft::handle_higher_term(Instant now, const Message& message) {
    const bool request =
        message.type == MessageType::vote || message.type == MessageType::pre_vote;
    // Before the term is even looked at: a promise binds in every term.
    if (request && is_bound(now) && !message.by_transfer) return;
    // Whoever hears a leader helps nobody to depose it: a server that comes back from behind a
    // partition would otherwise end a reign for nothing.
    if (message.type == MessageType::pre_vote && (options_.pre_vote || options_.check_quorum) &&
        hears_leader(now)) {
        return;
    }
    if (message.type == MessageType::vote && options_.check_quorum && !message.by_transfer &&
        hears_leader(now)) {
        return;
    }

    // A preliminary vote speaks of a term that does not exist yet.
    const bool preliminary =
        message.type == MessageType::pre_vote ||
        (message.type == MessageType::pre_vote_reply && !message.reject);
    if (!preliminary) {
        const bool from_leader = message.type == MessageType::append ||
                                 message.type == MessageType::heartbeat ||
                                 message.type == MessageType::stand_now ||
                                 message.type == MessageType::snapshot;
        become_follower(now, message.term, from_leader ? message.from : NodeId::none());
        write_hard_state();
        if (message.type == MessageType::append) handle_append(now, message);
        if (message.type == MessageType::heartbeat) handle_heartbeat(now, message);
        if (message.type == MessageType::stand_now) handle_stand_now(now);
        if (message.type == MessageType::snapshot) handle_snapshot(now, message);
    }
    if (request) handle_vote_request(now, message);
    if (message.type == MessageType::pre_vote_reply && preliminary) handle_vote_reply(now, message);
}

// The sender learns of the newer term from the reply: a deposed leader steps down, and a server
// that this one can't follow, because its term is behind, catches up.
void Raft::handle_lower_term(const Message& message) {
    switch (message.type) {
        case MessageType::append:
        case MessageType::snapshot:
        case MessageType::heartbeat: {
            Message& reply = send(MessageType::append_reply, message.from, durable_.newest());
            reply.reject = true;
            reply.position = message.position;
            break;
        }
        case MessageType::vote:
            send(MessageType::vote_reply, message.from, durable_.newest()).reject = true;
            break;
        case MessageType::pre_vote:
            send(MessageType::pre_vote_reply, message.from, durable_.newest()).reject = true;
            break;
        case MessageType::append_reply:
        case MessageType::heartbeat_reply:
        case MessageType::pre_vote_reply:
        case MessageType::vote_reply:
        case MessageType::snapshot_reply:
        case MessageType::read_request:
        case MessageType::read_reply:
        case MessageType::stand_now: break;
    }
}

void Raft::handle_vote_request(Instant now, const Message& message) {
    if (is_bound(now) && !message.by_transfer) return;
    const bool preliminary = message.type == MessageType::pre_vote;
    const bool free = preliminary ? message.term > term_
                                  : vote_ == message.from || (vote_.is_none() && leader_.is_none());
    const bool grant = free && message.position >= log_.last();
    if (grant && !preliminary) {
        if (vote_ != message.from) {
            vote_ = message.from;
            write_hard_state();
        }
        reset_election_deadline(now);
    }
    Message& reply = send(preliminary ? MessageType::pre_vote_reply : MessageType::vote_reply,
                          message.from, durable_.newest());
    reply.reject = !grant;
    // A granted preliminary vote is for the term that was asked for; a refusal tells our own.
    if (grant) reply.term = message.term;
}

void Raft::handle_vote_reply(Instant now, const Message& message) {
    const bool preliminary = message.type == MessageType::pre_vote_reply;
    if (preliminary) {
        if (role_ != Role::pre_candidate) return;
        if (!message.reject && message.term != term_ + 1) return;
    } else if (role_ != Role::candidate) {
        return;
    }
    if (message.reject) return;
    Peer* voter = find(message.from);
    if (voter == nullptr) return;
    voter->granted = true;
    count_votes(now);
}

// The election deadline has passed: ask around first, or stand at once. Whose vote does not count,
// as far as it knows, waits for others to stand; it knows of no leader meanwhile.
void Raft::campaign(Instant now) {
    if (!seat_.decides()) {
        leader_ = NodeId::none();
        reset_election_deadline(now);
        return;
    }
    if (!options_.pre_vote) {
        stand(now, false);
        return;
    }
    role_ = Role::pre_candidate;
    leader_ = NodeId::none();
    drop_reads();
    own_vote_ = true;
    for (Peer& peer : peers_) peer.granted = false;
    election_timeout_ = draw_election_timeout();
    reset_election_deadline(now);
    for (const Peer& peer : peers_) {
        if (!peer.seat.decides()) continue;
        Message& request = send(MessageType::pre_vote, peer.id, WriteId{});
        request.term = term_ + 1;
        request.position = log_.last();
    }
    count_votes(now);
}

void Raft::stand(Instant now, bool by_transfer) {
    check(by_transfer || !is_bound(now), "who has promised not to does not stand");
    role_ = Role::candidate;
    leader_ = NodeId::none();
    drop_reads();
    ++term_;
    vote_ = identity_.self;
    own_vote_ = false;
    for (Peer& peer : peers_) peer.granted = false;
    election_timeout_ = draw_election_timeout();
    reset_election_deadline(now);
    write_hard_state();
    own_vote_write_ = durable_.newest();
    for (const Peer& peer : peers_) {
        if (!peer.seat.decides()) continue;
        Message& request = send(MessageType::vote, peer.id, own_vote_write_);
        request.position = log_.last();
        request.by_transfer = by_transfer;
    }
}

void Raft::count_votes(Instant now) {
    if (!is_quorum(own_vote_, [](const Peer& peer) { return peer.granted; })) return;
    if (role_ == Role::pre_candidate) {
        stand(now, false);
    } else if (role_ == Role::candidate) {
        become_leader(now);
    }
}

// The caller writes the hard state if the term is new.
void Raft::become_follower(Instant now, Term term, NodeId leader) {
    drop_reads();
    transfer_.reset();
    role_ = Role::follower;
    leader_ = leader;
    if (term != term_) {
        term_ = term;
        vote_ = NodeId::none();
    }
    election_timeout_ = draw_election_timeout();
    reset_election_deadline(now);
}

void Raft::become_leader(Instant now) {
    check(role_ == Role::candidate, "only a candidate becomes leader");
    role_ = Role::leader;
    leader_ = identity_.self;
    round_ = 0;
    confirmed_ = 0;
    next_round_wanted_ = false;
    ordered_to_stand_ = false;
    for (Peer& peer : peers_) {
        peer.progress = Progress(log_.last_index() + 1, options_, now);
    }
    uncommitted_bytes_ = 0;
    for (LogIndex i = commit_ + 1; i <= log_.last_index(); ++i) {
        uncommitted_bytes_ += log_.entry(i).data.size();
    }
    first_of_term_ = log_.last_index() + 1;
    append_own(EntryKind::noop, Bytes());
    heartbeat_deadline_ = now + options_.heartbeat_interval;
    broadcast_append();
}

Duration Raft::draw_election_timeout() {
    return random_.between(options_.election_timeout_min, options_.election_timeout_max) +
           options_.election_delay;
}

void Raft::reset_election_deadline(Instant now) { election_deadline_ = now + election_timeout_; }

bool Raft::hears_leader(Instant now) const {
    if (role_ == Role::leader) return true;
    return !leader_.is_none() && heard_any_leader_ &&
           now - heard_leader_ < options_.election_timeout_min;
}

bool Raft::hears_quorum(Instant now) const {
    return is_quorum(true, [&](const Peer& peer) {
        return now - peer.progress.last_heard() <= options_.election_timeout_max;
    });
}

}  // namespace novacron::raft
