// SPDX-License-Identifier: MIT
//
// Who was what, and when: the history of each node as adjoining spans of time.
//
// Intuition: the lanes of an incident's timeline. A node is down until it starts; then it has a
// role of Raft, or is paused; what it is holds until the next span of the same node begins.
//
// Invariants: (1) a node's first span starts at the run's start; its spans are in the order of
//                 their starts, and each differs from the one before.
//             (2) no span is empty: of what changes twice at one instant, the last holds.
// A follower's term is the one in which its span began; it may have seen later ones.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "sim/record/record.hpp"

namespace shaketable {

// The order is that of novacron::raft::Role, then what is none.
enum class Standing : std::uint8_t { follower, pre_candidate, candidate, leader, paused, down };
constexpr std::array<std::string_view, 6> kStandingNames = {"follower", "pre-candidate",
                                                            "candidate", "leader",
                                                            "paused", "down"};

struct RoleSpan {
    Instant start;
    Standing standing = Standing::down;
    Term term;  // 0 of a node that has never started
};

class RoleHistory final
    : public ListensTo<NodeStarted, NodeStopped, NodePaused, NodeResumed, RoleChanged> {
public:
    RoleHistory(Record& record, std::size_t nodes);

    // By number of node.
    const std::vector<std::vector<RoleSpan>>& nodes() const { return nodes_; }

private:
    void on(Instant at, const NodeStarted& fact) override;
    void on(Instant at, const NodeStopped& fact) override;
    void on(Instant at, const NodePaused& fact) override;
    void on(Instant at, const NodeResumed& fact) override;
    void on(Instant at, const RoleChanged& fact) override;
    void enter(NodeId node, const RoleSpan& span);

    std::vector<std::vector<RoleSpan>> nodes_;
    std::vector<RoleSpan> before_pause_;  // by number of node
};

}  // namespace shaketable
