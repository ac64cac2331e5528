// SPDX-License-Identifier: MIT
//
// Faults of processes, disks and hosts, as a schedule has them: whom they hit, when, and what is
// left of them.
#include "sim/fault/host_breaker.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "sim/fault/draw_host_faults.hpp"
#include "tests/catch.hpp"
#include "tests/fault/struck.hpp"

namespace {

using namespace shaketable;
using novacron::milliseconds;
using novacron::seconds;
using test::at_s;
using test::kNodes;
using test::Struck;
using Nodes = std::vector<NodeId>;

Selector all() {
    Selector everybody;
    for (std::uint32_t i = 0; i < kNodes; ++i) everybody.among.push_back(NodeId{i});
    return everybody;
}
Selector only(std::initializer_list<std::uint32_t> numbers) {
    Selector some;
    for (const std::uint32_t number : numbers) some.among.push_back(NodeId{number});
    return some;
}

// From second 3 to second 6, unless told otherwise: a leader is elected well before.
PlannedFault planned(const FaultKind& kind, const Selector& target, std::uint64_t stream = 1) {
    return {"fault", "word", kind, target, at_s(3), at_s(6), Random(stream), 0, false};
}

std::map<NodeId, Instant> stops_of(const Struck& struck) {
    std::map<NodeId, Instant> stops;
    for (const auto& [at, stop] : struck.small.all<NodeStopped>()) stops.emplace(stop.node, at);
    return stops;
}

}  // namespace

TEST_CASE("host breaker: each fault's first effect is what it is meant to do") {
    const auto effect_of = [](const FaultKind& kind) {
        Struck struck({planned(kind, all())});
        struck.run_until_s(8);
        const auto effects = struck.effects();
        return effects.size() == 1 ? std::optional(effects[0]) : std::nullopt;
    };
    CHECK(effect_of(NodeRestart{}) == FaultEffect::node_stopped);
    CHECK(effect_of(CrashLoop{seconds(1)}) == FaultEffect::node_stopped);
    CHECK(effect_of(KillAt{KillPoint::before_persist}) == FaultEffect::node_stopped);
    CHECK(effect_of(TornWrite{}) == FaultEffect::write_torn);
    CHECK(effect_of(WriteError{}) == FaultEffect::write_failed);
    CHECK(effect_of(DiskFailSlow{milliseconds(1), milliseconds(50)}) == FaultEffect::sync_delayed);
    CHECK(effect_of(LostDisk{}) == FaultEffect::node_stopped);
    CHECK(effect_of(CpuHog{milliseconds(1)}) == FaultEffect::processing_delayed);
    CHECK(effect_of(MemoryLeak{1, 2}) == FaultEffect::node_stopped);
    CHECK(effect_of(ConnectionLimit{0}) == FaultEffect::connection_refused);
    // Nobody notices before the process ends.
    CHECK_FALSE(effect_of(UnsyncedLoss{}));
    CHECK_FALSE(effect_of(MisdirectedWrite{}));
}

TEST_CASE("host breaker: once all faults have ended the cluster serves as before") {
    const std::vector<FaultKind> kinds = {
        NodeRestart{seconds(1)},      CrashLoop{milliseconds(300)},
        TornWrite{},                  UnsyncedLoss{},
        WriteError{},                 DiskFailSlow{milliseconds(1), milliseconds(300)},
        CpuHog{milliseconds(20)},     MemoryLeak{10, 7},
        ConnectionLimit{0},           KillAt{KillPoint::after_persist_before_send},
        KillAt{KillPoint::before_persist}, KillAt{KillPoint::after_leader_elected},
        NodeCrash{seconds(2)},        PowerLoss{seconds(2)}};
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        INFO("kind " << i);
        Selector two = all();
        two.pick = 2;
        Struck struck({planned(kinds[i], two)});
        struck.run_until_s(10);
        const std::size_t before = struck.small.acknowledged();
        struck.run_until_s(20);
        // 200 operations a second, less what is under way.
        CHECK(struck.small.acknowledged() - before > 1800);
        for (std::uint32_t n = 0; n < kNodes; ++n) {
            CHECK(struck.small.fleet.node(NodeId{n}).running());
            CHECK(struck.small.fleet.node(NodeId{n}).stop_messages().empty());
        }
    }
}

TEST_CASE("host breaker: a restart is over when its downtime is") {
    PlannedFault restart = planned(NodeRestart{seconds(1)}, only({1}));
    restart.end = restart.start + seconds(1);
    Struck struck({restart});
    struck.run_until_s(8);
    const auto stopped = struck.small.all<NodeStopped>();
    REQUIRE(stopped.size() == 1);
    CHECK(stopped[0].second.cause == StopCause::restart);
    CHECK(struck.small.all<NodeStarted>().back().first == at_s(4) + milliseconds(500));
}

TEST_CASE("host breaker: a failure that goes round strikes each host once, at its own time") {
    Struck struck({planned(NodeCrash{seconds(2)}, all())});
    struck.run_until_s(8);
    const auto stops = stops_of(struck);
    REQUIRE(stops.size() == kNodes);
    std::vector<Instant> times;
    for (const auto& [node, at] : stops) {
        CHECK(at >= at_s(3));
        CHECK(at <= at_s(5));
        times.push_back(at);
    }
    std::sort(times.begin(), times.end());
    CHECK(std::adjacent_find(times.begin(), times.end()) == times.end());
    CHECK(struck.small.all<NodeStopped>().size() == kNodes);
    for (std::uint32_t n = 0; n < kNodes; ++n) {
        CHECK(struck.small.fleet.node(NodeId{n}).running());
    }
}

TEST_CASE("host breaker: when a host is struck does not hang on who else is") {
    Struck everybody({planned(PowerLoss{seconds(2)}, all())});
    Struck two({planned(PowerLoss{seconds(2)}, only({1, 4}))});
    everybody.run_until_s(6);
    two.run_until_s(6);
    CHECK(stops_of(two).at(NodeId{1}) == stops_of(everybody).at(NodeId{1}));
    CHECK(stops_of(two).at(NodeId{4}) == stops_of(everybody).at(NodeId{4}));
}

TEST_CASE("host breaker: who was not struck when the fault ends is spared") {
    PlannedFault brief = planned(NodeCrash{seconds(100)}, all());
    brief.end = brief.start + milliseconds(1);
    Struck struck({brief});
    struck.run_until_s(110);
    CHECK(struck.small.all<NodeStopped>().empty());
    for (std::uint32_t n = 0; n < kNodes; ++n) {
        CHECK(struck.small.fleet.node(NodeId{n}).running());
    }
}

TEST_CASE("host breaker: a share is rounded, and never nobody") {
    const auto hit = [](double share, const Selector& among) {
        Selector some = among;
        some.share = share;
        Struck struck({planned(NodePause{}, some)});
        struck.run_until_s(3);
        return struck.injector.hit(0)[0].nodes.size();
    };
    CHECK(hit(0.01, all()) == 1);
    CHECK(hit(0.29, all()) == 1);
    CHECK(hit(0.31, all()) == 2);
    CHECK(hit(0.5, all()) == 3);
    CHECK(hit(1, all()) == kNodes);
    CHECK(hit(0.5, only({1, 3})) == 1);
    CHECK(hit(0.5, Selector{}) == 0);
}

TEST_CASE("host breaker: misdirected writes are found at the next start, and keep nodes down") {
    for (std::uint64_t stream = 1; stream <= 5; ++stream) {
        PlannedFault restart = planned(NodeRestart{}, only({1, 2}));
        restart.start = at_s(7);
        restart.end = at_s(7) + Duration{1};
        Struck struck({planned(MisdirectedWrite{}, only({1, 2}), stream), restart});
        struck.run_until_s(10);
        for (const NodeId node : {NodeId{1}, NodeId{2}}) {
            CHECK_FALSE(struck.small.fleet.node(node).running());
            CHECK(struck.small.fleet.node(node).stop_messages().empty());
        }
        CHECK(struck.effects() ==
              std::vector{FaultEffect::node_stopped, FaultEffect::damage_found});
    }
}

TEST_CASE("host breaker: a wiped node stays away, and comes into nobody's way") {
    Struck struck({planned(LostDisk{}, only({1, 2}))});
    struck.run_until_s(20);
    for (const NodeId node : {NodeId{1}, NodeId{2}}) {
        CHECK(struck.small.fleet.node(node).state() == NodeHost::State::dead);
        CHECK(struck.small.fleet.node(node).is_ruined());
    }
    const std::size_t before = struck.small.acknowledged();
    struck.run_until_s(21);
    CHECK(struck.small.acknowledged() > before + 150);
}

TEST_CASE("host breaker: within tolerance the disks of a minority are ruined, whichever way") {
    PlannedFault wiped = planned(LostDisk{}, only({0}));
    PlannedFault astray = planned(MisdirectedWrite{}, all());
    PlannedFault rot = planned(DiskBitRot{}, all());
    astray.start = rot.start = at_s(4);
    for (PlannedFault* fault : {&wiped, &astray, &rot}) {
        fault->tolerance = RandomFaults::Tolerance::within;
    }
    Struck struck({wiped, astray, rot});
    struck.run_until_s(8);
    CHECK(struck.injector.hit(0)[0].nodes == Nodes{NodeId{0}});
    CHECK(struck.injector.hit(1)[0].nodes == Nodes{NodeId{0}, NodeId{1}});
    CHECK(struck.injector.hit(2)[0].nodes == Nodes{NodeId{0}, NodeId{1}});
}

TEST_CASE("host breaker: within tolerance no host is wiped while its disk holds a lie") {
    PlannedFault lie = planned(DiskSyncIgnored{}, only({1}));
    PlannedFault wiped = planned(LostDisk{}, only({1, 2}));
    wiped.start = at_s(4);
    wiped.tolerance = RandomFaults::Tolerance::within;
    Struck struck({lie, wiped});
    struck.run_until_s(5);
    CHECK(struck.injector.hit(1)[0].nodes == Nodes{NodeId{2}});
}

TEST_CASE("drawn host faults: a place is hit as a whole, each as likely as the other") {
    const StandingPlaces places{{{NodeId{0}, NodeId{1}}, {NodeId{2}}}, {{NodeId{3}}}, {}};
    std::map<std::size_t, int> sizes;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        PlannedFault fault = planned(NodeCrash{}, all());
        fault.inject = "zone.loss";
        fault.target.pick = 3;
        fault.target.role = Selector::Role::leader;
        Random random(seed);
        draw_host_fault(fault, places, random);
        CHECK(fault.kind == FaultKind{PowerLoss{}});
        CHECK_FALSE(fault.target.pick);
        CHECK(fault.target.role == Selector::Role::any);
        ++sizes[fault.target.among.size()];
    }
    CHECK(sizes.size() == 2);
    CHECK(sizes[1] > 70);
    CHECK(sizes[2] > 70);
    PlannedFault rack = planned(NodeCrash{}, all());
    rack.inject = "rack.loss";
    Random random(1);
    draw_host_fault(rack, places, random);
    CHECK(rack.target.among == all().among);  // without racks, everybody
}

TEST_CASE("drawn host faults: what is done at once ends at once; a downtime ends with the storm") {
    const Instant until = at_s(4);
    PlannedFault rot = planned(DiskBitRot{}, all());
    settle_host_fault(rot, until);
    CHECK(rot.end == rot.start + Duration{1});
    PlannedFault restart = planned(NodeRestart{seconds(2)}, all());
    settle_host_fault(restart, until);
    CHECK(restart.end == until);
    CHECK(restart.kind == FaultKind{NodeRestart{seconds(1)}});
    PlannedFault torn = planned(TornWrite{}, all());
    settle_host_fault(torn, until);
    CHECK(torn.kind == FaultKind{TornWrite{false}});
    torn.tolerance = RandomFaults::Tolerance::within;
    settle_host_fault(torn, until);
    CHECK(torn.kind == FaultKind{TornWrite{true}});
    CHECK(torn.end == at_s(6));
}
