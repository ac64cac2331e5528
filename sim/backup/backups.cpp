// SPDX-License-Identifier: MIT
#include "sim/backup/backups.hpp"

#include <algorithm>

#include "core/base/check.hpp"
#include "sim/backup/site_state.hpp"

namespace shaketable {

namespace backup = novacron::backup;
using backup::Condition;
using backup::Kind;
using backup::ObjectId;

namespace {

constexpr std::int64_t kDay = 86'400;

// An instant, as time since the epoch, at which a day begins.
Instant midnight_before(std::int64_t epoch_unix_seconds) {
    const std::int64_t since = ((epoch_unix_seconds % kDay) + kDay) % kDay;
    return Instant{} - novacron::seconds(since);
}

bool fits(ObjectChoice::Of of, Kind kind) {
    switch (of) {
        case ObjectChoice::Of::any: return true;
        case ObjectChoice::Of::full: return kind == Kind::full;
        case ObjectChoice::Of::incremental: return kind == Kind::incremental;
        case ObjectChoice::Of::segment: return kind == Kind::segment;
    }
    return false;
}

}  // namespace

Backups::Backups(const BackupOptions& options, const FleetParts& parts, Fleet& fleet,
                 const BackedUp& group, const Random& random)
    : options_(options),
      parts_(parts),
      fleet_(fleet),
      nodes_(group.nodes),
      store_(options.store, parts.queue, parts.receipts, random.fork("store")),
      agent_(options, {parts.queue, parts.record, parts.receipts, store_, *this,
                       midnight_before(group.epoch_unix_seconds)}) {
    if (group.sites != nullptr) {
        sites_ = std::make_unique<ArchivedSites>(*group.sites, fleet, parts.queue, parts.record,
                                                 agent_);
    }
}

void Backups::start() {
    if (sites_) {
        sites_->start();
    } else {
        for (const NodeId node : nodes_) fleet_.node(node).listen(*this);
    }
    agent_.start();
}

// ---- Where the data come from

void Backups::entry_applied(NodeId, const novacron::Entry& entry) {
    has_ended_ = has_ended_ || (entry.index > agent_.last() && entry.term < term_);
    if (has_ended_ || entry.index != agent_.last() + 1) return;
    term_ = entry.term;
    const bool is_command = entry.kind == novacron::EntryKind::command;
    agent_.committed(entry.index, is_command ? entry.data : Bytes{});
}

std::optional<std::vector<std::byte>> Backups::state_after(LogIndex index) {
    if (sites_) return sites_->state_after(index);
    std::vector<NodeId> order = nodes_;
    const auto leader = fleet_.leader_among(NodeSet::of(nodes_));
    if (leader) order.insert(order.begin(), *leader);
    for (const NodeId id : order) {
        const novacron::Node* node = fleet_.node(id).node();
        if (node != nullptr && node->applied() == index) return node->store().encode();
    }
    return std::nullopt;
}

// A site's own clock, at the site.
Instant Backups::wall_now() {
    const NodeId chosen{options_.clock};
    const bool is_there =
        !sites_ || std::find(nodes().begin(), nodes().end(), chosen) != nodes().end();
    return fleet_.node(is_there ? chosen : nodes().front()).wall_now();
}

// Not in the middle of what a node does: once that is over.
void Backups::hold_back(std::uint64_t bytes) {
    if (bytes == held_back_) return;
    held_back_ = bytes;
    if (tells_disks_) return;
    tells_disks_ = true;
    parts_.queue.push(parts_.queue.now(), {this, 0, 0, 0});
}

void Backups::on_event(Instant, const Event&) {
    tells_disks_ = false;
    for (const NodeId node : nodes()) fleet_.node(node).keep_for_archive(held_back_);
}

// ---- Faults

std::optional<ObjectId> Backups::choose(const ObjectChoice& choice, const Random& random) const {
    std::vector<ObjectId> found;
    for (const auto& [id, entry] : agent_.catalogue().entries()) {
        if (entry.condition == Condition::complete && fits(choice.of, entry.head.kind)) {
            found.push_back(id);
        }
    }
    if (found.empty()) return std::nullopt;
    switch (choice.which) {
        case ObjectChoice::Which::newest: return found.back();
        case ObjectChoice::Which::oldest: return found.front();
        case ObjectChoice::Which::drawn: break;
    }
    Random draws = random.fork("object");
    return found[static_cast<std::size_t>(draws.below(found.size()))];
}

void Backups::strike(FaultId id, const ObjectsSlow& fault, const Random&) {
    store_.begin_slow(id, fault.factor);
}
void Backups::strike(FaultId id, const ObjectsUnavailable&, const Random&) {
    store_.begin_unavailable(id);
}
void Backups::strike(FaultId id, const ObjectsRegionLost&, const Random&) {
    store_.begin_region_loss(id);
}
void Backups::strike(FaultId id, const ObjectsBitRot& fault, const Random& random) {
    const auto object = choose(fault.object, random);
    if (!object) return;
    Random bit = random.fork("bit");
    store_.rot(id, agent_.key_of(*object), bit);
}
void Backups::strike(FaultId id, const ObjectsLost& fault, const Random& random) {
    const auto object = choose(fault.object, random);
    if (object) store_.lose(id, agent_.key_of(*object));
}
void Backups::strike(FaultId id, const BackupSilentFailure&, const Random&) {
    agent_.begin_silence(id);
}
void Backups::strike(FaultId id, const ArchiveStalled&, const Random&) { agent_.begin_stall(id); }

void Backups::lift(FaultId id) {
    store_.end(id);
    agent_.end(id);
}

// ---- What operators do

void Backups::strike(FaultId id, const BackupCreate& order, const Random&) {
    const bool full = order.type == BackupCreate::Type::full;
    agent_.create(id, full ? Kind::full : Kind::incremental, order.tag);
}

void Backups::strike(FaultId id, const BackupVerify&, const Random&) { agent_.verify(id); }

backup::Target Backups::target_of(const BackupRestore& order, Instant now) const {
    if (order.to_time) return {backup::AtTime{Instant{} + *order.to_time}, {}};
    if (order.ago) return {backup::AtTime{now - *order.ago}, {}};
    if (order.to_index) return {backup::AtIndex{LogIndex{*order.to_index}, {}}, {}};
    if (!order.tag.empty()) return {backup::AtName{order.tag}, {}};
    if (order.backup) return {backup::OfBackup{ObjectId{*order.backup}}, {}};
    if (order.replay_wal) return {backup::Latest{}, {}};
    // Whether it is sound nobody looks: it is the newest that claims to be complete.
    ObjectId newest;
    for (const auto& [id, entry] : agent_.catalogue().entries()) {
        if (entry.head.kind == Kind::full && entry.condition == Condition::complete) newest = id;
    }
    return {backup::OfBackup{newest}, {}};
}

void Backups::strike(FaultId id, const BackupRestore& order, const Random& random) {
    const Instant now = parts_.queue.now();
    ObjectStore* store = &store_;
    if (order.drill) store = &copies_.emplace_back(store_, random.fork("copy"));
    const RestoreNumber number{restores_.size() + 1};
    restores_.emplace_back(
        number,
        RestoreOrder{target_of(order, now), backup::Fallback::nearest, order.drill,
                     random.fork("provision")},
        RestoreParts{parts_.queue, parts_.record, *store, agent_.catalogue(), agent_.keys(),
                     options_.restore, order.drill ? nullptr : &agent_,
                     order.in_place ? this : nullptr, sites_ != nullptr});
    parts_.receipts.effect(now, id, FaultEffect::restore_begun);
    if (order.in_place && order.stop_first) halt(number);
    restores_.back().start();
}

void Backups::halt(RestoreNumber number) {
    std::vector<NodeId>& halted = halted_by_[number];
    for (const NodeId node : nodes()) {
        if (std::find(halted.begin(), halted.end(), node) != halted.end()) continue;
        fleet_.hold_down(node, StopCause::restart);
        halted.push_back(node);
    }
}

void Backups::restored(RestoreNumber number, const backup::Outcome& outcome) {
    if (outcome.restored) {
        halt(number);  // unless it has; or of a site that became primary meanwhile
        make_anew(number, outcome);
    }
    const auto halted = halted_by_.find(number);
    if (halted == halted_by_.end()) return;
    for (const NodeId node : halted->second) fleet_.let_up(node);
    halted_by_.erase(halted);
}

// Nodes that other faults keep down start from it when they may.
void Backups::make_anew(RestoreNumber number, const backup::Outcome& outcome) {
    if (sites_) {
        const auto position = sites_->restore(outcome.position, outcome.state);
        parts_.record.add(parts_.queue.now(),
                          NodesRestored{number, position.index, position.term,
                                        site_state_digest(outcome.state)});
        return;
    }
    const LogIndex index = outcome.position.index;
    novacron::Term term;
    for (const NodeId node : nodes_) term = std::max(term, fleet_.node(node).latest_term());
    novacron::Snapshot snapshot;
    snapshot.meta.position = {term + 1, index};
    snapshot.state = Bytes(outcome.state);
    for (const NodeId node : nodes_) {
        if (index.value == 0) {
            fleet_.node(node).lose_disk(NodeHost::Blank::forgotten);
        } else {
            fleet_.node(node).begin_anew(snapshot);
        }
    }
    const auto store = novacron::kv::Store::decode(outcome.state);
    novacron::check(store.has_value(), "a restored state is a store's");
    parts_.record.add(parts_.queue.now(),
                      NodesRestored{number, index, snapshot.meta.position.term, store->digest()});
    agent_.begin_timeline(outcome.position);
    term_ = {};
    has_ended_ = false;
}

}  // namespace shaketable
