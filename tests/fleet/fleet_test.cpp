// SPDX-License-Identifier: MIT
#include "sim/fleet/fleet.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "core/base/check.hpp"
#include "tests/catch.hpp"
#include "tests/fleet/small_fleet.hpp"

namespace {

using namespace shaketable;
using novacron::BugError;
using novacron::milliseconds;
using novacron::seconds;
using test::SmallFleet;

}  // namespace

TEST_CASE("fleet: all nodes start at once and elect a leader, whom clients find") {
    SmallFleet small;
    small.fleet.start();
    REQUIRE(small.all<NodeStarted>().size() == 3);
    REQUIRE_FALSE(small.fleet.leader().has_value());
    small.run_for(seconds(2));
    REQUIRE(small.fleet.leader().has_value());
    REQUIRE(small.acknowledged() > 50);
    REQUIRE(small.fleet.node_count() == 3);
    REQUIRE(small.fleet.host_count() == 5);
}

TEST_CASE("fleet: workloads share the count of operations") {
    SmallFleet small;
    small.fleet.start();
    small.run_for(seconds(1));
    std::set<std::uint32_t> workloads;
    std::uint64_t expected = 0;
    for (const auto& [at, fact] : small.all<OperationIssued>()) {
        REQUIRE(fact.operation.value == ++expected);
        workloads.insert(fact.workload);
    }
    REQUIRE(workloads.size() == 2);
}

TEST_CASE("fleet: after the leader's crash there is none, until another is elected") {
    SmallFleet small;
    const NodeId first = small.start_and_lead();
    small.fleet.hold_down(first, StopCause::crash);
    REQUIRE_FALSE(small.fleet.leader().has_value());
    small.run_for(seconds(1));
    REQUIRE(small.fleet.leader().has_value());
    REQUIRE(small.fleet.leader() != first);
}

TEST_CASE("fleet: of two that believe to lead, the one of the later term is the leader") {
    SmallFleet small;
    const NodeId first = small.start_and_lead();
    small.fleet.hold_paused(first);
    small.run_for(seconds(1));
    REQUIRE(small.fleet.node(first).node()->raft().role() == novacron::raft::Role::leader);
    REQUIRE(small.fleet.leader().has_value());
    REQUIRE(small.fleet.leader() != first);
}

TEST_CASE("fleet: a node that two faults hold down starts when the second lets go") {
    SmallFleet small;
    small.start_and_lead();
    small.fleet.hold_down(NodeId{1}, StopCause::crash);
    small.fleet.hold_down(NodeId{1}, StopCause::crash);
    small.fleet.let_up(NodeId{1});
    small.run_for(seconds(5));
    REQUIRE_FALSE(small.fleet.node(NodeId{1}).running());
    small.fleet.let_up(NodeId{1});
    const Instant let_up = small.queue.now();
    small.run_for(seconds(5));
    REQUIRE(small.fleet.node(NodeId{1}).running());
    REQUIRE(small.all<NodeStarted>().back().first == let_up + milliseconds(500));
}

TEST_CASE("fleet: power that fails on a crashed node comes back before it starts") {
    SmallFleet small;
    small.start_and_lead();
    small.fleet.hold_down(NodeId{1}, StopCause::crash);
    small.fleet.hold_down(NodeId{1}, StopCause::power_loss);
    small.fleet.let_up(NodeId{1});
    small.run_for(seconds(1));
    REQUIRE_FALSE(small.fleet.node(NodeId{1}).running());
    small.fleet.let_up(NodeId{1});
    small.run_for(seconds(1));
    REQUIRE(small.fleet.node(NodeId{1}).running());
    REQUIRE(small.all<NodeStopped>().size() == 1);
}

TEST_CASE("fleet: a node struck while it starts is started anew when it is let up") {
    SmallFleet small;
    small.start_and_lead();
    small.fleet.hold_down(NodeId{1}, StopCause::crash);
    small.fleet.let_up(NodeId{1});
    small.run_for(milliseconds(200));
    small.fleet.hold_down(NodeId{1}, StopCause::power_loss);
    small.run_for(seconds(2));
    REQUIRE_FALSE(small.fleet.node(NodeId{1}).running());
    small.fleet.let_up(NodeId{1});
    small.run_for(seconds(2));
    REQUIRE(small.fleet.node(NodeId{1}).running());
    REQUIRE(small.all<NodeStarted>().size() == 4);
}

TEST_CASE("fleet: a node that two faults pause goes on when the second lets go") {
    SmallFleet small;
    small.start_and_lead();
    small.fleet.hold_paused(NodeId{2});
    small.fleet.hold_paused(NodeId{2});
    small.fleet.let_go_on(NodeId{2});
    REQUIRE(small.fleet.node(NodeId{2}).paused());
    small.fleet.let_go_on(NodeId{2});
    REQUIRE_FALSE(small.fleet.node(NodeId{2}).paused());
}

TEST_CASE("fleet: a pause dies with the process, and its end finds nothing to resume") {
    SmallFleet small;
    small.start_and_lead();
    small.fleet.hold_paused(NodeId{2});
    small.fleet.hold_down(NodeId{2}, StopCause::crash);
    small.fleet.let_up(NodeId{2});
    small.run_for(seconds(2));
    REQUIRE(small.fleet.node(NodeId{2}).running());
    REQUIRE_FALSE(small.fleet.node(NodeId{2}).paused());
    small.fleet.let_go_on(NodeId{2});
    REQUIRE(small.all<NodeResumed>().empty());
}

TEST_CASE("fleet: nobody lets go of a node that nothing holds") {
    SmallFleet small;
    REQUIRE_THROWS_AS(small.fleet.let_up(NodeId{0}), BugError);
    REQUIRE_THROWS_AS(small.fleet.let_go_on(NodeId{0}), BugError);
}

TEST_CASE("fleet: writes acknowledged before the leader's power was cut are still there") {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        INFO("seed " << seed);
        SmallFleet small(seed);
        const NodeId first = small.start_and_lead();
        std::set<std::uint64_t> acknowledged;
        for (const auto& [at, fact] : small.all<OperationEnded>()) {
            if (fact.outcome == Outcome::acknowledged && fact.kind == OperationKind::write) {
                acknowledged.insert(fact.content);
            }
        }
        small.fleet.hold_down(first, StopCause::power_loss);
        small.run_for(seconds(2));
        const NodeId second = small.fleet.leader().value();
        const auto& raft = small.fleet.node(second).node()->raft();
        for (std::uint64_t i = 1; i <= raft.commit().value; ++i) {
            acknowledged.erase(raft.log().entry(LogIndex{i}).data.digest());
        }
        REQUIRE(acknowledged.empty());
    }
}
