// SPDX-License-Identifier: MIT
#include "sim/host/node_host.hpp"

#include <algorithm>
#include <utility>

#include "core/base/check.hpp"
#include "core/raft/codec.hpp"
#include "core/wal/snapshots.hpp"

namespace shaketable {

using novacron::Entry;

namespace {

// A log may hold the beginning of a format that is not committed: it has to be read, too.
DataFormat format_on_disk(const novacron::wal::Recovered& recovered) {
    DataFormat format = kFirstFormat;
    if (recovered.snapshot.meta.position.index.value != 0) {
        const auto store = novacron::kv::Store::decode(recovered.snapshot.state.view());
        if (store) format = format_of(*store);
    }
    for (const Entry& entry : recovered.entries) format = format_of(entry).value_or(format);
    return format;
}

MemberSets sets_of(const novacron::raft::Configuration& configuration) {
    return {NodeSet::of(configuration.voters), NodeSet::of(configuration.outgoing),
            NodeSet::of(configuration.learners), configuration.auto_leave};
}

}  // namespace

NodeHost::NodeHost(NodeHostOptions options, Surroundings surroundings, const Random& random)
    : options_(std::move(options)),
      surroundings_(surroundings),
      random_(random),
      clock_(options_.clock_offset, options_.clock_drift_ppb),
      consensus_(options_.consensus),
      disk_(surroundings.queue, surroundings.receipts, surroundings.sync_latency,
            random.fork("disk"), *this, options_.disk_capacity),
      deadline_(surroundings.queue, Event{this, deadline, 0, 0}),
      software_(options_.software) {
    if (!options_.watch) return;
    watch_.emplace(options_.id, *options_.watch,
                   PeerWatchParts{surroundings.queue, surroundings.record, surroundings.network,
                                  clock_},
                   random.fork("watch"), Event{this, watch_due, 0, 0});
}

void NodeHost::start() { start_after(Duration{}); }

void NodeHost::start_after(Duration pause) {
    novacron::check(state_ == State::off || state_ == State::dead, "a process is started once");
    state_ = State::starting;
    surroundings_.network.set_state(host(), HostState::refusing);
    ++life_;
    surroundings_.queue.push(now() + pause + options_.boot_time, {this, booted, 0, life_});
}

void NodeHost::start_at_once() {
    ++life_;
    boot();
}

void NodeHost::boot() {
    if (refuses_blank_disk_) {
        stop(StopCause::disk_lost);
        return;
    }
    auto result = novacron::wal::Log::open(disk_);
    if (const auto* damage = std::get_if<novacron::wal::Damage>(&result)) {
        found_damage(*damage);
        return;
    }
    auto& opened = std::get<novacron::wal::Opened>(result);
    if (software_ && !reads(format_on_disk(opened.recovered))) {
        stop(StopCause::unreadable_format);
        return;
    }
    const novacron::HardState& hard_state = opened.recovered.hard_state;
    const novacron::LogPosition position = opened.recovered.snapshot.meta.position;
    latest_term_ = std::max(latest_term_, hard_state.term);
    surroundings_.record.add(
        now(), NodeStarted{options_.id, hard_state.term, hard_state.vote,
                           position.index + opened.recovered.entries.size()});
    if (position.index.value != 0) {
        const auto store = novacron::kv::Store::decode(opened.recovered.snapshot.state.view());
        snapshot_installed(position, store ? store->digest() : 0);
    }
    for (const Entry& entry : opened.recovered.entries) entry_appended(entry);
    state_ = State::running;
    surroundings_.network.set_state(host(), HostState::running);
    if (options_.trace) {
        tracer_ = std::make_unique<novacron::raft::Tracer>(
            [this](std::string_view event) { options_.trace(now(), event); });
    }
    try {
        node_ = std::make_unique<novacron::Node>(
            novacron::raft::Identity{options_.id, options_.voters}, consensus_,
            std::move(opened), novacron::Ports{*this, *this, disk_, tracer_.get()},
            random_.fork("raft", life_), local_now());
    } catch (const novacron::BugError& error) {
        stop_with(StopCause::panic, error.what());
        return;
    }
    for (const Doom& doom : dooms_) arm(doom);
    if (dying_) {
        die();
        return;
    }
    arm_deadline();
    if (surroundings_.neighbour != nullptr) surroundings_.neighbour->process_started(options_.id);
    if (watch_) watch_->begin(life_);
}

void NodeHost::crash(StopCause cause) {
    if (state_ == State::starting || state_ == State::running) stop(cause);
}

void NodeHost::lose_power() {
    if (state_ == State::off) return;
    const bool had_process = state_ != State::dead;
    disk_.power_lost();
    if (had_process) stop(StopCause::power_loss);
    state_ = State::off;
    surroundings_.network.set_state(host(), HostState::silent);
}

void NodeHost::stop(StopCause cause) {
    surroundings_.record.add(now(), NodeStopped{options_.id, cause});
    node_.reset();
    if (watch_) watch_->end();
    waiting_.clear();
    deadline_waits_ = false;
    watch_waits_ = false;
    turn_is_set_ = false;
    connections_ = 0;
    dying_.reset();
    paused_ = false;
    unreadable_ = false;
    disk_.process_died();
    deadline_.cancel();
    state_ = State::dead;
    if (watcher_ != nullptr) watcher_->stopped(options_.id);
    surroundings_.network.set_state(host(), HostState::refusing);
    if (surroundings_.neighbour != nullptr) {
        surroundings_.neighbour->process_stopped(options_.id, cause);
    }
}

void NodeHost::stop_with(StopCause cause, const std::string& text) {
    stop_messages_.push_back({now(), options_.id, text});
    stop(cause);
}

void NodeHost::found_damage(const novacron::wal::Damage& damage) {
    if (damage.kind == novacron::wal::Damage::Kind::unreadable) {
        disk_failed();
    } else if (disk_.explains_damage(damage.file)) {
        stop(StopCause::disk_damage);
    } else {
        stop_with(StopCause::corruption, "its disk is damaged: " + damage.file + " at byte " +
                                             std::to_string(damage.offset));
    }
}

void NodeHost::disk_failed() {
    if (disk_.is_overrun()) {
        stop_with(StopCause::disk_failure, "it has run its disk full");
    } else {
        stop(StopCause::disk_failure);
    }
    start_after(kRestartPause);
}

bool NodeHost::reads(DataFormat format) {
    format_ = format;
    if (software_->reads(format)) return true;
    note(FormatRefused{options_.id, software_->number, format});
    return false;
}

void NodeHost::pause() {
    if (state_ != State::running || paused_) return;
    paused_ = true;
    surroundings_.record.add(now(), NodePaused{options_.id});
    if (surroundings_.neighbour != nullptr) surroundings_.neighbour->process_paused(options_.id);
}

void NodeHost::resume() {
    if (!paused_) return;
    paused_ = false;
    surroundings_.record.add(now(), NodeResumed{options_.id});
    if (watcher_ != nullptr) watcher_->resumed(options_.id);
    if (surroundings_.neighbour != nullptr) surroundings_.neighbour->process_resumed(options_.id);
    if (!hogs_.empty()) {
        wait_for_deadline();
        if (watch_) wait_for_watch();
        take_turns();
        return;
    }
    // As in most loops of events, timers come before mail: the worse for a detector.
    if (running() && watch_) tell_watch([](PeerWatch& watch) { watch.on_time(); });
    take_all();
    if (running()) {
        tell_node([](novacron::Node& node, Instant local) { node.on_time(local); });
    }
}

void NodeHost::take_all() {
    while (running() && !waiting_.empty()) {
        const Waiting input = std::move(waiting_.front());
        waiting_.pop_front();
        take(input);
    }
}

void NodeHost::take(const Waiting& input) {
    switch (input.kind) {
        case Waiting::Kind::message:
            tell_node([&](novacron::Node& node, Instant local) {
                node.on_message(local, input.message);
            });
            break;
        case Waiting::Kind::request:
            hand_in(input.from, input.request);
            break;
        case Waiting::Kind::synced:
            tell_node([&](novacron::Node& node, Instant local) {
                node.on_synced(local, input.sync, input.status);
            });
            break;
        case Waiting::Kind::deadline:
            deadline_waits_ = false;
            tell_node([](novacron::Node& node, Instant local) { node.on_time(local); });
            break;
        case Waiting::Kind::heard:
            tell_watch([&](PeerWatch& watch) { watch.take(input.heard); });
            break;
        case Waiting::Kind::watch:
            watch_waits_ = false;
            tell_watch([](PeerWatch& watch) { watch.on_time(); });
            break;
    }
}

template <class Input>
void NodeHost::tell_node(const Input& input) {
    try {
        input(*node_, local_now());
    } catch (const novacron::BugError& error) {
        // The dead are wrong about nothing.
        if (!dying_) {
            stop_with(StopCause::panic, error.what());
            return;
        }
    }
    if (dying_) {
        die();
        return;
    }
    if (node_->faulted()) {
        disk_failed();
        return;
    }
    if (unreadable_) {
        stop(StopCause::unreadable_format);
        return;
    }
    arm_deadline();
}

// A detector that breaks its own checks takes its process along.
template <class Input>
void NodeHost::tell_watch(const Input& input) {
    try {
        input(*watch_);
    } catch (const novacron::BugError& error) {
        stop_with(StopCause::panic, error.what());
    }
}

void NodeHost::arm_deadline() {
    deadline_.arm(std::max(now(), clock_.true_at(node_->next_deadline())));
}

void NodeHost::fill_disk(FaultId fault, std::uint64_t free) {
    disk_.begin_full(fault, free + (node_ ? node_->unwritten() : 0));
}

void NodeHost::begin_drift(FaultId fault, std::int64_t drift_ppb) {
    drifts_.push_back({fault, drift_ppb});
    set_clock_rate();
}

void NodeHost::end_drift(FaultId fault) {
    std::erase_if(drifts_, [fault](const Drift& drift) { return drift.fault == fault; });
    set_clock_rate();
}

void NodeHost::begin_freeze(FaultId fault) {
    freezes_.push_back(fault);
    set_clock_rate();
}

void NodeHost::end_freeze(FaultId fault) {
    std::erase(freezes_, fault);
    set_clock_rate();
}

void NodeHost::move_wall_clock(FaultId fault, Duration by, Duration over) {
    wall_clock_.shift(fault.value, local_now(), by, over);
    surroundings_.record.add(now(), WallClockSet{options_.id, wall_now()});
}

void NodeHost::set_wall_clock_right(FaultId fault) {
    wall_clock_.take_back(fault.value);
    surroundings_.record.add(now(), WallClockSet{options_.id, wall_now()});
}

// What the node waits for comes earlier now, or later, or not at all.
void NodeHost::set_clock_rate() {
    std::int64_t ppb = options_.clock_drift_ppb;
    for (const Drift& drift : drifts_) ppb += drift.ppb;
    if (freezes_.empty()) {
        clock_.set_drift(now(), std::clamp(ppb, -HostClock::kMostDrift, HostClock::kMostDrift));
    } else {
        clock_.stop(now());
    }
    if (!running()) return;
    arm_deadline();
    if (watch_) watch_->arm();
}

bool NodeHost::transfer(NodeId target) {
    if (!running() || paused_) return false;
    bool accepted = false;
    tell_node([&](novacron::Node& node, Instant local) {
        accepted = node.transfer(local, target);
    });
    return accepted;
}

bool NodeHost::change(const novacron::raft::ConfigurationChange& change) {
    if (!running() || paused_) return false;
    bool accepted = false;
    tell_node([&](novacron::Node& node, Instant local) {
        accepted = std::holds_alternative<novacron::LogPosition>(node.change(local, change));
    });
    return accepted;
}

bool NodeHost::leave_joint() {
    if (!running() || paused_) return false;
    bool accepted = false;
    tell_node([&](novacron::Node& node, Instant local) {
        accepted = std::holds_alternative<novacron::LogPosition>(node.leave_joint(local));
    });
    return accepted;
}

void NodeHost::receive(const novacron::raft::Message& message) {
    if (must_wait()) {
        wait({Waiting::Kind::message, message, {}, {}, {}, {}});
        return;
    }
    tell_node([&](novacron::Node& node, Instant local) { node.on_message(local, message); });
}

void NodeHost::receive(HostId from, const novacron::Request& request) {
    if (!limits_.empty() && refuses_client(from, request)) return;
    ++connections_;
    if (must_wait()) {
        wait({Waiting::Kind::request, {}, request, from, {}, {}});
        return;
    }
    hand_in(from, request);
}

// Whether the node is to be asked is decided when it would be, and not when the request came.
void NodeHost::hand_in(HostId from, const novacron::Request& request) {
    using Admission = HostWatcher::Admission;
    const novacron::ClientAddress address{from.value};
    const auto admission =
        watcher_ == nullptr ? Admission::admitted : watcher_->admit(options_.id, request);
    if (admission != Admission::admitted) {
        using Status = novacron::Response::Status;
        novacron::Response response;
        response.status =
            admission == Admission::overloaded ? Status::overloaded : Status::not_leader;
        response.client = request.command.client;
        response.sequence = request.command.sequence;
        response.by = options_.id;
        let_leave(address, response);
        return;
    }
    tell_node([&](novacron::Node& node, Instant local) {
        node.on_request(local, address, request);
    });
}

bool NodeHost::propose(const novacron::kv::Command& command) {
    if (!running() || paused_) return false;
    const LogIndex before = node_->raft().log().last_index();
    tell_node([&](novacron::Node& node, Instant local) {
        node.on_request(local, novacron::ClientAddress::none(),
                        {novacron::Request::Kind::write, command});
    });
    return running() && node_->raft().log().last_index() > before;
}

void NodeHost::begin_anew(const novacron::Snapshot& snapshot) {
    novacron::check(!running(), "a disk is made anew under no process");
    disk_.wipe();
    refuses_blank_disk_ = false;
    novacron::wal::write_snapshot(disk_, snapshot);
    novacron::wal::sync_snapshot(disk_, snapshot.meta.position.index, SyncId{});
}

void NodeHost::hear(const novacron::detector::Message& message) {
    if (!watch_) return;
    if (must_wait()) {
        wait({Waiting::Kind::heard, {}, {}, {}, {}, {}, message});
        return;
    }
    tell_watch([&](PeerWatch& watch) { watch.take(message); });
}

void NodeHost::on_synced(Instant, SyncId id, DiskStatus status) {
    if (!running()) return;  // of a disk that was made anew
    if (must_wait()) {
        wait({Waiting::Kind::synced, {}, {}, {}, id, status});
        return;
    }
    tell_node([id, status](novacron::Node& node, Instant local) {
        node.on_synced(local, id, status);
    });
}

void NodeHost::on_event(Instant, const Event& event) {
    if (event.kind == booted) {
        if (state_ == State::starting && event.b == life_) boot();
        return;
    }
    if (event.kind == doomed) {
        if (event.b == life_) meet_doom(FaultId{event.a});
        return;
    }
    if (event.kind == turn) {
        if (event.b != life_ || !running()) return;
        turn_is_set_ = false;
        if (paused_ || hogs_.empty() || waiting_.empty()) return;
        const Waiting input = std::move(waiting_.front());
        waiting_.pop_front();
        take(input);
        if (running()) take_turns();
        return;
    }
    if (event.kind == watch_due) {
        if (!watch_->due() || !running() || paused_) return;
        if (hogs_.empty()) {
            tell_watch([](PeerWatch& watch) { watch.on_time(); });
        } else {
            wait_for_watch();
        }
        return;
    }
    if (!deadline_.due(now()) || !running()) return;
    // A paused process catches up when it resumes.
    if (paused_) return;
    if (!hogs_.empty()) {
        wait_for_deadline();
        return;
    }
    tell_node([](novacron::Node& node, Instant local) { node.on_time(local); });
}

void NodeHost::send(novacron::raft::Message&& message) {
    if (dying_) return;
    const HostId to{message.to.value};
    if (options_.encode_messages) {
        wire_.clear();
        encode(message, wire_);
        const auto error = decode(wire_, message);
        novacron::check(!error, "what was encoded can be decoded");
    }
    surroundings_.network.send(host(), to, std::move(message));
}

void NodeHost::respond(novacron::ClientAddress to, const novacron::Response& response) {
    if (dying_ || to.is_none()) return;
    if (watcher_ != nullptr && !watcher_->may_leave(options_.id, to, response)) return;
    let_leave(to, response);
}

void NodeHost::let_leave(novacron::ClientAddress to, const novacron::Response& response) {
    if (connections_ > 0) --connections_;
    surroundings_.network.send(host(), HostId{to.value}, response);
}

void NodeHost::role_changed(novacron::raft::Role role, Term term, NodeId vote) {
    latest_term_ = std::max(latest_term_, term);
    note(RoleChanged{options_.id, role, term, vote});
    if (watcher_ != nullptr && !dying_) watcher_->role_changed(options_.id, role, term);
    if (role == novacron::raft::Role::leader) pass(KillPoint::after_leader_elected);
}
void NodeHost::persisted(const novacron::HardState& hard_state, LogIndex last) {
    note(Persisted{options_.id, hard_state.term, hard_state.vote, last});
    pass(KillPoint::after_persist_before_send);
}
void NodeHost::log_truncated(LogIndex from) { note(LogTruncated{options_.id, from}); }
void NodeHost::entry_appended(const Entry& entry) {
    note(EntryAppended{options_.id, entry.index, entry.term, entry.data.digest()});
    if (software_ && running()) {
        const auto format = format_of(entry);
        if (format && !reads(*format)) unreadable_ = true;
    }
    if (entry.kind == novacron::EntryKind::configuration) {
        const auto configuration = novacron::raft::decode_configuration(entry.data.view());
        novacron::check(configuration.has_value(), "a configuration in a log can be decoded");
        note(ConfigurationAppended{options_.id, entry.index, sets_of(*configuration)});
    }
    pass(KillPoint::before_persist);
}
void NodeHost::commit_advanced(LogIndex index) {
    note(CommitAdvanced{options_.id, index});
    pass(KillPoint::after_commit_before_apply);
}
void NodeHost::configuration_activated(LogIndex index,
                                       const novacron::raft::Configuration& configuration) {
    note(ConfigurationActivated{options_.id, index, sets_of(configuration)});
    pass(KillPoint::during_membership_change);
}
void NodeHost::entry_applied(const Entry& entry, std::uint64_t state) {
    note(EntryApplied{options_.id, entry.index, state});
    if (watcher_ != nullptr && !dying_) watcher_->entry_applied(options_.id, entry);
    if (listener_ != nullptr && !dying_) listener_->entry_applied(options_.id, entry);
    pass(KillPoint::after_apply_before_answer);
}
void NodeHost::snapshot_begun(novacron::LogPosition) { pass(KillPoint::during_snapshot_save); }
void NodeHost::snapshot_taken(novacron::LogPosition position, std::uint64_t state) {
    note(SnapshotTaken{options_.id, position.index, position.term, state});
}
void NodeHost::snapshot_installed(novacron::LogPosition position, std::uint64_t state) {
    note(SnapshotInstalled{options_.id, position.index, position.term, state});
    if (software_ && running() && !reads(format_of(node_->store()))) unreadable_ = true;
    pass(KillPoint::during_snapshot_install);
}
void NodeHost::room_missed() {
    if (!dying_) disk_.room_missed();
}

}  // namespace shaketable
