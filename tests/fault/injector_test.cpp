// SPDX-License-Identifier: MIT
//
// Whom faults hit, what they do while they act, and that they let go.
#include "sim/fault/injector.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/catch.hpp"
#include "tests/fault/struck.hpp"

namespace {

using namespace shaketable;
using namespace shaketable::test;
using novacron::milliseconds;

}  // namespace

TEST_CASE("injector: a fault acts from its start to its end, and both are facts") {
    Struck struck({planned(NodeCrash{}, nodes({NodeId{1}}))});
    struck.run_until_s(8);
    REQUIRE(struck.small.all<FaultStarted>()[0].first == at_s(3));
    REQUIRE(struck.small.all<FaultEnded>()[0].first == at_s(6));
    const auto stopped = struck.small.all<NodeStopped>();
    REQUIRE(stopped.size() == 1);
    REQUIRE(stopped[0].first == at_s(3));
    REQUIRE(stopped[0].second.node == NodeId{1});
    REQUIRE(struck.small.all<NodeStarted>().back().first == at_s(6) + milliseconds(500));
    REQUIRE(struck.effects() == std::vector{FaultEffect::node_stopped});
}

TEST_CASE("injector: nobody is hit before the strike") {
    Struck struck({planned(NodeCrash{}, nodes({NodeId{1}}))});
    struck.run_until_s(2);
    REQUIRE(struck.injector.hit(0).empty());
    struck.run_until_s(3);
    REQUIRE(struck.injector.hit(0).size() == 1);
    REQUIRE(struck.injector.hit(0)[0].nodes == Nodes{NodeId{1}});
}

TEST_CASE("injector: a permanent fault is never lifted") {
    PlannedFault forever = planned(PowerLoss{}, nodes({NodeId{1}}));
    forever.end.reset();
    Struck struck({forever});
    struck.run_until_s(60);
    REQUIRE_FALSE(struck.small.fleet.node(NodeId{1}).running());
    REQUIRE(struck.small.all<FaultEnded>().empty());
    REQUIRE(struck.small.all<NodeStopped>()[0].second.cause == StopCause::power_loss);
}

TEST_CASE("injector: a fault that ends when it starts strikes first and then lets go") {
    PlannedFault blink = planned(NodeCrash{}, nodes({NodeId{1}}));
    blink.end = blink.start;
    Struck struck({blink});
    struck.run_until_s(5);
    REQUIRE(struck.small.all<NodeStopped>().size() == 1);
    REQUIRE(struck.small.fleet.node(NodeId{1}).running());
}

TEST_CASE("injector: the leader is whoever leads when the fault strikes") {
    PlannedFault first = planned(NodeCrash{}, role(Selector::Role::leader));
    PlannedFault second = first;
    second.start = at_s(5);
    first.end = at_s(10);
    second.end = at_s(10);
    Struck struck({first, second});
    struck.run_until_s(7);
    const auto& one = struck.injector.hit(0)[0].nodes;
    const auto& other = struck.injector.hit(1)[0].nodes;
    REQUIRE(one.size() == 1);
    REQUIRE(other.size() == 1);
    REQUIRE(one != other);
    REQUIRE(struck.small.fleet.leader().has_value());  // three of five are left
}

TEST_CASE("injector: followers are those that run and do not lead") {
    PlannedFault down = planned(NodeCrash{}, nodes({NodeId{0}}));
    down.start = at_s(2);
    Struck struck({down, planned(NodePause{}, role(Selector::Role::follower))});
    struck.run_until_s(2);
    struck.run_until_s(3);
    const NodeId leader = struck.small.fleet.leader().value();
    Nodes expected;
    for (std::uint32_t i = 1; i < kNodes; ++i) {
        if (NodeId{i} != leader) expected.push_back(NodeId{i});
    }
    REQUIRE(struck.injector.hit(1)[0].nodes == expected);
}

TEST_CASE("injector: a fault that finds nobody strikes nobody and leaves no receipt") {
    PlannedFault early = planned(NodeCrash{}, role(Selector::Role::leader));
    early.start = Instant{} + milliseconds(1);
    early.end = at_s(1);
    Struck struck({early, planned(NodeCrash{}, Selector{})});
    struck.run_until_s(8);
    REQUIRE(struck.injector.hit(0)[0].nodes.empty());
    REQUIRE(struck.injector.hit(1)[0].nodes.empty());
    REQUIRE(struck.effects().empty());
    REQUIRE(struck.small.all<NodeStopped>().empty());
    REQUIRE(struck.small.all<FaultStarted>().size() == 2);
    REQUIRE(struck.small.all<FaultEnded>().size() == 2);
}

TEST_CASE("injector: a fault that strikes only the dead leaves no receipt") {
    PlannedFault again = planned(NodeCrash{}, nodes({NodeId{1}}));
    again.start = at_s(4);
    again.end = at_s(5);
    Struck struck({planned(NodeCrash{}, nodes({NodeId{1}})), again});
    struck.run_until_s(7);
    const auto observed = struck.small.all<FaultObserved>();
    REQUIRE(observed.size() == 1);
    REQUIRE(observed[0].second.fault == FaultId{0});
    // Down until the first fault, which holds it longer, has ended.
    REQUIRE(struck.small.all<NodeStarted>().back().first == at_s(6) + milliseconds(500));
}

TEST_CASE("injector: a pick takes so many, each as likely as the other") {
    std::map<NodeId, int> picked;
    constexpr int kStreams = 300;
    for (std::uint64_t stream = 1; stream <= kStreams; ++stream) {
        PlannedFault fault = planned(NodeCrash{}, pick(2), stream);
        fault.start = Instant{} + milliseconds(1);
        Struck struck({fault});
        struck.run_until(Instant{} + milliseconds(2));
        const Nodes& hit = struck.injector.hit(0)[0].nodes;
        REQUIRE(hit.size() == 2);
        REQUIRE(hit[0] < hit[1]);
        for (const NodeId node : hit) ++picked[node];
    }
    for (const auto& [node, count] : picked) {
        // Two of five: a mean of 0.4 n with a standard deviation of sqrt(0.24 n).
        REQUIRE(std::abs(count - 0.4 * kStreams) <= 4 * std::sqrt(0.24 * kStreams));
    }
    REQUIRE(picked.size() == kNodes);
}

TEST_CASE("injector: a pick of more than there are takes all") {
    Selector some = nodes({NodeId{1}, NodeId{3}});
    some.pick = 4;
    Struck struck({planned(NodePause{}, some)});
    struck.run_until_s(3);
    REQUIRE(struck.injector.hit(0)[0].nodes == Nodes{NodeId{1}, NodeId{3}});
}

TEST_CASE("injector: whom a fault picks does not hang on other faults") {
    for (std::uint64_t stream = 1; stream <= 10; ++stream) {
        const PlannedFault fault = planned(NodePause{}, pick(2), stream);
        PlannedFault before = planned(NodePause{}, pick(3), stream + 100);
        before.start = at_s(2);
        Struck alone({fault});
        Struck second({before, fault});
        alone.run_until_s(3);
        second.run_until_s(3);
        REQUIRE(alone.injector.hit(0)[0].nodes == second.injector.hit(1)[0].nodes);
    }
}

TEST_CASE("injector: a partition cuts its groups apart in both directions") {
    const Nodes left = {NodeId{0}, NodeId{1}};
    Struck struck({partition({nodes(left), others()}, Partition::Direction::both)});
    struck.run_until_s(8);
    REQUIRE(struck.injector.hit(0)[1].nodes == Nodes{NodeId{2}, NodeId{3}, NodeId{4}});
    std::set<bool> directions;
    for (const auto& [from, to] : struck.partitioned()) {
        REQUIRE(is_node(from));  // clients are in no group
        REQUIRE(is_node(to));
        REQUIRE((from.value < 2) != (to.value < 2));
        directions.insert(from.value < 2);
    }
    REQUIRE(directions.size() == 2);
    REQUIRE(struck.effects() == std::vector{FaultEffect::packet_dropped});
    for (const auto& [at, drop] : struck.small.all<PacketDropped>()) {
        if (drop.cause != DropCause::partition) continue;
        REQUIRE(at >= at_s(3));
        REQUIRE(at < at_s(6));
    }
}

TEST_CASE("injector: a one-way partition cuts one way") {
    for (const auto direction : {Partition::Direction::outward, Partition::Direction::inward}) {
        Struck struck({partition({role(Selector::Role::leader), others()}, direction)});
        struck.run_until_s(8);
        const HostId leader{struck.injector.hit(0)[0].nodes.at(0).value};
        REQUIRE_FALSE(struck.partitioned().empty());
        for (const auto& [from, to] : struck.partitioned()) {
            const bool outward = direction == Partition::Direction::outward;
            REQUIRE((outward ? from : to) == leader);
            REQUIRE((outward ? to : from) != leader);
        }
    }
}

TEST_CASE("injector: of three groups each is cut off from the other two") {
    Struck struck({partition({nodes({NodeId{0}}), nodes({NodeId{1}}), others()},
                             Partition::Direction::both)});
    struck.run_until_s(6);
    for (const auto& [from, to] : struck.partitioned()) {
        REQUIRE((from.value < 2 || to.value < 2));
    }
    REQUIRE(struck.partitioned().contains({HostId{0}, HostId{1}}));
}

TEST_CASE("injector: clients can be cut off from the cluster") {
    Struck struck({partition({clients(), everybody()}, Partition::Direction::both)});
    struck.run_until_s(6);
    REQUIRE_FALSE(struck.partitioned().empty());
    for (const auto& [from, to] : struck.partitioned()) REQUIRE(is_node(from) != is_node(to));
    REQUIRE(struck.injector.hit(0)[0].clients);
    REQUIRE(struck.injector.hit(0)[0].nodes.empty());
}

TEST_CASE("injector: a group of all others leaves out whoever is in a group before or after it") {
    Struck struck({partition({others(), nodes({NodeId{4}})}, Partition::Direction::both)});
    struck.run_until_s(3);
    REQUIRE(struck.injector.hit(0)[0].nodes == Nodes{NodeId{0}, NodeId{1}, NodeId{2}, NodeId{3}});
}

TEST_CASE("injector: faults of the network touch what their target sends and receives") {
    const Selector target = nodes({NodeId{2}});
    Struck struck({planned(NetworkLoss{1}, target)});
    struck.run_until_s(8);
    std::set<bool> sides;
    for (const auto& [at, drop] : struck.small.all<PacketDropped>()) {
        REQUIRE(drop.cause == DropCause::loss);
        REQUIRE((drop.from == HostId{2} || drop.to == HostId{2}));
        REQUIRE(at >= at_s(3));
        REQUIRE(at < at_s(6));
        sides.insert(drop.from == HostId{2});
    }
    REQUIRE(sides.size() == 2);
    REQUIRE(struck.effects() == std::vector{FaultEffect::packet_dropped});
}

TEST_CASE("injector: each fault's first effect is what it is meant to do") {
    const auto effect_of = [](const FaultKind& kind) {
        Struck struck({planned(kind, everybody())});
        struck.run_until_s(8);
        const auto effects = struck.effects();
        return effects.size() == 1 ? std::optional(effects[0]) : std::nullopt;
    };
    const Constant time{milliseconds(30)};
    REQUIRE(effect_of(NodeCrash{}) == FaultEffect::node_stopped);
    REQUIRE(effect_of(PowerLoss{}) == FaultEffect::node_stopped);
    REQUIRE(effect_of(NodePause{}) == FaultEffect::node_paused);
    REQUIRE(effect_of(NetworkDelay{time}) == FaultEffect::packet_delayed);
    REQUIRE(effect_of(NetworkLoss{0.5}) == FaultEffect::packet_dropped);
    REQUIRE(effect_of(NetworkDuplicate{0.5}) == FaultEffect::packet_duplicated);
    REQUIRE(effect_of(NetworkReorder{0.5}) == FaultEffect::packet_reordered);
    REQUIRE(effect_of(DiskSlow{time}) == FaultEffect::sync_delayed);
    REQUIRE(effect_of(DiskStall{}) == FaultEffect::sync_delayed);
    REQUIRE(effect_of(DiskSyncIgnored{}) == FaultEffect::sync_ignored);
    REQUIRE(effect_of(DiskSyncError{}) == FaultEffect::sync_failed);
    REQUIRE(effect_of(DiskFull{64 << 10}) == FaultEffect::room_missed);
    REQUIRE(effect_of(LeadershipTransfer{}) == FaultEffect::hand_over_begun);
    REQUIRE(effect_of(ClockDrift{50'000}) == FaultEffect::clock_drifting);
    REQUIRE(effect_of(MembershipChange{MembershipChange::Wish::draw}) ==
            FaultEffect::change_accepted);
}

TEST_CASE("injector: who does not belong to the group is no follower") {
    PlannedFault remove =
        planned(MembershipChange{MembershipChange::Wish::remove}, role(Selector::Role::follower));
    remove.target.pick = 1;
    PlannedFault pause = planned(NodePause{}, role(Selector::Role::follower));
    pause.start = at_s(5);
    Struck struck({remove, pause});
    struck.run_until_s(6);
    const Nodes removed = struck.injector.hit(0).at(0).nodes;
    const Nodes paused = struck.injector.hit(1).at(0).nodes;
    REQUIRE(removed.size() == 1);
    REQUIRE(paused.size() == kNodes - 2);
    REQUIRE(std::find(paused.begin(), paused.end(), removed[0]) == paused.end());
}

TEST_CASE("injector: a hand-over makes the target lead at once, and without a target is none") {
    Struck struck({planned(LeadershipTransfer{}, everybody())});
    struck.run_until_s(2);
    const auto before = struck.small.fleet.leader();
    REQUIRE(before.has_value());
    struck.run_until_s(4);
    // Of all nodes, the first that does not lead.
    REQUIRE(struck.small.fleet.leader() == NodeId{*before == NodeId{0} ? 1U : 0U});

    Struck nobody({planned(LeadershipTransfer{}, role(Selector::Role::leader))});
    nobody.run_until_s(8);
    REQUIRE(nobody.effects().empty());
}

TEST_CASE("injector: once all faults have ended the cluster serves as before") {
    const Constant time{milliseconds(300)};
    const std::vector<FaultKind> kinds = {
        NodeCrash{},      PowerLoss{},         NodePause{},         NetworkDelay{time},
        NetworkLoss{0.9}, NetworkDuplicate{1}, NetworkReorder{0.9}, DiskSlow{time},
        DiskStall{},      DiskSyncIgnored{},   LeadershipTransfer{}, ClockDrift{100'000'000},
        DiskSyncError{},  DiskReadError{},     DiskFull{64 << 10}};
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        INFO("kind " << i);
        Struck struck({planned(kinds[i], pick(2))});
        struck.run_until_s(10);
        const std::size_t before = struck.small.acknowledged();
        struck.run_until_s(20);
        // 200 operations a second, less what is under way.
        REQUIRE(struck.small.acknowledged() - before > 1800);
        for (std::uint32_t n = 0; n < kNodes; ++n) {
            REQUIRE(struck.small.fleet.node(NodeId{n}).running());
            REQUIRE_FALSE(struck.small.fleet.node(NodeId{n}).paused());
        }
    }
}

TEST_CASE("injector: within tolerance nobody loses power while his disk holds a lie") {
    using Tolerance = RandomFaults::Tolerance;
    for (const Tolerance tolerance : {Tolerance::beyond, Tolerance::within}) {
        PlannedFault lie = planned(DiskSyncIgnored{}, nodes({NodeId{1}, NodeId{2}}));
        PlannedFault cut = planned(PowerLoss{}, nodes({NodeId{0}, NodeId{1}}));
        PlannedFault later = planned(PowerLoss{}, nodes({NodeId{1}, NodeId{2}}));
        cut.start = at_s(4);
        cut.end = at_s(5);
        later.start = at_s(7);  // the disks have been honest since second 6
        later.end = at_s(8);
        for (PlannedFault* fault : {&lie, &cut, &later}) fault->tolerance = tolerance;
        Struck struck({lie, cut, later});
        struck.run_until_s(9);
        const bool within = tolerance == Tolerance::within;
        REQUIRE(struck.injector.hit(0)[0].nodes == Nodes{NodeId{1}, NodeId{2}});
        REQUIRE(struck.injector.hit(1)[0].nodes ==
                (within ? Nodes{NodeId{0}} : Nodes{NodeId{0}, NodeId{1}}));
        REQUIRE(struck.injector.hit(2)[0].nodes == Nodes{NodeId{1}, NodeId{2}});
        for (std::uint32_t n = 0; n < kNodes; ++n) {
            REQUIRE((!within || struck.small.fleet.node(NodeId{n}).running()));
        }
    }
}

TEST_CASE("injector: within tolerance the disks of a minority rot, at most") {
    PlannedFault rot = planned(DiskBitRot{}, everybody());
    PlannedFault again = planned(DiskBitRot{}, nodes({NodeId{1}, NodeId{2}, NodeId{3}}));
    again.start = at_s(4);
    rot.tolerance = again.tolerance = RandomFaults::Tolerance::within;
    Struck struck({rot, again});
    struck.run_until_s(8);
    REQUIRE(struck.injector.hit(0)[0].nodes == Nodes{NodeId{0}, NodeId{1}});
    REQUIRE(struck.injector.hit(1)[0].nodes == Nodes{NodeId{1}});
    REQUIRE(struck.effects().empty());
}

TEST_CASE("injector: rot is found when its node starts, and keeps it down; others rot elsewhere") {
    Struck struck({planned(DiskBitRot{}, nodes({NodeId{1}, NodeId{2}})),
                   planned(NodeCrash{}, nodes({NodeId{1}, NodeId{2}}))});
    struck.run_until_s(8);
    for (const NodeId node : {NodeId{1}, NodeId{2}}) {
        REQUIRE_FALSE(struck.small.fleet.node(node).running());
        REQUIRE(struck.small.fleet.node(node).stop_messages().empty());
    }
    REQUIRE(struck.effects() ==
            std::vector{FaultEffect::node_stopped, FaultEffect::damage_found});
}
