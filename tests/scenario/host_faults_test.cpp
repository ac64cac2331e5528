// SPDX-License-Identifier: MIT
//
// Faults of processes, disks, hosts and places in a scenario file: what they become, and what is
// said about those that make no sense.
#include "sim/scenario/host_options.hpp"
#include "tests/catch.hpp"
#include "tests/scenario/sample.hpp"

namespace shaketable {
namespace {

using novacron::milliseconds;
using novacron::seconds;
using testing::fault_messages;

constexpr std::string_view kRacks =
    "cluster:\n  sites:\n"
    "    east: {nodes: [node-1, node-2, node-3], zone: a, racks: {r1: [node-1, node-3], r2: "
    "[node-2]}}\n"
    "    west: {nodes: [node-4, node-5], zone: b}\n";

Scenario loaded(std::string_view fault, std::string_view cluster = "") {
    const LoadResult result =
        testing::load(std::string(cluster) + "faults:\n  - {id: f, at: 10s, " +
                      std::string(fault) + "}\n");
    INFO(format(result.diagnostics));
    REQUIRE(result.ok());
    return *result.scenario;
}
FaultKind kind_of(std::string_view fault) {
    return std::get<FaultKind>(loaded(fault).faults[0].what);
}
std::vector<NodeId> among(std::string_view target, std::string_view cluster = kRacks) {
    const Scenario scenario =
        loaded("inject: node.crash, for: 5s, target: " + std::string(target), cluster);
    return scenario.faults[0].target.among;
}
std::vector<NodeId> ids(std::initializer_list<std::uint32_t> values) {
    std::vector<NodeId> result;
    for (const std::uint32_t value : values) result.push_back(NodeId{value});
    return result;
}

TEST_CASE("host faults: each with its options", "[scenario]") {
    CHECK(kind_of("inject: node.crash, target: all, for: 5s") == FaultKind{NodeCrash{}});
    CHECK(kind_of("inject: node.crash, target: all, with: {spread: 2s}, for: 5s") ==
          FaultKind{NodeCrash{seconds(2)}});
    CHECK(kind_of("inject: node.restart, target: all") == FaultKind{NodeRestart{}});
    CHECK(kind_of("inject: node.crash_loop, target: all, with: {up_time: 2s}, for: 5s") ==
          FaultKind{CrashLoop{seconds(2)}});
    CHECK(kind_of("inject: node.kill_at, target: all, with: {point: during_snapshot_install}, "
                  "for: 5s") == FaultKind{KillAt{KillPoint::during_snapshot_install}});
    CHECK(kind_of("inject: disk.torn_write, target: all, for: 5s") == FaultKind{TornWrite{}});
    CHECK(kind_of("inject: disk.unsynced_loss, target: all, with: {spares_lies: true}, for: 5s") ==
          FaultKind{UnsyncedLoss{true}});
    CHECK(kind_of("inject: disk.write_error, target: all, for: 5s") == FaultKind{WriteError{}});
    CHECK(kind_of("inject: disk.misdirected_write, target: all, for: 5s") ==
          FaultKind{MisdirectedWrite{}});
    CHECK(kind_of("inject: disk.fail_slow, target: all, with: {from: 1ms, to: 1s}, for: 5s") ==
          FaultKind{DiskFailSlow{milliseconds(1), seconds(1)}});
    CHECK(kind_of("inject: host.lost_disk, target: all, for: 5s") == FaultKind{LostDisk{}});
    CHECK(kind_of("inject: host.lost_disk, target: all, with: {comes_back: amnesiac, spread: 1s}, "
                  "for: 5s") == FaultKind{LostDisk{LostDisk::Return::amnesiac, seconds(1)}});
    CHECK(kind_of("inject: host.cpu_hog, target: all, with: {cost: 5ms}, for: 5s") ==
          FaultKind{CpuHog{milliseconds(5)}});
    CHECK(kind_of("inject: host.memory_leak, target: all, with: {leak: 2KiB, limit: 1MiB}, "
                  "for: 5s") == FaultKind{MemoryLeak{2048, 1U << 20U}});
    CHECK(kind_of("inject: host.connection_limit, target: all, with: {connections: 7}, for: 5s") ==
          FaultKind{ConnectionLimit{7}});
    CHECK(kind_of("inject: zone.loss, target: zone:a, for: 5s") == FaultKind{PowerLoss{}});
}

TEST_CASE("host faults: what is written of the options reads back equal", "[scenario]") {
    const auto round = [](std::string_view word, const auto& fault) {
        Node with;
        with.kind = Node::Kind::map;
        for (const auto& [key, value] : host_options_of(fault)) {
            with.entries.push_back({key, {}, Node::scalar(value, {})});
        }
        return host_fault_of(word, Fields(with)) == FaultKind{fault};
    };
    CHECK(round("node.crash", NodeCrash{milliseconds(1500)}));
    CHECK(round("node.power_loss", PowerLoss{}));
    CHECK(round("rack.loss", PowerLoss{seconds(1)}));
    CHECK(round("node.restart", NodeRestart{Duration{1'234'567'891}}));
    CHECK(round("node.crash_loop", CrashLoop{milliseconds(10)}));
    for (std::size_t i = 0; i < kKillPointNames.size(); ++i) {
        CHECK(round("node.kill_at", KillAt{static_cast<KillPoint>(i)}));
    }
    CHECK(round("disk.torn_write", TornWrite{true}));
    CHECK(round("disk.unsynced_loss", UnsyncedLoss{false}));
    CHECK(round("disk.fail_slow", DiskFailSlow{milliseconds(1), Duration{200'000'001}}));
    CHECK(round("host.lost_disk", LostDisk{LostDisk::Return::amnesiac, seconds(3)}));
    CHECK(round("host.cpu_hog", CpuHog{novacron::microseconds(100)}));
    CHECK(round("host.memory_leak", MemoryLeak{64U << 20U, 256U << 20U}));
    CHECK(round("host.connection_limit", ConnectionLimit{0}));
}

TEST_CASE("host faults: a restart lasts as long as its downtime, and needs no end", "[scenario]") {
    const Scenario scenario =
        loaded("inject: node.restart, target: all, with: {downtime: 2s}");
    CHECK(scenario.faults[0].end->offset == seconds(2));
    CHECK(fault_messages("at: 10s, inject: node.restart, target: all, for: 2s") ==
          "node.restart is done at once\n");
    CHECK(fault_messages("at: 59s, inject: node.restart, target: all, with: {downtime: 2s}") ==
          "the fault would end after the run: at 1m1s of 1m\n");
}

TEST_CASE("host faults: options that are missing, unknown or out of bounds", "[scenario]") {
    CHECK(fault_messages("at: 10s, inject: disk.fail_slow, target: all, for: 5s") ==
          "disk.fail_slow needs 'from'\ndisk.fail_slow needs 'to'\n");
    CHECK(fault_messages("at: 10s, inject: host.memory_leak, target: all, with: {leak: 1MiB}, "
                         "for: 5s") == "host.memory_leak needs 'limit'\n");
    CHECK(fault_messages("at: 10s, inject: node.pause, target: all, with: {spread: 1s}, for: 5s") ==
          "node.pause has no 'spread'\n");
    CHECK(fault_messages("at: 10s, inject: node.crash, target: all, with: {cost: 1s}, for: 5s") ==
          "node.crash has no 'cost'\n");
    CHECK(fault_messages("at: 10s, inject: node.crash_loop, target: all, with: {up_time: 0s}, "
                         "for: 5s")
              .find("0s") != std::string::npos);
    CHECK(fault_messages("at: 10s, inject: node.kill_at, target: all, with: {point: at_random}, "
                         "for: 5s")
              .find("at_random") != std::string::npos);
}

TEST_CASE("host faults: a slope has two ends", "[scenario]") {
    CHECK(fault_messages("at: 10s, inject: disk.fail_slow, target: all, with: {from: 1ms, to: 1s}, "
                         "permanent: true") == "disk.fail_slow ends, and grows until then\n");
    CHECK(fault_messages("at: 10s, inject: disk.fail_slow, target: all, with: {from: 5ms, to: 5ms},"
                         " for: 5s") == "to is not above from, 5ms\n");
}

TEST_CASE("host faults: whoever is to be struck is struck while the fault acts", "[scenario]") {
    CHECK(fault_messages("at: 10s, inject: node.crash, target: all, with: {spread: 2s}, "
                         "for: 1s..5s") ==
          "the fault may end before it has struck everybody: its spread is 2s\n");
    CHECK(fault_messages("at: 10s, inject: node.crash, target: all, with: {spread: 2s}, "
                         "for: 3s..5s").empty());
    CHECK(fault_messages("at: 10s, inject: node.crash, target: all, with: {spread: 9s}, "
                         "permanent: true").empty());
}

TEST_CASE("places: zones, sites and racks name nodes wherever a target does", "[scenario]") {
    CHECK(among("zone:b") == ids({3, 4}));
    CHECK(among("site:east") == ids({0, 1, 2}));
    CHECK(among("rack:r1") == ids({0, 2}));
    CHECK(among("[rack:r2, zone:b, node-1]") == ids({0, 1, 3, 4}));
    CHECK(among("{rack: r1}") == ids({0, 2}));
    CHECK(among("{zone: a, rack: r2}") == ids({1}));
    CHECK(among("{pick: 1, of: rack:r1}") == ids({0, 2}));
    const Scenario share =
        loaded("inject: node.crash, for: 5s, target: {share: 50%, of: {zone: a}}", kRacks);
    CHECK(share.faults[0].target.share == 0.5);
    CHECK(share.faults[0].target.among == ids({0, 1, 2}));
}

TEST_CASE("places: what makes no sense is said", "[scenario]") {
    const auto said = [](std::string_view target) {
        return testing::messages(testing::load(
            std::string(kRacks) + "faults:\n  - {id: f, at: 10s, inject: node.crash, for: 5s, "
            "target: " + std::string(target) + "}\n"));
    };
    CHECK(said("rack:r9") == "unknown rack 'r9'\n");
    CHECK(said("{zone: b, rack: r1}") == "no node is in all of these places\n");
    CHECK(said("{share: 50%}") == "share and of go together\n");
    CHECK(said("{share: 50%, pick: 1, of: all}") == "both 'pick' and 'share'\n");
    CHECK(said("{share: 50%, role: leader}") == "share goes with of, and nothing else\n");
    CHECK(said("{pick: 1, of: {share: 50%, of: all}}") == "pick inside of pick\n");
    CHECK_FALSE(said("{share: 0%, of: all}").empty());
    CHECK_FALSE(said("{share: 101%, of: all}").empty());
}

TEST_CASE("places: a node stands in one rack of its own site", "[scenario]") {
    const auto said = [](std::string_view racks) {
        return testing::messages(testing::load(
            "cluster:\n  sites:\n    east: {nodes: [node-1, node-2], racks: " + std::string(racks) +
            "}\n    west: {nodes: [node-3]}\n"));
    };
    CHECK(said("{r1: [node-1]}").empty());
    CHECK(said("{r1: [node-1], r2: [node-1]}") == "'node-1' already stands in rack r1\n");
    CHECK(said("{r1: [node-3]}") == "'node-3' is no node of site east\n");
    CHECK(said("{r1: [nobody]}") == "'nobody' is no node of site east\n");
}

TEST_CASE("places: the loss of a place hits it as a whole", "[scenario]") {
    CHECK(loaded("inject: zone.loss, target: zone:a, for: 5s").faults[0].target.among ==
          ids({0, 1, 2}));
    CHECK(loaded("inject: site.loss, target: {site: west}, for: 5s").faults[0].target.among ==
          ids({3, 4}));
    CHECK(loaded("inject: rack.loss, target: rack:r1, for: 5s", kRacks).faults[0].target.among ==
          ids({0, 2}));
    // Its hosts written out, as they are when a storm is.
    CHECK(loaded("inject: zone.loss, target: [node-1, node-2], for: 5s").faults[0].target.among ==
          ids({0, 1}));
    CHECK(fault_messages("at: 10s, inject: zone.loss, target: site:east, for: 5s") ==
          "zone.loss hits a zone as a whole\n");
    CHECK(fault_messages("at: 10s, inject: site.loss, target: {role: leader}, for: 5s") ==
          "site.loss hits a site as a whole\n");
    CHECK(fault_messages("at: 10s, inject: zone.loss, target: zone:q, for: 5s") ==
          "unknown zone 'q'\n");
}

TEST_CASE("places: a storm of racks needs racks", "[scenario]") {
    const auto said = [](std::string_view cluster) {
        return testing::messages(testing::load(
            std::string(cluster) + "faults:\n  - {id: f, at: 10s, until: 20s, random: {rate: 1/s, "
            "for: 1s, pick: [rack.loss]}}\n"));
    };
    CHECK(said("") == "the cluster names no racks\n");
    CHECK(said(kRacks).empty());
}

}  // namespace
}  // namespace shaketable
