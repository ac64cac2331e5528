// SPDX-License-Identifier: MIT
//
// Whole runs of a service with two sites: what is measured when one of them is lost, cut off, made
// anew.
#include <algorithm>

#include "sim/run/world.hpp"
#include "tests/catch.hpp"
#include "tests/run/drill.hpp"

namespace {

using namespace shaketable;
using novacron::milliseconds;
using novacron::seconds;
using Mode = novacron::replication::SiteOptions::Mode;
using Verb = SiteOrder::Verb;

Selector site(std::uint32_t number) {
    Selector nodes;
    for (std::uint32_t i = 0; i < 3; ++i) nodes.among.push_back(NodeId{3 * number + i});
    return nodes;
}

// East and west, 10 ms apart; clients try all nodes.
Scenario two_sites() {
    Scenario scenario = test::quiet_drill(6);
    for (std::size_t i = 0; i < 6; ++i) scenario.nodes[i].site = i < 3 ? "east" : "west";
    LinkSpec wan = scenario.default_link;
    wan.from = site(0).among;
    wan.to = site(1).among;
    wan.latency = Constant{milliseconds(10)};
    scenario.links = {wan};
    scenario.replication.emplace();
    scenario.replication->sites = {"east", "west"};
    scenario.replication->options.primary = SiteId{0};
    scenario.duration = seconds(20);
    return scenario;
}

FaultSpec order(const std::string& id, Verb verb, std::uint32_t target, Duration start,
                Duration end) {
    SiteOrder what;
    what.verb = verb;
    what.force = true;
    return test::fault(id, "site.order", what, site(target), start, end);
}

FaultSpec loss_of_east() {
    return test::fault("dark", "site.loss", PowerLoss{}, site(0), seconds(4), std::nullopt);
}

TEST_CASE("sites: a run without faults has no findings, and the standby follows") {
    for (const Mode mode : {Mode::asynchronous, Mode::synchronous}) {
        Scenario scenario = two_sites();
        scenario.replication->options.mode = mode;
        World world(scenario, 1);
        world.start();
        world.do_events(world.run_end() + Duration{1}, world.run_end());
        CHECK(world.findings.kept().empty());
        REQUIRE(world.sites->agent(SiteId{0}) != nullptr);
        CHECK(world.sites->agent(SiteId{0})->is_writable());
        CHECK(world.sites->ledger(SiteId{1}).last().value > 1000);
        CHECK(world.serving() == 0);
    }
}

TEST_CASE("sites: the loss of the primary is measured by what the new one holds") {
    Scenario scenario = two_sites();
    scenario.replication->options.shipping = {novacron::replication::Shipping::batch, seconds(1),
                                              std::uint64_t{1} << 20U};
    scenario.faults = {loss_of_east(),
                       order("promote", Verb::promote, 1, seconds(5), seconds(9))};
    std::uint64_t lost = 0;
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        const Result result = run(scenario, seed);
        REQUIRE(result.loss);
        CHECK(result.loss->rpo_time <= seconds(1) + milliseconds(15));
        CHECK(result.findings.empty());
        lost += result.loss->lost_acked_ops;
        for (const FaultRow& fault : result.faults) CHECK(fault.observed);
    }
    CHECK(lost > 50);
}

TEST_CASE("sites: each has a recovery of its own") {
    Scenario scenario = two_sites();
    scenario.service_level.hold = seconds(3);
    scenario.faults = {loss_of_east(),
                       order("promote", Verb::promote, 1, seconds(5), seconds(9))};
    const Result result = run(scenario, 1);
    REQUIRE(result.recovery.size() == 4);
    const RecoveryRow& writes = result.recovery[0];
    const RecoveryRow& east = result.recovery[2];
    const RecoveryRow& west = result.recovery[3];
    CHECK(east.scope == "site:east");
    CHECK(east.censored);
    CHECK(east.unavailable == seconds(16));
    CHECK(west.scope == "site:west");
    REQUIRE(west.rto);
    REQUIRE(writes.rto);
    CHECK(*west.rto <= *writes.rto);
}

TEST_CASE("sites: synchronous shipping loses nothing with a site, over many seeds") {
    Scenario scenario = two_sites();
    scenario.replication->options.mode = Mode::synchronous;
    scenario.duration = seconds(10);
    scenario.faults = {loss_of_east(),
                       order("promote", Verb::promote, 1, seconds(5), seconds(9))};
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const Result result = run(scenario, seed);
        REQUIRE(result.loss);
        CHECK(result.loss->lost_acked_ops == 0);
        CHECK(result.loss->lost_after_fault_ops == 0);
        CHECK(result.findings.empty());
    }
}

TEST_CASE("sites: one that is made anew breaks no promise, and keeps what it was given") {
    Scenario scenario = two_sites();
    scenario.duration = seconds(45);
    Partition cut;
    cut.groups = {site(0), site(1)};
    scenario.faults = {test::fault("cut", "network.partition", cut, {}, seconds(4), seconds(10)),
                       order("promote", Verb::promote, 1, seconds(5), seconds(9)),
                       order("anew", Verb::resync, 0, seconds(20), seconds(30)),
                       order("back", Verb::switch_over, 0, seconds(33), seconds(43))};
    const Result result = run(scenario, 3);
    CHECK(result.findings.empty());
    REQUIRE(result.loss);
    CHECK(result.loss->divergent_ops > 0);
    for (const FaultRow& fault : result.faults) {
        INFO(fault.id);
        CHECK(fault.observed);
    }
    // What was lost are writes of the old primary from the cut on, and none of the others.
    CHECK(result.loss->rpo_time == Duration{});
    CHECK(result.loss->lost_after_fault_ops < 1200);
}

TEST_CASE("sites: the same scenario and seed give the same run") {
    Scenario scenario = two_sites();
    scenario.names = NamesOptions{seconds(2), milliseconds(500), 0.1, seconds(5), 20};
    SiteOrder failover;
    failover.verb = Verb::failover;
    failover.force = true;
    failover.detect_after = seconds(2);
    failover.decide = Uniform{seconds(1), seconds(2)};
    scenario.duration = seconds(30);
    scenario.faults = {loss_of_east(), test::fault("failover", "operator.failover", failover,
                                                   site(1), seconds(4), seconds(29))};
    const Result first = run(scenario, 7);
    CHECK(first.fingerprint == run(scenario, 7).fingerprint);
    CHECK(first.fingerprint != run(scenario, 8).fingerprint);
    CHECK(std::all_of(first.faults.begin(), first.faults.end(),
                      [](const FaultRow& fault) { return fault.observed.has_value(); }));
}

}  // namespace
