// SPDX-License-Identifier: MIT
#include "core/raft/raft.hpp"

#include <algorithm>
#include <utility>

#include "core/base/check.hpp"

namespace novacron::raft {

Raft::Raft(Identity identity, const Options& options, Recovered recovered, Random random,
           Instant now)
    : identity_(std::move(identity)),
      options_(options),
      random_(random),
      term_(recovered.hard_state.term),
      vote_(recovered.hard_state.vote),
      snapshot_(std::move(recovered.snapshot)),
      log_(std::move(recovered.entries), snapshot_.meta.position),
      commit_(std::clamp(recovered.hard_state.commit, log_.begin().index, log_.last_index())),
      membership_(membership_of(snapshot_.meta)),
      forwarded_(random_.fork("read requests").bits()) {
    check(options.election_timeout_min <= options.election_timeout_max &&
              options.heartbeat_interval.ns > 0 && options.max_append_entries > 0 &&
              options.max_message_bytes > 0 && options.max_inflight_messages > 0 &&
              options.max_inflight_bytes > 0 && options.max_uncommitted_bytes > 0 &&
              options.snapshot_part_bytes > 0 && options.max_pending_reads > 0 &&
              options.election_delay.ns >= 0,
          "the options of the consensus layer are within their bounds");
    check(options.reads != ReadMode::lease ||
              (options.check_quorum && options.max_clock_drift_ppb >= 0 &&
               options.max_clock_drift_ppb <= 1'000'000'000),
          "leases go with check_quorum and a drift within its bounds");
    check(membership_.active().is_valid(), "a group begins with a valid configuration");
    check(log_.last_term() <= term_, "a log holds no entry of a later term than the server's");
    for (LogIndex i = log_.begin().index + 1; i <= log_.last_index(); ++i) {
        if (log_.entry(i).kind == EntryKind::configuration) membership_.stored(i);
    }
    commit_ = std::max(commit_, membership_.proven());
    take_seats(now);
    settle_membership(now);
    become_follower(now, term_, NodeId::none());
    bind(now);
    write_hard_state();
}

void Raft::step(Instant now, const Message& message) {
    check(message.to == identity_.self && message.from != identity_.self,
          "a message comes from another server and is addressed to this one");
    // What the sender knows to be committed counts from now on, and so for its vote.
    if (membership_.has_next()) {
        learn_commit(message);
        settle_membership(now);
    }
    if (message.term > term_) {
        handle_higher_term(now, message);
    } else if (message.term < term_) {
        handle_lower_term(message);
    } else {
        handle(now, message);
    }
    settle_membership(now);
    settle_reads();
}

void Raft::handle(Instant now, const Message& message) {
    switch (message.type) {
        case MessageType::append: handle_append(now, message); break;
        case MessageType::append_reply: handle_append_reply(now, message); break;
        case MessageType::heartbeat: handle_heartbeat(now, message); break;
        case MessageType::heartbeat_reply: handle_heartbeat_reply(now, message); break;
        case MessageType::pre_vote:
        case MessageType::vote: handle_vote_request(now, message); break;
        case MessageType::pre_vote_reply:
        case MessageType::vote_reply: handle_vote_reply(now, message); break;
        case MessageType::stand_now: handle_stand_now(now); break;
        case MessageType::snapshot: handle_snapshot(now, message); break;
        case MessageType::snapshot_reply: handle_snapshot_reply(now, message); break;
        case MessageType::read_request: handle_read_request(now, message); break;
        case MessageType::read_reply: handle_read_reply(message); break;
    }
}

void Raft::on_time(Instant now) {
    if (role_ == Role::leader) {
        if (transfer_ && now >= transfer_->deadline) transfer_.reset();
        if (now < heartbeat_deadline_) return;
        if (options_.check_quorum && !hears_quorum(now)) {
            become_follower(now, term_, NodeId::none());
        } else {
            broadcast_heartbeat(now);
        }
    } else if (now >= election_deadline_) {
        campaign(now);
    }
    settle_membership(now);
}

void Raft::on_persisted(Instant now, WriteId upto) {
    durable_.complete(upto);
    if (role_ == Role::candidate && !own_vote_ && durable_.is_durable(own_vote_write_)) {
        own_vote_ = true;
        count_votes(now);
    }
    if (role_ == Role::leader) advance_commit(now);
    settle_membership(now);
}

std::optional<LogPosition> Raft::propose(Instant, Bytes command) {
    if (refusal(command.size())) return std::nullopt;
    append_own(EntryKind::command, std::move(command));
    broadcast_append();
    return log_.last();
}

// What is added to nothing always fits: no command is too large for ever.
std::optional<Refusal> Raft::refusal(std::uint64_t bytes) const {
    if (role_ != Role::leader) return Refusal::not_leader;
    if (transfer_) return Refusal::transferring;
    if (bytes > 0 && uncommitted_bytes_ > 0 &&
        uncommitted_bytes_ + bytes > options_.max_uncommitted_bytes) {
        return Refusal::overloaded;
    }
    return std::nullopt;
}

Message& Raft::send(MessageType type, NodeId to, WriteId after) {
    Send& send = outputs_.add_send();
    send.after = after;
    send.message.type = type;
    send.message.from = identity_.self;
    send.message.to = to;
    send.message.term = term_;
    if (is_about_votes(type)) send.message.hint = known_commit();
    return send.message;
}

// One input issues at most one write: what comes later in the same step joins it.
void Raft::write_hard_state() { write_entries(log_.last_index() + 1, log_.last_index()); }

void Raft::write_entries(LogIndex first, LogIndex last) {
    Write& write = outputs_.write;
    const HardState hard_state{term_, vote_, commit_};
    if (write.id.value == 0) {
        write.id = durable_.issue(hard_state, log_.last_index());
        write.first = first;
    } else {
        check(first == write.last + 1, "the entries that one step writes are contiguous");
        durable_.extend_newest(hard_state, log_.last_index());
    }
    write.hard_state = hard_state;
    write.last = last;
}

// What this step has yet written of the log is void: it goes on at `next`.
void Raft::begin_write_at(LogIndex next) {
    if (outputs_.write.id.value == 0) return;
    outputs_.write.first = next;
    outputs_.write.last = next - 1;
}

Raft::Peer* Raft::find(NodeId id) {
    for (Peer& peer : peers_) {
        if (peer.id == id) return &peer;
    }
    return nullptr;
}

const Progress* Raft::progress(NodeId member) const {
    if (role_ != Role::leader) return nullptr;
    for (const Peer& peer : peers_) {
        if (peer.id == member) return &peer.progress;
    }
    return nullptr;
}

}  // namespace novacron::raft
