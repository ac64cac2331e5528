// SPDX-License-Identifier: MIT
#include "sim/measure/needless_elections.hpp"

#include <algorithm>

namespace shaketable {

using novacron::raft::Role;

NeedlessElections::NeedlessElections(Record& record, std::uint32_t nodes, Duration longest_wait,
                                     std::optional<MemberSets> first)
    : longest_wait_(longest_wait),
      members_(first ? *first : MemberSets{NodeSet::first(nodes), {}, {}}),
      cut_(nodes),
      stood_(nodes) {
    record.listen(*this);
}

std::uint64_t NeedlessElections::won_since(Instant since) const {
    return static_cast<std::uint64_t>(
        won_.end() - std::lower_bound(won_.begin(), won_.end(), since));
}

void NeedlessElections::on(Instant, const NodeStopped& fact) {
    if (fact.node == leader_) stopped_ = true;
}

void NeedlessElections::on(Instant, const NodePaused& fact) {
    if (fact.node == leader_) paused_ = true;
}

void NeedlessElections::on(Instant at, const NodeResumed& fact) {
    if (fact.node != leader_) return;
    paused_ = false;
    resumed_ = at;
}

void NeedlessElections::on(Instant at, const PacketDropped& fact) {
    if (fact.cause != DropCause::partition || leader_.is_none()) return;
    const bool outward = fact.from.value == leader_.value;
    if (!outward && fact.to.value != leader_.value) return;
    const std::uint32_t peer = outward ? fact.to.value : fact.from.value;
    if (peer < cut_.size()) cut_[peer] = at;
}

void NeedlessElections::on(Instant at, const RoleChanged& fact) {
    switch (fact.role) {
        case Role::leader: return install(at, fact.node);
        case Role::candidate: stood_[fact.node.value] = {at, leader_in_order(at)}; [[fallthrough]];
        case Role::pre_candidate:
        case Role::follower: break;
    }
    if (fact.node == leader_ && !stopped_ && !stepped_down_) {
        stepped_down_ = Moment{at, leader_in_order(at)};
    }
}

void NeedlessElections::on(Instant, const ConfigurationActivated& fact) {
    if (fact.index <= configured_) return;
    members_ = fact.members;
    configured_ = fact.index;
}

void NeedlessElections::install(Instant at, NodeId winner) {
    const Moment& stood = stood_[winner.value];
    const Moment& lost = stepped_down_ && stepped_down_->at < stood.at ? *stepped_down_ : stood;
    if (!leader_.is_none() && lost.needless) won_.push_back(at);
    leader_ = winner;
    stopped_ = paused_ = false;
    resumed_.reset();
    stepped_down_.reset();
    std::fill(cut_.begin(), cut_.end(), std::nullopt);
}

bool NeedlessElections::leader_in_order(Instant at) const {
    if (leader_.is_none() || stopped_ || paused_ || !members_.decides(leader_)) return false;
    const Instant since = at - longest_wait_;
    if (resumed_ && *resumed_ >= since) return false;
    return !cut_off_since(since);
}

bool NeedlessElections::cut_off_since(Instant since) const {
    NodeSet reached;
    for (std::uint32_t i = 0; i < cut_.size(); ++i) {
        if (!cut_[i] || *cut_[i] < since) reached.add(NodeId{i});
    }
    return !members_.has_quorum(reached);
}

}  // namespace shaketable
