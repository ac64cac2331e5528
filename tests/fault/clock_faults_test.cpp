// SPDX-License-Identifier: MIT
//
// Clocks that stand still, and wall clocks that jump.
#include <algorithm>

#include "tests/catch.hpp"
#include "tests/fault/struck.hpp"

namespace {

using namespace shaketable;
using namespace shaketable::test;
using novacron::milliseconds;
using novacron::seconds;

// What nodes and clients do, without what is said of faults and wall clocks.
std::vector<std::pair<Instant, Fact>> deeds(const Struck& struck) {
    std::vector<std::pair<Instant, Fact>> kept = struck.small.facts;
    std::erase_if(kept, [](const auto& entry) {
        const Fact& fact = entry.second;
        return std::holds_alternative<FaultStarted>(fact) ||
               std::holds_alternative<FaultEnded>(fact) ||
               std::holds_alternative<FaultObserved>(fact) ||
               std::holds_alternative<WallClockSet>(fact);
    });
    return kept;
}
std::vector<std::string> texts(const std::vector<std::pair<Instant, Fact>>& facts) {
    std::vector<std::string> all;
    for (const auto& [at, fact] : facts) all.push_back(std::to_string(at.ns) + text_of(fact));
    return all;
}

}  // namespace

TEST_CASE("clock faults: a leader whose clock stands still is replaced, and falls in line") {
    // Its clients can't reach it: what they write would be as good as heartbeats.
    Struck struck({planned(ClockFreeze{}, role(Selector::Role::leader)),
                   partition({role(Selector::Role::leader), clients()},
                             Partition::Direction::both)});
    struck.run_until_s(3);
    const NodeId frozen = struck.injector.hit(0)[0].nodes.at(0);
    struck.run_until_s(5);
    REQUIRE(struck.small.fleet.leader().has_value());
    REQUIRE(struck.small.fleet.leader() != frozen);
    REQUIRE(struck.small.fleet.node(frozen).running());
    REQUIRE(struck.effects().at(0) == FaultEffect::clock_frozen);
    struck.run_until_s(20);
    REQUIRE(struck.small.fleet.node(frozen).node()->raft().leader() ==
            struck.small.fleet.leader().value());
}

TEST_CASE("clock faults: a node whose clock stands still never stands for election") {
    // All but one follower are gone, and that one has no deadlines.
    Struck struck({planned(ClockFreeze{}, role(Selector::Role::follower)),
                   planned(NodeCrash{}, role(Selector::Role::leader))});
    struck.run_until(at_s(6) - Duration{1});
    for (const auto& [at, fact] : struck.small.all<RoleChanged>()) {
        if (at < at_s(3)) continue;
        REQUIRE(fact.role != novacron::raft::Role::candidate);
        REQUIRE(fact.role != novacron::raft::Role::pre_candidate);
    }
    REQUIRE_FALSE(struck.small.fleet.leader().has_value());
    struck.run_until_s(8);  // all go on from where they stood
    REQUIRE(struck.small.fleet.leader().has_value());
}

TEST_CASE("clock faults: of two freezes the longer one counts") {
    PlannedFault second = planned(ClockFreeze{}, nodes({NodeId{1}}));
    second.start = at_s(4);
    second.end = at_s(9);
    Struck struck({planned(ClockFreeze{}, nodes({NodeId{1}})), second});
    struck.run_until_s(3);
    const Instant shown = struck.small.fleet.node(NodeId{1}).wall_now();
    struck.run_until(at_s(9) - Duration{1});
    REQUIRE(struck.small.fleet.node(NodeId{1}).wall_now() == shown);
    struck.run_until_s(10);
    REQUIRE(struck.small.fleet.node(NodeId{1}).wall_now() == shown + seconds(1));
}

TEST_CASE("clock faults: a wall clock jumps and comes back, and its own clock does not") {
    Struck struck({planned(ClockStep{seconds(-3600)}, nodes({NodeId{2}}))});
    struck.run_until_s(4);
    const NodeHost& host = struck.small.fleet.node(NodeId{2});
    REQUIRE(host.wall_now() == at_s(4 - 3600));
    REQUIRE(struck.small.fleet.node(NodeId{1}).wall_now() == at_s(4));
    struck.run_until_s(8);
    REQUIRE(host.wall_now() == at_s(8));
    const auto set = struck.small.all<WallClockSet>();
    REQUIRE(set.size() == 2);
    REQUIRE(set[0].first == at_s(3));
    REQUIRE(set[0].second.node == NodeId{2});
    REQUIRE(set[0].second.shows == at_s(3 - 3600));
    REQUIRE(set[1].second.shows == at_s(6));
    REQUIRE(struck.effects() == std::vector{FaultEffect::wall_clock_set});
}

TEST_CASE("clock faults: a smeared wall clock moves a little at a time") {
    Struck struck({planned(ClockSmear{seconds(1), seconds(2)}, everybody())});
    struck.run_until_s(4);
    REQUIRE(struck.small.fleet.node(NodeId{0}).wall_now() == at_s(4) + milliseconds(500));
    struck.run_until_s(5);
    REQUIRE(struck.small.fleet.node(NodeId{0}).wall_now() == at_s(6));
    struck.run_until_s(7);
    REQUIRE(struck.small.fleet.node(NodeId{0}).wall_now() == at_s(7));
    REQUIRE(struck.effects() == std::vector{FaultEffect::wall_clock_smeared});
}

TEST_CASE("clock faults: whatever wall clocks show, everybody does what they do anyway") {
    Struck calm({});
    calm.run_until_s(10);
    const auto expected = texts(deeds(calm));
    for (const FaultKind& kind :
         {FaultKind{ClockStep{seconds(86'400)}}, FaultKind{ClockStep{seconds(-86'400)}},
          FaultKind{ClockSmear{seconds(-30), seconds(3)}}}) {
        Struck struck({planned(kind, everybody()), planned(kind, role(Selector::Role::leader), 2)});
        struck.run_until_s(10);
        REQUIRE(struck.small.all<WallClockSet>().size() == 12);
        REQUIRE(texts(deeds(struck)) == expected);
    }
}
