// SPDX-License-Identifier: MIT
#include "core/node/node.hpp"

#include <algorithm>
#include <utility>

#include "core/base/check.hpp"
#include "core/node/room.hpp"

namespace novacron {

Node::Node(raft::Identity identity, const raft::Options& options, wal::Opened opened, Ports ports,
           Random random, Instant now)
    : raft_(std::move(identity), options,
            raft::Recovered{opened.recovered.hard_state, std::move(opened.recovered.entries),
                            std::move(opened.recovered.snapshot)},
            random, now),
      log_(std::move(opened.log)),
      ports_(ports),
      max_apply_bytes_(options.max_apply_bytes),
      told_term_(raft_.term()),
      told_vote_(raft_.vote()),
      snapshot_threshold_(options.snapshot_threshold),
      follower_reads_(options.follower_reads) {
    if (raft_.snapshot().meta.position.index.value != 0) {
        restore(raft_.snapshot());
        sync(raft_.snapshot());
        log_waits_for_ = last_sync_;
    }
    carry_out(now);
}

void Node::on_message(Instant now, const raft::Message& message) {
    if (faulted_) return;
    if (!has_room_for(message)) {
        miss_room();
        return;
    }
    if (ports_.tracer) ports_.tracer->receives(raft_, message);
    raft_.step(now, message);
    carry_out(now);
}

void Node::on_time(Instant now) {
    if (faulted_) return;
    raft_.on_time(now);
    carry_out(now);
}

void Node::on_synced(Instant now, SyncId id, DiskStatus status) {
    if (status == DiskStatus::failed) faulted_ = true;
    if (faulted_) return;
    if (id != log_sync_) {
        snapshot_synced(id);
        return;
    }
    check(log_.on_synced(id, status), "no sync of the log has failed before");
    check(syncing_.value != 0, "the sync that completes is the outstanding one");
    const raft::WriteId durable = std::exchange(syncing_, raft::WriteId{});
    raft_.on_persisted(now, durable);
    ports_.observer.persisted(raft_.durable().hard_state(), raft_.durable().last());
    forget();
    release_delayed();
    carry_out(now);
    sync_if_idle();
}

void Node::on_request(Instant now, ClientAddress from, const Request& request) {
    if (faulted_) return;
    const kv::Command& command = request.command;
    const bool is_write = request.kind == Request::Kind::write;
    if (raft_.role() != raft::Role::leader && (is_write || !follower_reads_)) {
        refuse(from, command.client, command.sequence);
        return;
    }
    const kv::EncodedCommand bytes = kv::encode(command);
    if (is_write && !has_room_for(wal::entry_size(bytes.size()), kKeptBack)) {
        miss_room();
        refuse(from, command.client, command.sequence, Response::Status::overloaded);
        hand_over_for_room(now);
        return;
    }
    if (const auto refusal = is_write ? raft_.refusal(bytes.size()) : raft_.read_refusal()) {
        refuse(from, command.client, command.sequence,
               *refusal == raft::Refusal::overloaded ? Response::Status::overloaded
                                                     : Response::Status::not_leader);
        return;
    }
    if (is_write) {
        const auto position = raft_.propose(now, Bytes(bytes));
        writes_.push_back({*position, from, command.client, command.sequence});
    } else {
        const raft::ReadToken token = next_token_++;
        reads_.push_back({token, from, command.client, command.sequence, command.key});
        raft_.read(now, token);
    }
    carry_out(now);
}

bool Node::transfer(Instant now, NodeId target) {
    if (faulted_) return false;
    const bool accepted = raft_.transfer(now, target);
    carry_out(now);
    return accepted;
}

Node::ChangeResult Node::change(Instant now, const raft::ConfigurationChange& change) {
    const ChangeResult result = raft_.change(change);
    carry_out(now);
    return result;
}

Node::ChangeResult Node::leave_joint(Instant now) {
    const ChangeResult result = raft_.leave_joint();
    carry_out(now);
    return result;
}

// Carries out the consensus server's outputs in the order that outputs.hpp asks for. What a leader
// commits it tells before it steps down for it, and before it appends what follows.
void Node::carry_out(Instant now) {
    last_input_ = now;
    if (ports_.tracer) ports_.tracer->stepped(raft_);
    // What a leader has committed comes before what it appends next; who comes to lead in this step
    // has learned of commits before it did, by the votes.
    const bool leads_on = told_role_ == raft::Role::leader && told_term_ == raft_.term();
    const bool comes_to_lead = !leads_on && raft_.role() == raft::Role::leader;
    if ((leads_on || comes_to_lead) && !knows_commit()) tell_commit();
    if (!knows_role()) tell_role();
    const raft::Write& write = raft_.outputs().write;
    if (write.id.value != 0) store(write);
    if (!knows_commit()) tell_commit();
    dispatch();
    apply_page();
    take_snapshot_if_due();
    answer_reads();
    raft_.outputs().clear();
}

void Node::tell_role() {
    const bool deposed = told_role_ == raft::Role::leader && raft_.role() != raft::Role::leader;
    told_role_ = raft_.role();
    told_term_ = raft_.term();
    told_vote_ = raft_.vote();
    ports_.observer.role_changed(told_role_, told_term_, told_vote_);
    if (deposed) refuse_all_writes();
}

void Node::tell_commit() {
    if (raft_.commit() > told_commit_) {
        told_commit_ = raft_.commit();
        ports_.observer.commit_advanced(told_commit_);
    }
    const raft::Membership& membership = raft_.membership();
    if (membership.index() == told_configuration_) return;
    told_configuration_ = membership.index();
    ports_.observer.configuration_activated(told_configuration_, membership.active());
}

// The hard state goes first: a log must never hold an entry of a later term than the hard state.
// Its commit index is but a hint, and not worth a record of its own.
void Node::store(const raft::Write& write) {
    const HardState& stored = log_.hard_state();
    if (write.hard_state.term != stored.term || write.hard_state.vote != stored.vote) {
        log_.append(write.hard_state);
    }
    if (write.install) {
        const Snapshot& snapshot = raft_.snapshot();
        restore(snapshot);
        wal::write_snapshot(ports_.disk, snapshot);
        sync(snapshot);
        log_waits_for_ = last_sync_;
        log_.restart_after(snapshot.meta.position.index);
        ports_.observer.snapshot_installed(snapshot.meta.position, store_.digest());
    }
    if (write.truncate_from.value != 0) {
        log_.truncate_from(write.truncate_from);
        ports_.observer.log_truncated(write.truncate_from);
    }
    for (LogIndex i = write.first; i <= write.last; ++i) {
        const Entry& entry = raft_.log().entry(i);
        log_.append(entry);
        ports_.observer.entry_appended(entry);
    }
    written_ = write.id;
    sync_if_idle();
}

void Node::sync_if_idle() {
    if (syncing_.value != 0 || log_waits_for_.value != 0) return;
    if (raft_.durable().is_durable(written_)) return;
    syncing_ = written_;
    log_sync_ = ++last_sync_;
    log_.sync(log_sync_);
}

void Node::dispatch() {
    for (raft::Send& send : raft_.outputs().sends()) {
        if (raft_.durable().is_durable(send.after)) {
            ports_.transport.send(std::move(send.message));
        } else {
            check(send.message.entries.empty(), "a message that carries entries never waits");
            delay(send);
        }
    }
}

// An accepted append speaks for all that came before it: of those that will leave after the same
// sync, one is enough.
void Node::delay(const raft::Send& send) {
    const auto accepts = [](const raft::MessageHead& message) {
        return message.type == raft::MessageType::append_reply && !message.reject;
    };
    if (!delayed_.empty() && accepts(send.message) && accepts(delayed_.back().message)) {
        Delayed& last = delayed_.back();
        const bool leave_together = last.after == send.after || last.after > syncing_;
        if (leave_together && last.message.term == send.message.term &&
            last.message.to == send.message.to) {
            last.after = send.after;
            if (last.message.position < send.message.position) {
                last.message.position = send.message.position;
            }
            return;
        }
    }
    delayed_.push_back({send.after, send.message});
}

// A message of an earlier term is of no use any more, and an acknowledgement among them may speak
// of entries that a later leader has replaced since: it must not leave.
void Node::release_delayed() {
    while (!delayed_.empty() && raft_.durable().is_durable(delayed_.front().after)) {
        const raft::MessageHead& message = delayed_.front().message;
        if (message.term >= raft_.term()) {
            static_cast<raft::MessageHead&>(leaving_) = message;
            leaving_.entries.clear();
            ports_.transport.send(std::move(leaving_));
        }
        delayed_.pop_front();
    }
}

// One entry at least, whatever its size, if there is one.
void Node::apply_page() {
    std::uint64_t bytes = 0;
    while (applied_ < raft_.commit()) {
        const Entry& entry = raft_.log().entry(applied_ + 1);
        if (max_apply_bytes_ != 0 && bytes > 0 && bytes + entry.data.size() > max_apply_bytes_) {
            return;
        }
        bytes += entry.data.size();
        apply(entry);
    }
}

void Node::apply(const Entry& entry) {
    applied_ = entry.index;
    std::optional<kv::Applied> result;
    if (entry.kind == EntryKind::command) {
        const auto command = kv::decode(entry.data.view());
        check(command.has_value(), "a committed command can be decoded");
        result = store_.apply(applied_, *command);
    }
    ports_.observer.entry_applied(entry, store_.digest());
    answer_write(entry, result);
}

void Node::answer_write(const Entry& entry, const std::optional<kv::Applied>& applied) {
    if (writes_.empty() || writes_.front().position.index != entry.index) return;
    const PendingWrite pending = writes_.front();
    writes_.pop_front();
    if (pending.position.term != entry.term || !applied) {
        refuse(pending.from, pending.client, pending.sequence);
        return;
    }
    Response response;
    response.client = pending.client;
    response.sequence = pending.sequence;
    response.by = raft_.self();
    response.index = applied->index;
    ports_.transport.respond(pending.from, response);
}

void Node::answer_reads() {
    const raft::Outputs& outputs = raft_.outputs();
    for (const raft::ReadGrant& grant : outputs.reads) granted_.push_back(grant);
    while (!granted_.empty() && granted_.front().index <= applied_) {
        const PendingRead read = take_read(granted_.front().token);
        granted_.pop_front();
        Response response;
        response.client = read.client;
        response.sequence = read.sequence;
        response.by = raft_.self();
        response.value = store_.read(read.key).value_or(0);
        response.index = applied_;
        ports_.transport.respond(read.from, response);
    }
    for (const raft::ReadToken token : outputs.dropped_reads) {
        const PendingRead read = take_read(token);
        refuse(read.from, read.client, read.sequence);
    }
}

Node::PendingRead Node::take_read(raft::ReadToken token) {
    const auto place = std::lower_bound(
        reads_.begin(), reads_.end(), token,
        [](const PendingRead& read, raft::ReadToken t) { return read.token < t; });
    check(place != reads_.end() && place->token == token, "a granted read was asked for");
    const PendingRead read = *place;
    reads_.erase(place);
    return read;
}

bool Node::snapshot_is_due() const {
    if (snapshot_threshold_ == 0 || !saving_.empty() || applied_ == last_snapshot_) return false;
    if (applied_ - last_snapshot_ >= snapshot_threshold_) return true;
    return room_missed_ && log_.would_forget(applied_);
}

void Node::take_snapshot_if_due() {
    if (!snapshot_is_due() || log_.room() < kKeptBack / 2 + snapshot_size()) return;
    auto meta = raft_.meta_at(applied_);
    if (!meta) return;
    room_missed_ = false;
    last_snapshot_ = applied_;
    const Snapshot snapshot{*std::move(meta), Bytes(store_.encode())};
    wal::write_snapshot(ports_.disk, snapshot);
    ports_.observer.snapshot_begun(snapshot.meta.position);
    sync(snapshot);
}

// Of one that is taken now, but for its configuration.
std::uint64_t Node::snapshot_size() const {
    return wal::kSnapshotHeadSize + store_.encoded_size();
}

bool Node::has_room_for(std::uint64_t bytes, std::uint64_t kept_back) const {
    const std::uint64_t room = log_.room();
    return room == kNoLimit || room >= kept_back + snapshot_size() + bytes;
}

// An election that is wished for by a leader, too: who can't take writes is not to lead.
bool Node::has_room_for(const raft::Message& message) const {
    const bool brings = !message.entries.empty() ||
                        message.type == raft::MessageType::snapshot ||
                        message.type == raft::MessageType::stand_now;
    if (!brings || log_.room() == kNoLimit) return true;
    std::uint64_t bytes = message.part.size;
    bool of_office = false;
    for (const Entry& entry : message.entries) {
        bytes += wal::entry_size(entry.data.size());
        of_office = of_office || entry.kind != EntryKind::command;
    }
    return has_room_for(bytes, of_office ? kKeptBack / 2 : kKeptBack);
}

void Node::miss_room() {
    ports_.observer.room_missed();
    room_missed_ = true;
    take_snapshot_if_due();
}

// The next of the other voters, in a circle; one at a time, for as long as a hand-over may take.
void Node::hand_over_for_room(Instant now) {
    if (!raft_.transferee().is_none()) return;
    const std::vector<NodeId>& voters = raft_.membership().active().voters;
    const auto after = std::upper_bound(voters.begin(), voters.end(), last_heir_);
    NodeId heir = last_heir_.is_none() || after == voters.end() ? voters.front() : *after;
    if (heir == raft_.self()) {
        const auto next = std::upper_bound(voters.begin(), voters.end(), heir);
        heir = next == voters.end() ? voters.front() : *next;
    }
    last_heir_ = heir;
    if (heir != raft_.self()) (void)transfer(now, heir);
}

void Node::restore(const Snapshot& snapshot) {
    auto store = kv::Store::decode(snapshot.state.view());
    check(store.has_value(), "a whole snapshot holds the state of a store");
    store_ = *std::move(store);
    applied_ = last_snapshot_ = snapshot.meta.position.index;
}

void Node::sync(const Snapshot& snapshot) {
    wal::sync_snapshot(ports_.disk, snapshot.meta.position.index, ++last_sync_);
    saving_.push_back({last_sync_, snapshot, store_.digest()});
}

void Node::snapshot_synced(SyncId id) {
    const auto place = std::find_if(saving_.begin(), saving_.end(),
                                    [id](const Saving& saving) { return saving.sync == id; });
    check(place != saving_.end(), "the sync that completes was asked for");
    const Saving saved = std::move(*place);
    saving_.erase(place);
    const LogPosition position = saved.snapshot.meta.position;
    durable_snapshot_ = std::max(durable_snapshot_, position.index);
    if (position.index > raft_.snapshot().meta.position.index) {
        ports_.observer.snapshot_taken(position, saved.digest);
        raft_.compact(saved.snapshot);
    }
    wal::remove_snapshots_before(ports_.disk, durable_snapshot_);
    forget();
    if (id == log_waits_for_) {
        log_waits_for_ = {};
        sync_if_idle();
    }
}

// A log is forgotten only where it is durable itself: what is not yet on the disk may be a restart
// after the very snapshot.
void Node::forget() {
    if (raft_.durable().last() >= durable_snapshot_) log_.forget_through(durable_snapshot_);
}

void Node::refuse(ClientAddress to, ClientId client, std::uint64_t sequence,
                  Response::Status status) {
    Response response;
    response.status = status;
    response.client = client;
    response.sequence = sequence;
    response.by = raft_.self();
    // Who was removed hears of no later leader, and would send clients in a circle.
    const raft::Configuration& group = raft_.membership().active();
    const bool removed = !group.voters.empty() && !group.contains(raft_.self());
    const bool knows = raft_.role() != raft::Role::leader && !removed;
    response.leader = knows ? raft_.leader() : NodeId::none();
    ports_.transport.respond(to, response);
}

// Their entries may yet be committed by another leader; the clients' sessions make asking again
// safe.
void Node::refuse_all_writes() {
    for (const PendingWrite& write : writes_) refuse(write.from, write.client, write.sequence);
    writes_.clear();
}

}  // namespace novacron
