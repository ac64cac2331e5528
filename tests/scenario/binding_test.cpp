// SPDX-License-Identifier: MIT
//
// What ends up in the scenario: one case a part.
#include "tests/catch.hpp"
#include "tests/scenario/sample.hpp"

namespace shaketable {
namespace {

using novacron::microseconds;
using novacron::milliseconds;
using novacron::seconds;

Scenario loaded(std::string_view more) {
    const LoadResult result = testing::load(more);
    INFO(format(result.diagnostics));
    REQUIRE(result.ok());
    return *result.scenario;
}

std::vector<NodeId> ids(std::initializer_list<std::uint32_t> values) {
    std::vector<NodeId> result;
    for (const std::uint32_t value : values) result.push_back(NodeId{value});
    return result;
}

TEST_CASE("binding: what the file leaves out has the defaults of the data", "[scenario]") {
    const Scenario scenario = loaded("");
    CHECK(scenario.consensus == novacron::raft::Options{});
    CHECK(scenario.boot_time == Scenario{}.boot_time);
    CHECK(scenario.default_link == LinkSpec{});
    CHECK(scenario.disk == DiskSpec{});
    CHECK(scenario.seeds == SeedRange{});
    WorkloadSpec writes;
    writes.id = "writes";
    writes.rate_per_second = 10;
    CHECK(scenario.workloads[0] == writes);
    CHECK(scenario.service_level.success_ratio == ServiceLevelSpec{}.success_ratio);
    CHECK(scenario.service_level.latency_p95 == ServiceLevelSpec{}.latency_p95);
    CHECK(scenario.faults.empty());
    CHECK_FALSE(scenario.rto);
    CHECK(loaded("service_level: {}\n").service_level == ServiceLevelSpec{});
}

TEST_CASE("binding: time, seeds and names", "[scenario]") {
    const Scenario scenario = loaded(
        "time: {epoch: 2024-11-05T02:00:00Z, warmup: 1500ms, duration: 1m30s}\nseeds: 3..9\n"
        "description: |\n  two\n  lines\n");
    CHECK(scenario.name == "sample");
    CHECK(scenario.description == "two\nlines\n");
    CHECK(scenario.path == "sample.yaml");
    CHECK(scenario.epoch_unix_seconds == 1'730'772'000);
    CHECK(scenario.warmup == milliseconds(1500));
    CHECK(scenario.duration == seconds(90));
    CHECK(scenario.seeds == SeedRange{3, 9});
}

TEST_CASE("binding: nodes are numbered in the order of the file, with site, zone and clock",
          "[scenario]") {
    const Scenario scenario = loaded(
        "cluster:\n"
        "  sites: {west: {nodes: [w-1]}, east: {nodes: [e-1, e-2], zone: z}}\n"
        "  consensus: {election_timeout_min: 1s, election_timeout_max: 2s, heartbeat_interval: "
        "100ms,\n"
        "    max_append_entries: 7, max_inflight_messages: 8, snapshot_threshold: 9,\n"
        "    trailing_entries: 10, max_message_bytes: 11KiB, max_inflight_bytes: 12kB,\n"
        "    max_uncommitted_bytes: 13B, max_apply_bytes: 14MB, snapshot_part_bytes: 15MiB,\n"
        "    pre_vote: false, check_quorum: false}\n"
        "  boot_time: 2s\n"
        "  clocks: {e-1: {offset: -10ms, drift: -0.5ppm}}\n");
    REQUIRE(scenario.nodes.size() == 3);
    CHECK(scenario.nodes[0] == NodeSpec{"w-1", "west", "west", {}, 0});
    CHECK(scenario.nodes[1] == NodeSpec{"e-1", "east", "z", "", milliseconds(-10), -500});
    CHECK(scenario.nodes[2].zone == "z");
    novacron::raft::Options options;
    options.election_timeout_min = seconds(1);
    options.election_timeout_max = seconds(2);
    options.heartbeat_interval = milliseconds(100);
    options.max_append_entries = 7;
    options.max_inflight_messages = 8;
    options.snapshot_threshold = 9;
    options.trailing_entries = 10;
    options.max_message_bytes = 11 << 10;
    options.max_inflight_bytes = 12'000;
    options.max_uncommitted_bytes = 13;
    options.max_apply_bytes = 14'000'000;
    options.snapshot_part_bytes = 15 << 20;
    options.pre_vote = false;
    options.check_quorum = false;
    CHECK(scenario.consensus == options);
    CHECK(scenario.boot_time == seconds(2));
}

TEST_CASE("binding: a link is as the network where it says nothing", "[scenario]") {
    const Scenario scenario = loaded(
        "network:\n  latency: 1ms..2ms\n  loss: 1%\n  reorder: 3%\n"
        "  links: [{from: zone:a, to: [node-5, node-4], latency: 9ms, duplicate: 2%}]\n");
    CHECK(scenario.default_link.latency ==
          DistributionOptions{Uniform{milliseconds(1), milliseconds(2)}});
    REQUIRE(scenario.links.size() == 1);
    const LinkSpec& link = scenario.links[0];
    CHECK(link.from == ids({0, 1, 2}));
    CHECK(link.to == ids({3, 4}));
    CHECK(link.latency == DistributionOptions{Constant{milliseconds(9)}});
    CHECK(link.loss == 0.01);
    CHECK(link.duplicate == 0.02);
    CHECK(link.reorder == 0.03);
}

TEST_CASE("binding: every shape of distribution", "[scenario]") {
    const auto disk = [](const std::string& text) {
        return loaded("disk: {sync_latency: " + text + "}\n").disk.sync_latency;
    };
    using D = DistributionOptions;
    CHECK(disk("{dist: constant, value: 2ms}") == D{Constant{milliseconds(2)}});
    CHECK(disk("{dist: uniform, low: 1ms, high: 2ms}") ==
          D{Uniform{milliseconds(1), milliseconds(2)}});
    CHECK(disk("{dist: exponential, mean: 2ms}") == D{Exponential{milliseconds(2)}});
    CHECK(disk("{dist: normal, mean: 2ms, stddev: 1ms}") ==
          D{Normal{milliseconds(2), milliseconds(1)}});
    CHECK(disk("{dist: lognormal, median: 300us, p99: 1ms}") ==
          D{Lognormal{microseconds(300), milliseconds(1)}});
    CHECK(disk("{dist: pareto, scale: 1ms, shape: 1.5}") == D{Pareto{milliseconds(1), 1.5}});
    CHECK(disk("{dist: empirical, quantiles: [0s, 1ms, 4ms]}") ==
          D{Empirical{{Duration{}, milliseconds(1), milliseconds(4)}}});
}

TEST_CASE("binding: a workload with all its knobs", "[scenario]") {
    const Scenario scenario = loaded(
        "workload:\n  - {id: r, kind: open_loop, operation: read, rate: 120/min,\n"
        "     keys: {dist: zipf, s: 1.1, n: 10000}, attempt_timeout: 1s, deadline: 9s,\n"
        "     backoff: {initial: 20ms, max: 2s}}\n");
    const WorkloadSpec expected{"r",
                                WorkloadSpec::Operation::read,
                                2,
                                {10'000, 1.1},
                                seconds(1),
                                seconds(9),
                                milliseconds(20),
                                seconds(2)};
    CHECK(scenario.workloads.at(0) == expected);
}

TEST_CASE("binding: times of faults are anchors, offsets and spreads", "[scenario]") {
    const Scenario scenario = loaded(
        "faults:\n"
        "  - {id: a, at: warmup.end + 10s, inject: node.crash, target: node-2, for: 1s..3s}\n"
        "  - {id: b, between: [a.end + 1s, a.end + 3s], inject: node.pause, target: all, until: "
        "c.start}\n"
        "  - {id: c, at: 40s, inject: node.power_loss, target: all, permanent: true}\n");
    using A = When::Anchor;
    const auto& faults = scenario.faults;
    CHECK(faults[0].start == When{A::warmup_end, 0, seconds(10), {}});
    CHECK(faults[0].end == When{A::fault_start, 0, seconds(1), seconds(2)});
    CHECK(faults[1].start == When{A::fault_end, 0, seconds(1), seconds(2)});
    CHECK(faults[1].end == When{A::fault_start, 2, {}, {}});
    CHECK(faults[2].start == When{A::run_start, 0, seconds(40), {}});
    CHECK_FALSE(faults[2].end);
    CHECK(faults[0].inject == "node.crash");
}

Selector target(const std::string& text) {
    return loaded(
               "faults: [{id: f, at: 9s, inject: network.delay, with: {latency: 1ms}, for: 1s, "
               "target: " +
               text + "}]\n")
        .faults.at(0)
        .target;
}

TEST_CASE("binding: targets are sets of nodes, roles and picks", "[scenario]") {
    using Role = Selector::Role;
    CHECK(target("node-2") == Selector{ids({1}), Role::any, {}, false, false});
    CHECK(target("zone:b") == Selector{ids({3, 4}), Role::any, {}, false, false});
    CHECK(target("[site:west, node-1, node-4, clients]") ==
          Selector{ids({0, 3, 4}), Role::any, {}, true, false});
    CHECK(target("clients") == Selector{{}, Role::any, {}, true, false});
    CHECK(target("all") == Selector{ids({0, 1, 2, 3, 4}), Role::any, {}, false, false});
    CHECK(target("{role: leader}") ==
          Selector{ids({0, 1, 2, 3, 4}), Role::leader, {}, false, false});
    CHECK(target("{role: follower, zone: a}") ==
          Selector{ids({0, 1, 2}), Role::follower, {}, false, false});
    CHECK(target("{pick: 2, of: zone:a}") == Selector{ids({0, 1, 2}), Role::any, 2U, false, false});
    CHECK(target("{pick: 1, of: {role: follower, site: west}}") ==
          Selector{ids({3, 4}), Role::follower, 1U, false, false});
}

Partition partition(const std::string& text) {
    const Scenario scenario = loaded(
        "faults: [{id: f, at: 9s, inject: network.partition, for: 1s, target: {" + text + "}}]\n");
    return std::get<Partition>(std::get<FaultKind>(scenario.faults.at(0).what));
}

TEST_CASE("binding: a partition has its groups and its direction", "[scenario]") {
    using Role = Selector::Role;
    const Partition cut = partition("split: [[leader, clients], [others]], direction: inward");
    REQUIRE(cut.groups.size() == 2);
    CHECK(cut.groups[0] == Selector{ids({0, 1, 2, 3, 4}), Role::leader, {}, true, false});
    CHECK(cut.groups[1] == Selector{{}, Role::any, {}, false, true});
    CHECK(cut.direction == Partition::Direction::inward);
    CHECK(partition("split: [zone:a, [node-4], {pick: 1, of: node-5}]").groups[2].pick == 1U);
    CHECK(partition("split: [zone:a, zone:b]").direction == Partition::Direction::both);
    CHECK(partition("split: [zone:a, zone:b], direction: outward").direction ==
          Partition::Direction::outward);
}

TEST_CASE("binding: every word of inject becomes its own kind of fault", "[scenario]") {
    const auto kind = [](const std::string& text) {
        const Scenario scenario =
            loaded("faults: [{id: f, at: 9s, for: 1s, inject: " + text + "}]\n");
        return std::get<FaultKind>(scenario.faults.at(0).what);
    };
    CHECK(kind("node.crash, target: all") == FaultKind{NodeCrash{}});
    CHECK(kind("node.power_loss, target: all") == FaultKind{PowerLoss{}});
    CHECK(kind("node.pause, target: all") == FaultKind{NodePause{}});
    CHECK(kind("network.delay, target: all, with: {latency: 1ms}") ==
          FaultKind{NetworkDelay{Constant{milliseconds(1)}}});
    CHECK(kind("network.loss, target: all, with: {probability: 5%}") ==
          FaultKind{NetworkLoss{0.05}});
    CHECK(kind("network.duplicate, target: all, with: {probability: 0.25}") ==
          FaultKind{NetworkDuplicate{0.25}});
    CHECK(kind("network.reorder, target: all, with: {probability: 100%}") ==
          FaultKind{NetworkReorder{1}});
    CHECK(kind("disk.slow, target: all, with: {sync_latency: 1ms..2ms}") ==
          FaultKind{DiskSlow{Uniform{milliseconds(1), milliseconds(2)}}});
    CHECK(kind("disk.stall, target: all") == FaultKind{DiskStall{}});
    CHECK(kind("disk.sync_ignored, target: all") == FaultKind{DiskSyncIgnored{}});
    CHECK(kind("disk.sync_error, target: all") == FaultKind{DiskSyncError{}});
    CHECK(kind("disk.read_error, target: all") == FaultKind{DiskReadError{}});
    CHECK(kind("disk.full, target: all, with: {free: 1MiB}") == FaultKind{DiskFull{1U << 20U}});
    CHECK(kind("clock.drift, target: all, with: {drift: -0.5ppm}") ==
          FaultKind{ClockDrift{-500}});
}

TEST_CASE("binding: how reads are served, who stands late, and whom clients ask", "[scenario]") {
    using novacron::raft::ReadMode;
    const std::string sites = "cluster:\n  sites: {here: {nodes: [n-1, n-2]}}\n";
    const Scenario plain = loaded(sites);
    CHECK(plain.consensus.reads == ReadMode::safe);
    CHECK_FALSE(plain.consensus.follower_reads);
    const Scenario scenario = loaded(
        sites +
        "  consensus: {reads: lease, max_clock_drift: 500ppm, max_pending_reads: 7,\n"
        "    follower_reads: true}\n"
        "  election_delays: {n-2: 40ms}\n"
        "workload: [{id: w, operation: read, rate: 1/s, nodes: any}]\n");
    CHECK(scenario.consensus.reads == ReadMode::lease);
    CHECK(scenario.consensus.max_clock_drift_ppb == 500'000);
    CHECK(scenario.consensus.max_pending_reads == 7);
    CHECK(scenario.consensus.follower_reads);
    CHECK(scenario.nodes[0].election_delay == Duration{});
    CHECK(scenario.nodes[1].election_delay == milliseconds(40));
    CHECK(scenario.workloads[0].nodes == WorkloadSpec::Nodes::any);
}

TEST_CASE("binding: spares run and don't belong to the group", "[scenario]") {
    const std::string cluster =
        "cluster:\n  sites: {east: {nodes: [node-1, node-2, node-3]}}\n  spares: ";
    const Scenario scenario = loaded(cluster + "[node-3]\n");
    CHECK_FALSE(scenario.nodes[0].spare);
    CHECK_FALSE(scenario.nodes[1].spare);
    CHECK(scenario.nodes[2].spare);
    const auto says = [&](const std::string& spares) {
        return testing::messages(testing::load(cluster + spares + "\n"));
    };
    CHECK(says("[node-4]") == "unknown node 'node-4'\n");
    CHECK(says("[node-3, node-3]") == "'node-3' is named twice\n");
    CHECK(says("[node-1, node-2, node-3]") == "nobody is left to begin with\n");
}

TEST_CASE("binding: changes of the membership say whom they mean", "[scenario]") {
    using Wish = MembershipChange::Wish;
    const auto kind = [](const std::string& text) {
        const Scenario scenario =
            loaded("faults: [{id: f, at: 9s, for: 1s, inject: raft." + text + "}]\n");
        return std::get<FaultKind>(scenario.faults.at(0).what);
    };
    const auto wish = [](Wish w) { return FaultKind{MembershipChange{w}}; };
    CHECK(kind("add_node, target: node-1") == wish(Wish::add));
    CHECK(kind("add_learner, target: node-1") == wish(Wish::learn));
    CHECK(kind("demote_node, target: node-1") == wish(Wish::demote));
    CHECK(kind("remove_node, target: {role: leader}") == wish(Wish::remove));
    CHECK(kind("change_membership, target: all") == wish(Wish::draw));
    CHECK(kind("replace_node, target: node-1, with: {by: [node-5, node-4]}") ==
          FaultKind{MembershipChange{Wish::replace, {NodeId{3}, NodeId{4}}}});

    const std::string replace = "at: 9s, for: 1s, inject: raft.replace_node, target: node-1";
    CHECK(testing::fault_messages(replace) == "raft.replace_node needs 'by'\n");
    CHECK(testing::fault_messages(replace + ", with: {by: node-9}") == "unknown node 'node-9'\n");
    CHECK(testing::fault_messages(replace + ", with: {by: node-1}") ==
          "'node-1' is to go and to come\n");
    CHECK(testing::fault_messages(
              "at: 9s, until: 20s, random: {rate: 1/s, for: 1s, pick: [raft.remove_node]}") ==
          "raft.remove_node needs a target, and a storm has none\n");
}

TEST_CASE("binding: what is done at once has no end but its start", "[scenario]") {
    const std::string fault =
        "faults:\n  - {id: f, at: 9s, inject: raft.transfer_leadership, target: node-1";
    const Scenario scenario = loaded(fault + "}\n");
    CHECK(std::get<FaultKind>(scenario.faults[0].what) == FaultKind{LeadershipTransfer{}});
    CHECK(scenario.faults[0].end == When{When::Anchor::fault_start, 0, Duration{1}, Duration{}});
    CHECK(testing::fault_messages(
              "at: 9s, inject: raft.transfer_leadership, target: node-1, for: 1s") ==
          "raft.transfer_leadership is done at once\n");
}

TEST_CASE("binding: a storm has a mean gap, times and kinds", "[scenario]") {
    const Scenario scenario = loaded(
        "faults:\n  - {id: s, at: warmup.end, until: 50s,\n"
        "     random: {rate: 6/min, for: 500ms..10s, pick: [node.crash, disk.stall]}}\n");
    CHECK(scenario.faults[0].inject == "random");
    CHECK(std::get<RandomFaults>(scenario.faults[0].what) ==
          RandomFaults{seconds(10), milliseconds(500), seconds(10), {"node.crash", "disk.stall"}});
}

TEST_CASE("binding: a storm is within tolerance if it says so", "[scenario]") {
    const std::string storm =
        "faults:\n  - {id: s, at: warmup.end, until: 50s,\n"
        "     random: {rate: 6/min, for: 1s, pick: [node.crash]";
    const auto tolerance = [](const std::string& text) {
        const Scenario scenario = loaded(text);
        return std::get<RandomFaults>(scenario.faults[0].what).tolerance;
    };
    CHECK(tolerance(storm + "}}\n") == RandomFaults::Tolerance::beyond);
    CHECK(tolerance(storm + ", tolerance: beyond}}\n") == RandomFaults::Tolerance::beyond);
    CHECK(tolerance(storm + ", tolerance: within}}\n") == RandomFaults::Tolerance::within);
}

TEST_CASE("binding: a disk is as large as it says, or as large as anybody could want",
          "[scenario]") {
    CHECK(loaded("disk: {capacity: 64MiB}\n").disk.capacity == 64U << 20U);
    CHECK(loaded("").disk.capacity == novacron::kNoLimit);
}

TEST_CASE("binding: targets and checks", "[scenario]") {
    const Scenario scenario = loaded(
        "faults:\n"
        "  - {id: a, at: 9s, inject: node.crash, target: all, for: 1s}\n"
        "  - {id: b, at: 19s, inject: node.crash, target: all, for: 1s}\n"
        "service_level: {success_ratio: 0.9, latency_p95: 100ms, hold: 10s}\n"
        "targets:\n"
        "  rto: {from: b.start, of: read, max: \"< 30s\", p50: \"<= 1s\", p95: 5s, confidence: "
        "90%}\n"
        "  rpo: {from: a.start, max: \"< 5s\", max_operations: 7}\n"
        "  availability: {min: 99.9%}\n"
        "checks:\n"
        "  - {id: c, at_end: acknowledged_writes.survive}\n"
        "  - {id: d, at_end: logs.agree}\n"
        "  - {id: e, eventually: cluster.healthy, within: 30s}\n"
        "  - {id: f, eventually: service.writable, within: 20s, after: faults.end}\n");
    CHECK(scenario.service_level == ServiceLevelSpec{0.9, milliseconds(100), seconds(10)});
    CHECK(scenario.rto == RtoTarget{1U, "read", seconds(30), seconds(1), seconds(5),
                                    std::nullopt, 0.9});
    CHECK(scenario.rpo == RpoTarget{0U, seconds(5), 7U});
    CHECK(scenario.availability == AvailabilityTarget{0.999});
    using M = CheckSpec::Mode;
    REQUIRE(scenario.checks.size() == 4);
    CHECK(scenario.checks[0] ==
          CheckSpec{"c", M::at_end, Predicate::acknowledged_writes_survive, {}});
    CHECK(scenario.checks[1] == CheckSpec{"d", M::at_end, Predicate::logs_agree, {}});
    CHECK(scenario.checks[2] ==
          CheckSpec{"e", M::eventually, Predicate::cluster_healthy, {}, seconds(30)});
    CHECK(scenario.checks[3] ==
          CheckSpec{"f", M::eventually, Predicate::service_writable, {}, seconds(20)});
}

}  // namespace
}  // namespace shaketable
