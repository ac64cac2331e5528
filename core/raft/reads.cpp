// SPDX-License-Identifier: MIT
#include "core/raft/reads.hpp"

#include <algorithm>

#include "core/raft/lease.hpp"
#include "core/raft/raft.hpp"

namespace novacron::raft {

std::optional<Refusal> Raft::read_refusal() const {
    const bool leads = role_ == Role::leader;
    if (!leads && leader_.is_none()) return Refusal::not_leader;
    const std::size_t waiting = leads ? reads_.size() : forwarded_.size();
    if (waiting >= options_.max_pending_reads) return Refusal::overloaded;
    return std::nullopt;
}

bool Raft::read(Instant now, ReadToken token) {
    if (read_refusal()) return false;
    if (role_ != Role::leader) {
        forwarded_.add(token);
        forward(forwarded_.next_request());
    } else if (holds_lease(now)) {
        outputs_.reads.push_back({token, commit_});
    } else {
        reads_.push_back({.token = token});
        start_reads(now);
    }
    return true;
}

void Raft::drop_reads() {
    for (const PendingRead& read : reads_) {
        if (read.asker.is_none()) outputs_.dropped_reads.push_back(read.token);
    }
    reads_.clear();
    forwarded_.drop_all(outputs_.dropped_reads);
}

// ---- leader

// What is asked for now shares the next round. Before the leader has committed in its own term it
// does not know what is committed, and reads wait for that too.
void Raft::start_reads(Instant now) {
    if (reads_.empty() || commit_ < first_of_term_) return;
    if (confirmed_ < round_) {
        next_round_wanted_ = true;
        return;
    }
    next_round_wanted_ = false;
    ++round_;
    for (PendingRead& read : reads_) {
        if (read.round != 0) continue;
        read.round = round_;
        read.index = commit_;
    }
    broadcast_heartbeat(now);
    grant_reads(now);
}

void Raft::grant_reads(Instant now) {
    confirmed_ = quorum_value<std::uint64_t>(
        round_, [](const Peer& peer) { return peer.progress.round(); });
    std::size_t granted = 0;
    while (granted < reads_.size() && reads_[granted].round != 0 &&
           reads_[granted].round <= confirmed_) {
        const PendingRead& read = reads_[granted];
        if (read.asker.is_none()) {
            outputs_.reads.push_back({read.token, read.index});
        } else {
            answer_request(read, read.index);
        }
        ++granted;
    }
    reads_.erase(reads_.begin(), reads_.begin() + static_cast<std::ptrdiff_t>(granted));
    if (next_round_wanted_ && confirmed_ == round_) start_reads(now);
}

// A lease counts only while nobody may have been told to stand: see lease.hpp.
bool Raft::holds_lease(Instant now) const {
    if (options_.reads != ReadMode::lease || commit_ < first_of_term_) return false;
    if (transfer_ || ordered_to_stand_) return false;
    return is_quorum(true, [now](const Peer& peer) { return peer.progress.promises(now); });
}

void Raft::take_promise(Peer& peer, const Message& reply) {
    if (options_.reads != ReadMode::lease || reply.promise.ns <= 0) return;
    const Duration lease = lease_of(reply.promise, options_.max_clock_drift_ppb);
    peer.progress.promised(reply.sent_at + lease);
}

// Whoever led this term, and leads no longer, refuses, so that the asker need not wait.
void Raft::handle_read_request(Instant now, const Message& message) {
    const PendingRead asked{.asker = message.from, .request = message.round};
    if (role_ != Role::leader || reads_.size() >= options_.max_pending_reads) {
        Message& reply = send(MessageType::read_reply, asked.asker, WriteId{});
        reply.round = asked.request;
        reply.reject = true;
    } else if (holds_lease(now)) {
        answer_request(asked, commit_);
    } else {
        const bool waits = std::any_of(reads_.begin(), reads_.end(), [&](const PendingRead& read) {
            return read.asker == asked.asker && read.request == asked.request;
        });
        if (waits) return;
        reads_.push_back(asked);
        start_reads(now);
    }
}

void Raft::answer_request(const PendingRead& read, LogIndex index) {
    Message& reply = send(MessageType::read_reply, read.asker, WriteId{});
    reply.round = read.request;
    reply.commit = index;
}

// ---- follower

void Raft::forward(std::optional<std::uint64_t> request) {
    if (request) send(MessageType::read_request, leader_, WriteId{}).round = *request;
}

void Raft::handle_read_reply(const Message& message) {
    if (message.reject) {
        forwarded_.refuse(message.round, outputs_.dropped_reads);
    } else {
        forwarded_.answer(message.round, message.commit);
    }
    if (!leader_.is_none() && role_ != Role::leader) forward(forwarded_.next_request());
}

bool Raft::forget_leader() {
    if (options_.reads == ReadMode::lease) return false;
    if (role_ != Role::follower || leader_.is_none()) return false;
    leader_ = NodeId::none();
    drop_reads();
    return true;
}

}  // namespace novacron::raft
