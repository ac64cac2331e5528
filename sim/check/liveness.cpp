// SPDX-License-Identifier: MIT
#include "sim/check/liveness.hpp"

#include <algorithm>

#include "sim/check/stall.hpp"
#include "sim/fault/families.hpp"

namespace shaketable {
namespace {

using novacron::raft::Role;

// Appends to one node for each entry: the entry, again if it was lost, and what tells of the
// commit. As many are allowed for what was under way when the counting began.
constexpr std::uint64_t kAppendsForEach = 3;
constexpr std::uint64_t kEntriesUnderWay = 300;

std::string seconds_of(Duration duration) {
    return std::to_string(duration.ns / 1'000'000'000) + "." +
           std::to_string(duration.ns / 100'000'000 % 10) + " s";
}

}  // namespace

Liveness::Liveness(Record& record, const Logs& logs, const Schedule& schedule, Findings& findings,
                   const LivenessOptions& options, std::vector<std::string> names)
    : logs_(logs),
      schedule_(schedule),
      findings_(findings),
      options_(options),
      names_(std::move(names)),
      others_(logs.nodes().size()) {
    record.listen(*this);
}

// ---- calm or not

void Liveness::on(Instant at, const FaultStarted& fact) {
    acting_ += shown_by_nodes(fact.fault) ? 0 : 1;
    disturbed(at);
}
void Liveness::on(Instant at, const FaultEnded& fact) {
    acting_ -= shown_by_nodes(fact.fault) ? 0 : 1;
    disturbed(at);
}
void Liveness::on(Instant at, const NodeStarted&) { disturbed(at); }
void Liveness::on(Instant at, const NodeStopped&) { disturbed(at); }
void Liveness::on(Instant at, const NodePaused&) { disturbed(at); }
void Liveness::on(Instant at, const NodeResumed&) { disturbed(at); }

void Liveness::disturbed(Instant at) {
    look(at);
    const bool calm = acting_ == 0 && quorums_run();
    owed_from_ = calm ? at + options_.grace : Instant::never();
    own_.reset();
    std::fill(others_.begin(), others_.end(), std::nullopt);
}

bool Liveness::quorums_run() const {
    const std::vector<NodeView>& nodes = logs_.nodes();
    NodeSet up;
    for (std::uint32_t i = 0; i < nodes.size(); ++i) {
        if (is_up(nodes[i])) up.add(NodeId{i});
    }
    const NodeSet members = logs_.members().all();
    for (std::uint32_t i = 0; i < nodes.size(); ++i) {
        if (!up.contains(NodeId{i}) || !members.contains(NodeId{i})) continue;
        if (!nodes[i].members.voters.empty() && !nodes[i].members.has_quorum(up)) return false;
    }
    return logs_.members().has_quorum(up);
}

bool Liveness::shown_by_nodes(FaultId fault) const {
    const FaultKind& kind = schedule_.faults[fault.value].kind;
    return changes_members(kind) ||
           is_one_of<NodeCrash, PowerLoss, NodePause, NodeRestart, LostDisk, LeadershipTransfer,
                     WrongRestart, ClockStep, ClockSmear, KeyMistake>(kind) ||
           (is_of_backups(kind) && !is_one_of<ArchiveStalled>(kind));
}

// ---- L1, L7

void Liveness::on(Instant at, const RoleChanged& fact) {
    if (fact.role == Role::leader) {
        leader_ = fact.node;
        own_.reset();
    } else if (fact.node == leader_) {
        own_.reset();
    }
    const bool stands = fact.role == Role::candidate || fact.role == Role::pre_candidate;
    const bool counts = logs_.members().contains(fact.node);
    if (stands && counts && options_.steady && owed(at) && !leaderless_since_) {
        find("L7", at, names_[fact.node.value] + " stands for election though " +
                           names_[leader_.value] + " leads");
    }
    look_for_leader(at);
}

void Liveness::look_for_leader(Instant at) {
    if (leaderless_since_ && overdue(at, *leaderless_since_)) {
        find("L1", at,
             "nobody has led for " + seconds_of(at - *leaderless_since_) +
                 ", though a majority runs and no fault acts");
        leaderless_since_ = at;
    }
    const bool led = std::any_of(
        logs_.nodes().begin(), logs_.nodes().end(),
        [](const NodeView& node) { return is_up(node) && node.role == Role::leader; });
    if (led) {
        leaderless_since_.reset();
    } else if (!leaderless_since_) {
        leaderless_since_ = at;
    }
}

// ---- L2, L3

void Liveness::on(Instant at, const EntryAppended& fact) {
    if (fact.node == leader_ && logs_.node(leader_).role == Role::leader) {
        traffic_.entries += owed(at) ? 1 : 0;
        if (!own_) own_ = Mark{fact.index, at};
        follow_leader(at);
    } else if (others_[fact.node.value]) {
        others_[fact.node.value]->at = at;
    }
}

void Liveness::on(Instant at, const CommitAdvanced& fact) {
    if (fact.node == leader_ && logs_.node(leader_).role == Role::leader) {
        follow_leader(at);
        if (own_ && fact.index >= own_->index) own_.reset();
        follow_others(at, fact.node, fact.index);
    } else if (others_[fact.node.value] && fact.index >= others_[fact.node.value]->index) {
        others_[fact.node.value].reset();
    }
}

void Liveness::follow_leader(Instant at) {
    if (!own_ || !overdue(at, own_->at)) return;
    find("L2", at,
         names_[leader_.value] + " has not committed its entry at index " +
             std::to_string(own_->index.value) + " in " + seconds_of(at - own_->at));
    own_->at = at;
}

void Liveness::follow_others(Instant at, NodeId leader, LogIndex committed) {
    for (std::uint32_t i = 0; i < others_.size(); ++i) {
        const NodeView& node = logs_.nodes()[i];
        std::optional<Mark>& mark = others_[i];
        if (NodeId{i} == leader || !is_up(node)) continue;
        if (!mark) {
            if (node.commit < committed && logs_.members().contains(NodeId{i}))
                mark = Mark{committed, at};
        } else if (overdue(at, mark->at)) {
            find("L3", at,
                 names_[i] + " has not learned in " + seconds_of(at - mark->at) +
                     " that index " + std::to_string(mark->index.value) + " is committed");
            mark->at = at;
        }
    }
}

// ---- L4

void Liveness::on(Instant at, const PacketSent& fact) {
    if (!owed(at)) return;
    traffic_.appends += fact.kind == PacketKind::append ? 1 : 0;
    traffic_.heartbeats += fact.kind == PacketKind::heartbeat ? 1 : 0;
}

void Liveness::look_at_traffic(Instant at) {
    const std::uint64_t peers = logs_.nodes().size() - 1;
    const std::uint64_t most = kAppendsForEach * peers * (traffic_.entries + kEntriesUnderWay) +
                               traffic_.heartbeats;
    if (traffic_.appends > most) {
        find("L4", at,
             std::to_string(traffic_.appends) + " appends were sent for " +
                 std::to_string(traffic_.entries) + " entries and " +
                 std::to_string(traffic_.heartbeats) + " heartbeats");
    }
    traffic_ = Traffic{};
}

// ---- L5, L8

void Liveness::on(Instant at, const OperationEnded& fact) {
    if (fact.outcome != Outcome::unknown) return;
    if (!owed(fact.issued) || at - fact.issued < options_.grace) return;
    const bool read = fact.kind == OperationKind::read;
    find(read ? "L5" : "L8", at,
         std::string(read ? "a read" : "a write") + " was given up after " +
             seconds_of(at - fact.issued) + ", though a majority runs and no fault acts");
}

// ---- L6

void Liveness::on(Instant at, const ConfigurationActivated&) {
    disturbed(at);
    const MemberSets& members = logs_.members();
    if (!members.is_joint() || !members.auto_leave) {
        joint_since_.reset();
    } else if (!joint_since_) {
        joint_since_ = at;
    }
}

void Liveness::look_at_joint_phase(Instant at) {
    if (!joint_since_ || !overdue(at, *joint_since_)) return;
    find("L6", at, "a joint phase has lasted for " + seconds_of(at - *joint_since_) +
                       ", though it is to end by itself");
    joint_since_ = at;
}

// ---- before a disturbance and at the end: what was owed until now; and what is said

void Liveness::look(Instant at) {
    look_for_leader(at);
    look_at_joint_phase(at);
    follow_leader(at);
    if (!leader_.is_none()) follow_others(at, leader_, LogIndex{});
    look_at_traffic(at);
}

void Liveness::find(const char* rule, Instant at, const std::string& what) {
    const std::string missing = what_is_missing(logs_, names_);
    findings_.add(rule, at,
                  what + "; " + (missing.empty() ? "" : missing + "; ") + standing());
}

std::string Liveness::standing() const {
    std::string text;
    for (std::size_t i = 0; i < names_.size(); ++i) {
        const NodeView& node = logs_.nodes()[i];
        if (i > 0) text += ", ";
        text += names_[i] + ": ";
        if (!node.running) {
            text += "down";
            continue;
        }
        text += std::string(node.paused ? "paused "
                                        : "") +
                std::string(novacron::raft::kRoleNames[static_cast<std::size_t>(node.role)]) +
                " of term " + std::to_string(node.term.value) + ", log to " +
                std::to_string(node.last().value) + ", committed to " +
                std::to_string(node.commit.value);
        if (!logs_.members().contains(NodeId{static_cast<std::uint32_t>(i)})) text += ", no member";
    }
    return text;
}

}  // namespace shaketable
