// SPDX-License-Identifier: MIT
//
// Snapshots: forgetting the log before them, and bringing followers up to date that need what is
// forgotten.
//
// A snapshot travels in parts, one at a time: each says where it begins and carries a checksum, and
// each answer says where the next has to begin. What is lost is sent again from there.
#include <algorithm>
#include <utility>

#include "core/base/check.hpp"
#include "core/base/crc32c.hpp"
#include "core/raft/raft.hpp"

namespace novacron::raft {

void Raft::compact(Snapshot snapshot) {
    const LogIndex index = snapshot.meta.position.index;
    if (index <= snapshot_.meta.position.index) return;
    check(index <= commit_ && log_.contains(snapshot.meta.position),
          "a snapshot is of what is committed");
    snapshot_ = std::move(snapshot);
    log_.compact(index - std::min(index.value, options_.trailing_entries));
}

std::optional<SnapshotMeta> Raft::meta_at(LogIndex applied) const {
    if (membership_.index() > applied) return std::nullopt;
    const bool changed = membership_.index().value != 0;
    return SnapshotMeta{{log_.term(applied), applied},
                        changed ? encode(membership_.active()) : Bytes()};
}

// Of a group that has never changed, or when there is no snapshot: the one it began with.
Membership Raft::membership_of(const SnapshotMeta& meta) const {
    if (meta.configuration.empty()) {
        return Membership({identity_.voters, {}, identity_.learners, {}, false});
    }
    auto configuration = decode_configuration(meta.configuration.view());
    check(configuration.has_value(), "a snapshot's configuration can be decoded");
    return Membership(*std::move(configuration), meta.position.index);
}

// ---- leader

// Sends the next part, if the peer may be sent one. The snapshot is the newest as long as the peer
// has nothing of an older one.
void Raft::send_snapshot(Peer& peer) {
    const bool under_way = peer.progress.state() == Progress::State::snapshot;
    if (under_way && !peer.progress.may_send()) return;
    if (!under_way || peer.progress.offset() == 0) {
        peer.progress.start_snapshot(snapshot_, log_.begin().index);
    }
    const Snapshot& snapshot = peer.progress.snapshot();
    const auto state = snapshot.state.view();
    const std::uint64_t offset = peer.progress.offset();
    const auto bytes = state.subspan(
        static_cast<std::size_t>(offset),
        static_cast<std::size_t>(std::min(options_.snapshot_part_bytes, state.size() - offset)));
    Message& message = send(MessageType::snapshot, peer.id, WriteId{});
    message.position = snapshot.meta.position;
    message.offset = offset;
    message.part = {state.size(), crc32c(bytes), Bytes(bytes), snapshot.meta.configuration};
    peer.progress.part_sent();
}

void Raft::handle_snapshot_reply(Instant now, const Message& message) {
    Peer* sender = role_ == Role::leader ? find(message.from) : nullptr;
    if (sender == nullptr) return;
    Peer& peer = *sender;
    peer.progress.heard(now);
    if (peer.progress.part_answered(message.position, message.offset, !message.reject)) {
        send_what_is_due(peer);
    }
}

// ---- follower

void Raft::handle_snapshot(Instant now, const Message& message) {
    follow(now, message.from);
    // What is committed is known to match; so is what leads up to an entry that is the snapshot's
    // last, and then what follows on it may stay as well.
    if (message.position.index > commit_ && log_.contains(message.position)) {
        commit_ = message.position.index;
    }
    if (message.position.index <= commit_) {
        incoming_.reset();
        acknowledge(message.from, commit_);
        return;
    }
    if (!incoming_ || incoming_->term != term_ || incoming_->meta.position != message.position) {
        incoming_ = Incoming{term_, {message.position, message.part.configuration}, {}};
    }
    std::vector<std::byte>& state = incoming_->state;
    const auto bytes = message.part.bytes.view();
    const bool fits = message.offset == state.size() && crc32c(bytes) == message.part.checksum;
    if (fits) state.insert(state.end(), bytes.begin(), bytes.end());
    if (fits && state.size() == message.part.size) {
        install(now, {incoming_->meta, Bytes(state)});
        incoming_.reset();
        acknowledge(message.from, commit_);
        return;
    }
    Message& reply = send(MessageType::snapshot_reply, message.from, durable_.newest());
    reply.position = message.position;
    reply.offset = state.size();
    reply.reject = !fits;
}

// The log neither holds the snapshot's last entry nor, then, any that may follow on it. What is
// durable before that stays so until the snapshot is: entries of this leader that wait to be
// acknowledged are safe either way.
void Raft::install(Instant now, Snapshot snapshot) {
    const LogPosition position = snapshot.meta.position;
    check(position.index > commit_ && position.term <= term_,
          "a snapshot that is installed is news, and of no later term");
    durable_.truncate_from(position.index);
    log_ = Log({}, position);
    outputs_.write.install = true;
    begin_write_at(position.index + 1);
    write_hard_state();
    commit_ = position.index;
    membership_ = membership_of(snapshot.meta);
    snapshot_ = std::move(snapshot);
    take_seats(now);
}

}  // namespace novacron::raft
