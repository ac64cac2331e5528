// SPDX-License-Identifier: MIT
//
// Who belongs to a group, in a few words: sets of nodes as bits.
//
// A run has at most 99 nodes, so that a set is two words, and who decides by majority is known by
// counting bits. What novacron::raft::Configuration says of a joint phase is here as well, but for
// who becomes a learner at its end: until then those are outgoing voters.
//
// Invariants: (1) two quorums of one configuration share a node. (2) where nobody votes nobody is a
//                 quorum.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/id.hpp"

namespace shaketable {

// Node i is bit i of `low`, node 64 + i is bit i of `high`.
struct NodeSet {
    std::uint64_t low = 0;
    std::uint64_t high = 0;

    static NodeSet of(const std::vector<novacron::NodeId>& nodes) {
        NodeSet set;
        for (const novacron::NodeId node : nodes) set.add(node);
        return set;
    }
    // The nodes 0 .. count - 1.
    static NodeSet first(std::uint32_t count) {
        NodeSet set;
        for (std::uint32_t i = 0; i < count; ++i) set.add(novacron::NodeId{i});
        return set;
    }

    // REQUIRES: the node's number is below 128.
    void add(novacron::NodeId node) { (node.value < 64 ? low : high) |= bit(node); }
    bool contains(novacron::NodeId node) const {
        return node.value < 128 && ((node.value < 64 ? low : high) & bit(node)) != 0;
    }
    std::size_t size() const {
        return static_cast<std::size_t>(std::popcount(low) + std::popcount(high));
    }
    bool empty() const { return (low | high) == 0; }

    friend NodeSet operator&(NodeSet a, NodeSet b) { return {a.low & b.low, a.high & b.high}; }
    friend NodeSet operator|(NodeSet a, NodeSet b) { return {a.low | b.low, a.high | b.high}; }
    friend NodeSet operator-(NodeSet a, NodeSet b) { return {a.low & ~b.low, a.high & ~b.high}; }
    friend bool operator==(NodeSet, NodeSet) = default;

private:
    static std::uint64_t bit(novacron::NodeId node) { return std::uint64_t{1} << node.value % 64; }
};

struct MemberSets {
    NodeSet voters;
    NodeSet outgoing;  // the voters before; none outside of a joint phase
    NodeSet learners;
    bool auto_leave = false;  // the joint phase is to end by itself

    bool is_joint() const { return !outgoing.empty(); }
    NodeSet all() const { return voters | outgoing | learners; }
    bool contains(novacron::NodeId node) const { return all().contains(node); }
    bool decides(novacron::NodeId node) const { return (voters | outgoing).contains(node); }
    // Whether these are a quorum, and perhaps more.
    bool has_quorum(NodeSet nodes) const {
        return is_majority(nodes, voters) && (!is_joint() || is_majority(nodes, outgoing));
    }
    friend bool operator==(const MemberSets&, const MemberSets&) = default;

private:
    static bool is_majority(NodeSet nodes, NodeSet of) {
        return (nodes & of).size() > of.size() / 2;
    }
};

// Whether each quorum of one shares a node with each quorum of the other: some part of the one and
// some part of the other have no disjoint majorities. A majority has size / 2 + 1 nodes, as many of
// them as there are outside of what both have in common.
inline bool quorums_meet(const MemberSets& a, const MemberSets& b) {
    const auto meet = [](NodeSet x, NodeSet y) {
        if (x.empty() || y.empty()) return false;
        const auto in_common = [](NodeSet of, NodeSet other) {
            const std::size_t own = (of - other).size();
            const std::size_t majority = of.size() / 2 + 1;
            return majority > own ? majority - own : 0;
        };
        return in_common(x, y) + in_common(y, x) > (x & y).size();
    };
    return meet(a.voters, b.voters) || meet(a.voters, b.outgoing) || meet(a.outgoing, b.voters) ||
           meet(a.outgoing, b.outgoing);
}

}  // namespace shaketable
