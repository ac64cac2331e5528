// SPDX-License-Identifier: MIT
#include "core/raft/configuration.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include "core/base/little_endian.hpp"

namespace novacron::raft {
namespace {

constexpr std::byte kVersion{1};
constexpr std::size_t kFixedSize = 6;

using Nodes = std::vector<NodeId>;

bool is_in(const Nodes& nodes, NodeId node) {
    return std::binary_search(nodes.begin(), nodes.end(), node);
}
// Tells whether the node was not among them.
bool insert(Nodes& nodes, NodeId node) {
    const auto place = std::lower_bound(nodes.begin(), nodes.end(), node);
    if (place != nodes.end() && *place == node) return false;
    nodes.insert(place, node);
    return true;
}
// Tells whether the node was among them.
bool erase(Nodes& nodes, NodeId node) {
    const auto place = std::lower_bound(nodes.begin(), nodes.end(), node);
    if (place == nodes.end() || *place != node) return false;
    nodes.erase(place);
    return true;
}
Nodes united(const Nodes& a, const Nodes& b) {
    Nodes all;
    std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(all));
    return all;
}
Nodes without(const Nodes& a, const Nodes& b) {
    Nodes rest;
    std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(rest));
    return rest;
}
Nodes common(const Nodes& a, const Nodes& b) {
    Nodes both;
    std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
    return both;
}
bool is_list(const Nodes& nodes) {
    return nodes.size() <= kMaxVoters && (nodes.empty() || !nodes.back().is_none()) &&
           std::adjacent_find(nodes.begin(), nodes.end(), std::greater_equal<>()) == nodes.end();
}

// What the configuration becomes if the votes change at once; nothing if it may.
std::optional<ChangeRefusal> change_member(Configuration& configuration, MemberChange change) {
    using Kind = MemberChange::Kind;
    const NodeId node = change.node;
    if (node.is_none()) return ChangeRefusal::nothing_to_change;
    switch (change.kind) {
        case Kind::add_voter:
        case Kind::add_learner:
            if (configuration.contains(node)) return ChangeRefusal::already_member;
            insert(change.kind == Kind::add_voter ? configuration.voters : configuration.learners,
                   node);
            break;
        case Kind::promote:
            if (!erase(configuration.learners, node)) return ChangeRefusal::not_learner;
            insert(configuration.voters, node);
            break;
        case Kind::demote:
            if (!erase(configuration.voters, node)) return ChangeRefusal::not_voter;
            insert(configuration.learners, node);
            break;
        case Kind::remove:
            if (!erase(configuration.voters, node) && !erase(configuration.learners, node)) {
                return ChangeRefusal::not_member;
            }
            break;
    }
    return std::nullopt;
}

}  // namespace

bool Configuration::decides(NodeId node) const {
    return is_in(voters, node) || is_in(outgoing, node);
}

bool Configuration::contains(NodeId node) const { return decides(node) || is_in(learners, node); }

std::vector<NodeId> Configuration::members() const {
    return united(united(voters, outgoing), learners);
}

bool Configuration::is_valid() const {
    const Nodes deciding = united(voters, outgoing);
    return is_list(voters) && is_list(outgoing) && is_list(learners) && is_list(learners_next) &&
           (!voters.empty() || (outgoing.empty() && learners.empty())) &&
           common(learners, deciding).empty() &&
           without(learners_next, without(outgoing, voters)).empty() &&
           (!auto_leave || is_joint());
}

ChangeAnswer changed(const Configuration& from, const ConfigurationChange& change) {
    if (from.is_joint()) return ChangeRefusal::still_joint;
    if (change.members.empty()) return ChangeRefusal::nothing_to_change;
    Configuration to = from;
    Nodes named;
    for (const MemberChange& member : change.members) {
        if (!insert(named, member.node)) return ChangeRefusal::named_twice;
        if (const auto refusal = change_member(to, member)) return *refusal;
    }
    if (to.voters.empty()) return ChangeRefusal::no_voter_left;
    if (to.voters.size() > kMaxVoters || to.learners.size() > kMaxVoters) {
        return ChangeRefusal::too_many_members;
    }
    const std::size_t votes_changed =
        without(from.voters, to.voters).size() + without(to.voters, from.voters).size();
    if (change.joint == JointPhase::if_needed && votes_changed <= 1) return to;
    to.outgoing = from.voters;
    to.learners_next = common(to.learners, to.outgoing);
    to.learners = without(to.learners, to.outgoing);
    to.auto_leave = change.joint != JointPhase::until_left;
    return to;
}

ChangeAnswer left(const Configuration& joint) {
    if (!joint.is_joint()) return ChangeRefusal::not_joint;
    Configuration to;
    to.voters = joint.voters;
    to.learners = united(joint.learners, joint.learners_next);
    return to;
}

Bytes encode(const Configuration& configuration) {
    const std::array<const Nodes*, 4> lists = {&configuration.voters, &configuration.outgoing,
                                               &configuration.learners,
                                               &configuration.learners_next};
    std::vector<std::byte> bytes = {kVersion, std::byte{configuration.auto_leave}};
    for (const Nodes* list : lists) bytes.push_back(static_cast<std::byte>(list->size()));
    for (const Nodes* list : lists) {
        for (const NodeId node : *list) {
            bytes.resize(bytes.size() + sizeof node.value);
            store(&bytes[bytes.size() - sizeof node.value], node.value);
        }
    }
    return Bytes(bytes);
}

std::optional<Configuration> decode_configuration(std::span<const std::byte> bytes) {
    if (bytes.size() < kFixedSize || bytes[0] != kVersion || bytes[1] > std::byte{1}) {
        return std::nullopt;
    }
    Configuration configuration;
    configuration.auto_leave = bytes[1] == std::byte{1};
    const std::array<Nodes*, 4> lists = {&configuration.voters, &configuration.outgoing,
                                         &configuration.learners, &configuration.learners_next};
    std::size_t at = kFixedSize;
    for (std::size_t i = 0; i < lists.size(); ++i) {
        auto left = std::to_integer<std::size_t>(bytes[2 + i]);
        if ((bytes.size() - at) / sizeof(NodeId) < left) return std::nullopt;
        for (; left > 0; --left, at += sizeof(NodeId)) {
            lists[i]->push_back(NodeId{load<std::uint32_t>(&bytes[at])});
        }
    }
    if (at != bytes.size() || !configuration.is_valid()) return std::nullopt;
    return configuration;
}

}  // namespace novacron::raft
