// SPDX-License-Identifier: MIT
//
// A Raft group in each site: they elect leaders of their own, and are watched apart.
#include <set>

#include "sim/run/world.hpp"
#include "tests/catch.hpp"
#include "tests/run/drill.hpp"

namespace {

using namespace shaketable;
using novacron::seconds;

Scenario two_sites() {
    Scenario scenario = test::quiet_drill(6);
    for (std::size_t i = 0; i < 6; ++i) scenario.nodes[i].site = i < 3 ? "here" : "there";
    scenario.replication.emplace();
    scenario.replication->sites = {"here", "there"};
    scenario.replication->options.primary = SiteId{0};
    scenario.duration = seconds(10);
    scenario.workloads.clear();
    return scenario;
}

void run_to_end(World& world) {
    world.start();
    world.do_events(world.run_end() + Duration{1}, world.run_end());
    world.finished = true;
}

TEST_CASE("groups: each site's nodes elect a leader among themselves") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        World world(two_sites(), seed);
        run_to_end(world);
        REQUIRE(world.groups.size() == 2);
        std::set<std::uint32_t> leaders;
        for (const auto& group : world.groups) {
            const auto leader = world.fleet.leader_among(NodeSet::of(group->nodes));
            REQUIRE(leader);
            leaders.insert(leader->value);
            REQUIRE(group->health.healthy());
            REQUIRE(group->leadership.elected_since(Instant{}) >= 1);
        }
        REQUIRE(*leaders.begin() < 3);
        REQUIRE(*leaders.rbegin() >= 3);
        REQUIRE(world.findings.kept().empty());
    }
}

TEST_CASE("groups: the loss of one is not noticed in the other") {
    Scenario scenario = two_sites();
    Selector here;
    here.among = {NodeId{0}, NodeId{1}, NodeId{2}};
    scenario.faults = {test::fault("dark", "zone.loss", PowerLoss{}, here, seconds(3), seconds(6))};
    World world(scenario, 1);
    run_to_end(world);
    REQUIRE(world.group_of(NodeId{5}).leadership.elected_since(Instant{} + seconds(3)) == 0);
    REQUIRE(world.group_of(NodeId{0}).leadership.elected_since(Instant{} + seconds(6)) >= 1);
    REQUIRE(world.fleet.leader_among(NodeSet::of({NodeId{0}, NodeId{1}, NodeId{2}})));
    REQUIRE(world.findings.kept().empty());
}

TEST_CASE("groups: two leaders of one term in what is watched as one group are a finding") {
    World world(two_sites(), 1);
    Findings findings;
    std::vector<NodeId> all;
    for (std::uint32_t i = 0; i < 6; ++i) all.push_back(NodeId{i});
    const Group together({all, all, world.node_names(), novacron::milliseconds(300), Instant{}},
                         world.record, findings);
    run_to_end(world);
    REQUIRE(!findings.kept().empty());
}

TEST_CASE("groups: a renewed one is watched by another, from then on") {
    World world(two_sites(), 1);
    const Group* before = world.groups[1].get();
    world.start();
    world.do_events(Instant{} + seconds(2), Instant{} + seconds(2));
    const auto elected = before->leadership.elected_since(Instant{});
    world.renew_group(1);
    REQUIRE(world.retired.front().get() == before);
    REQUIRE(world.groups[1]->nodes == before->nodes);
    REQUIRE(world.groups[1]->leadership.elected_since(Instant{}) == 0);
    REQUIRE(before->leadership.elected_since(Instant{}) == elected);
    REQUIRE_THROWS_AS(World(test::quiet_drill(3), 1).renew_group(0), novacron::BugError);
}

}  // namespace
