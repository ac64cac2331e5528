// SPDX-License-Identifier: MIT
#include "sim/fault/operator.hpp"

#include <algorithm>

namespace shaketable {
namespace {

using novacron::raft::Configuration;
using novacron::raft::ConfigurationChange;
using novacron::raft::JointPhase;
using novacron::raft::MemberChange;
using novacron::raft::Raft;
using Kind = MemberChange::Kind;

constexpr Duration kPatience = novacron::milliseconds(100);  // from attempt to attempt
constexpr std::uint64_t kMostBehind = 100;  // entries that a learner may lack to be promoted
constexpr std::size_t kFewestVoters = 3;    // that a drawn change may leave

bool is_in(const std::vector<NodeId>& nodes, NodeId node) {
    return std::binary_search(nodes.begin(), nodes.end(), node);
}

// Takes so many of the nodes.
std::vector<NodeId> draw(std::vector<NodeId> nodes, std::size_t count, Random& random) {
    for (std::size_t i = 0; i < count; ++i) {
        const auto other = static_cast<std::size_t>(random.below(nodes.size() - i));
        std::swap(nodes[i], nodes[i + other]);
    }
    nodes.resize(count);
    std::sort(nodes.begin(), nodes.end());
    return nodes;
}

}  // namespace

NextStep next_step(const MembershipWish& wish, const Raft& leader) {
    const Configuration& now = leader.membership().active();
    if (now.is_joint()) return now.auto_leave ? NextStep{Wait{}} : NextStep{LeaveJoint{}};
    ConfigurationChange join{{}, JointPhase::if_needed};
    ConfigurationChange votes{{}, wish.joint};
    bool all_caught_up = true;
    std::size_t come = 0;
    std::size_t go = 0;
    for (const NodeId node : wish.voters) {
        if (now.decides(node)) continue;
        if (!now.contains(node)) {
            join.members.push_back({Kind::add_learner, node});
            continue;
        }
        votes.members.push_back({Kind::promote, node});
        ++come;
        const auto* progress = leader.progress(node);
        const LogIndex match = progress == nullptr ? LogIndex{} : progress->match();
        if (match + kMostBehind < leader.commit()) all_caught_up = false;
    }
    for (const NodeId node : wish.learners) {
        if (now.decides(node)) {
            votes.members.push_back({Kind::demote, node});
            ++go;
        } else if (!now.contains(node)) {
            join.members.push_back({Kind::add_learner, node});
        }
    }
    for (const NodeId node : wish.gone) {
        if (!now.contains(node)) continue;
        votes.members.push_back({Kind::remove, node});
        go += now.decides(node) ? 1U : 0U;
    }
    if (!join.members.empty()) return join;
    if (!all_caught_up) return Wait{};
    if (votes.members.empty()) return Fulfilled{};
    if (go > come && now.voters.size() + come < wish.voters_min + go) return Wait{};
    return votes;
}

std::optional<MembershipWish> draw_wish(const Configuration& from,
                                        const std::vector<NodeId>& nodes, Random& random) {
    std::vector<NodeId> strangers;
    std::vector<NodeId> learners;
    std::vector<NodeId> voters;
    for (const NodeId node : nodes) {
        (is_in(from.voters, node) ? voters
         : from.contains(node)    ? learners
                                  : strangers)
            .push_back(node);
    }
    std::vector<NodeId> others = strangers;
    others.insert(others.end(), learners.begin(), learners.end());
    std::sort(others.begin(), others.end());

    enum class Shape : std::uint8_t { add, learn, promote, drop_learner, demote, remove, replace };
    std::vector<Shape> legal;
    const auto allow = [&legal](bool possible, Shape shape) {
        if (possible) legal.push_back(shape);
    };
    allow(!strangers.empty(), Shape::add);
    allow(!strangers.empty(), Shape::learn);
    allow(!learners.empty(), Shape::promote);
    allow(!learners.empty(), Shape::drop_learner);
    allow(!voters.empty() && from.voters.size() > kFewestVoters, Shape::demote);
    allow(!voters.empty() && from.voters.size() > kFewestVoters, Shape::remove);
    allow(!voters.empty() && !others.empty(), Shape::replace);
    if (legal.empty()) return std::nullopt;

    MembershipWish wish;
    wish.voters_min = kFewestVoters;
    const auto shape = legal[static_cast<std::size_t>(random.below(legal.size()))];
    const std::uint64_t phase = random.below(8);
    if (phase < 2) wish.joint = JointPhase::always;
    if (phase == 2) wish.joint = JointPhase::until_left;
    const std::size_t most = std::min({voters.size(), others.size(), std::size_t{2}});
    const auto one_of = [&random](const std::vector<NodeId>& set) { return draw(set, 1, random); };
    switch (shape) {
        case Shape::add: wish.voters = one_of(strangers); break;
        case Shape::learn: wish.learners = one_of(strangers); break;
        case Shape::promote: wish.voters = one_of(learners); break;
        case Shape::drop_learner: wish.gone = one_of(learners); break;
        case Shape::demote: wish.learners = one_of(voters); break;
        case Shape::remove: wish.gone = one_of(voters); break;
        case Shape::replace: {
            const auto count = static_cast<std::size_t>(1 + random.below(most));
            wish.voters = draw(others, count, random);
            wish.gone = draw(voters, count, random);
            break;
        }
    }
    return wish;
}

void Operator::begin(FaultId action, const MembershipChange& change,
                     const std::vector<NodeId>& nodes, const Random& random) {
    using Wish = MembershipChange::Wish;
    MembershipWish wish;
    bool drawn = false;
    switch (change.wish) {
        case Wish::add: wish.voters = nodes; break;
        case Wish::learn:
        case Wish::demote: wish.learners = nodes; break;
        case Wish::remove: wish.gone = nodes; break;
        case Wish::replace:
            wish.voters = change.by;
            wish.gone = nodes;
            break;
        case Wish::draw: drawn = true; break;
    }
    actions_.emplace(action.value,
                     Action{nodes, drawn ? std::nullopt : std::optional(wish), random});
    attempt(action);
}

void Operator::on_event(Instant, const Event& event) { attempt(FaultId{event.a}); }

void Operator::attempt(FaultId id) {
    const auto action = actions_.find(id.value);
    if (action == actions_.end()) return;
    if (pursue(id, action->second)) {
        actions_.erase(action);
    } else {
        queue_.push(queue_.now() + kPatience, {this, 0, id.value, 0});
    }
}

bool Operator::pursue(FaultId id, Action& action) {
    const auto found = fleet_.leader();
    if (!found) return false;
    NodeHost& host = fleet_.node(*found);
    const Raft& leader = host.node()->raft();
    if (!action.wish) {
        action.wish = draw_wish(leader.membership().active(), action.nodes, action.random);
        if (!action.wish) return true;
    }
    const NextStep step = next_step(*action.wish, leader);
    if (std::holds_alternative<Fulfilled>(step)) return true;
    bool accepted = false;
    if (const auto* change = std::get_if<ConfigurationChange>(&step)) {
        accepted = host.change(*change);
    } else if (std::holds_alternative<LeaveJoint>(step)) {
        accepted = host.leave_joint();
    }
    if (accepted) receipts_.effect(queue_.now(), id, FaultEffect::change_accepted);
    return false;
}

}  // namespace shaketable
