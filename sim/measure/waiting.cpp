// SPDX-License-Identifier: MIT
#include "sim/measure/waiting.hpp"

#include <algorithm>

#include "core/base/check.hpp"

namespace shaketable {
namespace {

using novacron::raft::Role;

bool asks(PacketKind kind, bool leads) {
    if (leads) return kind == PacketKind::append || kind == PacketKind::snapshot;
    return kind == PacketKind::vote || kind == PacketKind::pre_vote;
}
bool answers(PacketKind kind, bool leads) {
    if (leads) return kind == PacketKind::append_reply || kind == PacketKind::snapshot_reply;
    return kind == PacketKind::vote_reply || kind == PacketKind::pre_vote_reply;
}

NodeId node_of(HostId host) { return NodeId{host.value}; }

// Returns whether it is another account than those there were.
bool add_to(std::vector<Waited>& all, const Waited& more) {
    for (Waited& waited : all) {
        if (waited.phase == more.phase && waited.account == more.account &&
            waited.who == more.who && waited.other == more.other && waited.words == more.words) {
            waited.duration = waited.duration + more.duration;
            return false;
        }
    }
    all.push_back(more);
    return true;
}

}  // namespace

Waiting::Waiting(Record& record, const Logs& logs, Instant fault, std::vector<PhaseEnd> phases)
    : logs_(logs),
      from_(fault),
      phases_(std::move(phases)),
      stages_(logs.nodes().size()),
      acked_(logs.nodes().size()) {
    record.listen(*this);
}

// ---- time that passes

void Waiting::pass(Instant at) {
    for (const PhaseEnd& phase : phases_) {
        const Instant until = std::min(at, phase.end);
        if (until <= from_) continue;
        add(phase.name, reason(phase.name), until - from_);
        from_ = until;
    }
}

void Waiting::add(std::string_view phase, const Reason& reason, Duration duration) {
    const Waited waited{phase, reason.account, reason.who, reason.other, duration, reason.words};
    if (add_to(waited_, waited) && reason.account == Account::timer && reason.who.is_none()) {
        unnamed_.push_back(waited_.size() - 1);
    }
}

std::vector<Waited> Waiting::waited() {
    if (!phases_.empty()) pass(phases_.back().end);
    // Timers had no name while they ran.
    std::vector<Waited> named;
    for (const Waited& waited : waited_) add_to(named, waited);
    return named;
}

// ---- what is waited for

std::optional<Waiting::Reason> Waiting::missing_quorum() const {
    NodeSet up;
    NodeId missing;
    for (std::uint32_t i = 0; i < stages_.size(); ++i) {
        if (is_up(logs_.nodes()[i])) {
            up.add(NodeId{i});
        } else if (missing.is_none() && logs_.members().decides(NodeId{i})) {
            missing = NodeId{i};
        }
    }
    if (logs_.members().has_quorum(up)) return std::nullopt;
    return Reason{Account::node, missing, {}, "no quorum runs without it"};
}

Waiting::Reason Waiting::reason(std::string_view phase) const {
    if (const auto missing = missing_quorum()) return *missing;
    const Reason timeout{Account::timer, {}, {}, "nobody stands; its election timeout runs"};
    if (phase == "detect") return timeout;
    if (in_charge_.is_none()) {
        if (phase != "client") return timeout;
        return {Account::client, {}, {}, "they look for the leader, or pause between attempts"};
    }
    if (!leads_) {
        return of_quorum(own_done_, "votes for it are under way", "its vote is not durable yet");
    }
    return of_commit(phase == "client");
}

Waiting::Reason Waiting::of_commit(bool in_office) const {
    // Of a leader in office, what takes no longer than usual holds nobody up.
    const bool held_up = wanted_.value > 0 && (!in_office || from_ - wanted_since_ >= usual_);
    if (!held_up) {
        return {Account::client, {}, {}, "they look for the leader, or pause between attempts"};
    }
    return of_quorum(logs_.node(in_charge_).durable_last >= wanted_,
                     "entries and their acknowledgements are under way",
                     "its log is not durable yet");
}

Waiting::Reason Waiting::of_quorum(bool own_done, std::string_view asking,
                                   std::string_view own) const {
    NodeSet done;
    NodeSet hopeful;
    if (own_done) done.add(in_charge_);
    hopeful.add(in_charge_);
    for (std::uint32_t i = 0; i < stages_.size(); ++i) {
        const Stage stage = stages_[i];
        if (stage == Stage::granted) done.add(NodeId{i});
        if (stage == Stage::granted || stage == Stage::asked || stage == Stage::arrived ||
            stage == Stage::answering) {
            hopeful.add(NodeId{i});
        }
    }
    const MemberSets& members = logs_.members();
    // A candidate asks nobody before its own vote is durable, and a leader asks at once.
    if (!own_done && (!leads_ || members.has_quorum(done | NodeSet::of({in_charge_})))) {
        return {Account::disk, in_charge_, {}, own};
    }
    if (!members.has_quorum(hopeful)) {
        return {Account::timer,
                leads_ ? in_charge_ : NodeId{},
                {},
                leads_ ? "what it sent is lost; it waits to send again"
                       : "too few votes came; its election timeout runs"};
    }
    for (const Stage stage : {Stage::answering, Stage::arrived, Stage::asked}) {
        for (std::uint32_t i = 0; i < stages_.size(); ++i) {
            if (stages_[i] != stage || !members.decides(NodeId{i})) continue;
            if (stage == Stage::arrived) {
                return {Account::disk,
                        NodeId{i},
                        {},
                        leads_ ? "the entries are not durable yet" : "its vote is not durable yet"};
            }
            return {Account::link, in_charge_, NodeId{i}, asking};
        }
    }
    return {Account::disk, in_charge_, {}, own};
}

// ---- what happens

void Waiting::begin_asking(NodeId in_charge, bool own_done) {
    in_charge_ = in_charge;
    own_done_ = own_done;
    std::fill(stages_.begin(), stages_.end(), Stage::none);
    std::fill(acked_.begin(), acked_.end(), LogIndex{});
}

void Waiting::want(LogIndex index, Instant at) {
    wanted_ = index;
    wanted_since_ = at;
    for (std::size_t i = 0; i < stages_.size(); ++i) {
        if (stages_[i] != Stage::granted) continue;
        if (acked_[i] < index) stages_[i] = Stage::asked;
    }
}

void Waiting::on(Instant at, const RoleChanged& fact) {
    pass(at);
    switch (fact.role) {
        case Role::follower:
            if (fact.node == in_charge_) in_charge_ = NodeId{};
            return;
        case Role::pre_candidate:
        case Role::candidate:
            for (const std::size_t i : unnamed_) waited_[i].who = fact.node;
            unnamed_.clear();
            leads_ = false;
            begin_asking(fact.node, fact.role == Role::pre_candidate);
            return;
        case Role::leader:
            leads_ = true;
            wanted_ = LogIndex{};
            begin_asking(fact.node, true);
    }
}

void Waiting::on(Instant at, const EntryAppended& fact) {
    pass(at);
    if (!leads_ || fact.node != in_charge_ || wanted_.value > 0) return;
    want(fact.index, at);
}

void Waiting::on(Instant at, const CommitAdvanced& fact) {
    pass(at);
    if (!leads_ || fact.node != in_charge_ || wanted_.value == 0 || fact.index < wanted_) return;
    const bool before = !phases_.empty() && waited_.empty();
    if (before && wanted_.value > 0) {
        ++commits_;
        commits_ns_ += (at - wanted_since_).ns;
        usual_ = Duration{commits_ns_ / commits_ * 2};
    }
    const LogIndex last = logs_.node(in_charge_).last();
    want(fact.index < last ? LogIndex{fact.index.value + 1} : LogIndex{}, at);
}

void Waiting::on(Instant at, const Persisted& fact) {
    pass(at);
    if (!leads_ && fact.node == in_charge_ && fact.term >= logs_.node(in_charge_).term) {
        own_done_ = true;
    }
}

void Waiting::on(Instant at, const PacketSent& fact) {
    pass(at);
    if (in_charge_.is_none()) return;
    if (node_of(fact.from) == in_charge_ && asks(fact.kind, leads_) &&
        fact.to.value < stages_.size()) {
        own_done_ = true;
        Stage& stage = stages_[fact.to.value];
        if (stage != Stage::granted) stage = Stage::asked;
    } else if (node_of(fact.to) == in_charge_ && answers(fact.kind, leads_) &&
               fact.from.value < stages_.size()) {
        Stage& stage = stages_[fact.from.value];
        // An acknowledgement of less than what is wanted is about earlier entries.
        const bool less = leads_ && !fact.reject && fact.index < wanted_;
        if (leads_ && !fact.reject) {
            LogIndex& acked = acked_[fact.from.value];
            acked = std::max(acked, fact.index);
        }
        if (stage == Stage::granted || less) return;
        stage = fact.reject ? Stage::refused : Stage::answering;
    }
}

void Waiting::on(Instant at, const PacketDelivered& fact) {
    pass(at);
    if (in_charge_.is_none()) return;
    if (node_of(fact.from) == in_charge_ && asks(fact.kind, leads_) &&
        fact.to.value < stages_.size()) {
        Stage& stage = stages_[fact.to.value];
        if (stage == Stage::asked) stage = Stage::arrived;
    } else if (node_of(fact.to) == in_charge_ && answers(fact.kind, leads_) &&
               fact.from.value < stages_.size()) {
        Stage& stage = stages_[fact.from.value];
        if (stage == Stage::answering) stage = Stage::granted;
    }
}

void Waiting::on(Instant at, const PacketDropped& fact) {
    pass(at);
    if (in_charge_.is_none()) return;
    const bool question = node_of(fact.from) == in_charge_ && asks(fact.kind, leads_);
    const bool answer = node_of(fact.to) == in_charge_ && answers(fact.kind, leads_);
    const HostId other = question ? fact.to : fact.from;
    if ((!question && !answer) || other.value >= stages_.size()) return;
    Stage& stage = stages_[other.value];
    if (stage == (question ? Stage::asked : Stage::answering)) stage = Stage::lost;
}

}  // namespace shaketable
