// SPDX-License-Identifier: MIT
//
// Rare situations, met where they are made and nowhere else.
#include "sim/check/probes.hpp"

#include <set>
#include <string>

#include "sim/scenario/loader.hpp"
#include "tests/catch.hpp"
#include "tests/run/drill.hpp"

namespace {

using namespace shaketable;

// The probes that a run of a small cluster meets.
std::set<std::string> met(const std::string& more, std::uint64_t seed = 1) {
    LoadResult loaded = load_scenario_text(
        "version: 1\nname: probes\ntime: {warmup: 1s, duration: 12s}\n"
        "cluster:\n  sites: {east: {nodes: [node-1, node-2, node-3, node-4]}}\n"
        "  spares: [node-4]\n  boot_time: 300ms\n"
        "  consensus: {snapshot_threshold: 100, trailing_entries: 10}\n"
        "workload: [{id: writes, rate: 100/s}, {id: reads, operation: read, rate: 50/s}]\n"
        "service_level: {hold: 1s}\n" +
            more,
        "probes.yaml");
    INFO(format(loaded.diagnostics));
    REQUIRE(loaded.ok());
    Simulation simulation(*loaded.scenario, seed);
    simulation.look_for_probes();
    simulation.advance(Instant::never());
    const std::vector<std::uint64_t> counts = simulation.result().probes;
    REQUIRE(counts.size() == kProbes);
    std::set<std::string> names;
    for (std::size_t i = 0; i < kProbes; ++i) {
        if (counts[i] > 0) names.emplace(probe_table()[i].name);
    }
    return names;
}

bool has(const std::set<std::string>& names, const std::string& name) {
    INFO(name);
    return names.count(name) > 0;
}

}  // namespace

TEST_CASE("probes: a table of different names, each with words") {
    std::set<std::string_view> names;
    for (const ProbeWords& probe : probe_table()) {
        CHECK(names.insert(probe.name).second);
        CHECK_FALSE(probe.words.empty());
    }
    CHECK(names.size() >= 20);
}

TEST_CASE("probes: a quiet run meets none, but that its clients come before the first leader") {
    CHECK(met("") == std::set<std::string>{"acknowledged-at-third-attempt"});
}

TEST_CASE("probes: a run that is not asked has none, and is the same run") {
    const Scenario scenario = test::crash_drill();
    const Result plain = run(scenario, 1);
    CHECK(plain.probes.empty());
    Simulation simulation(scenario, 1);
    simulation.look_for_probes();
    simulation.advance(Instant::never());
    CHECK(simulation.result().fingerprint == plain.fingerprint);
}

TEST_CASE("probes: the crash of a leader between acknowledgements") {
    const auto names = met(
        "faults:\n  - {id: f, at: 5s, inject: node.crash, target: {role: leader}, for: 2s}\n");
    CHECK(has(names, "acknowledged-then-stopped"));
    CHECK(has(names, "no-leader-in-a-quorum"));
    CHECK(has(names, "elected-by-bare-majority"));
    CHECK_FALSE(has(names, "elected-while-cut"));
    CHECK_FALSE(has(names, "majority-down"));
}

TEST_CASE("probes: a leader that is cut off, and what it wrote in vain") {
    const auto names = met(
        "faults:\n  - {id: f, at: 5s, inject: network.partition,"
        " target: {split: [[leader], [others]]}, for: 3s}\n");
    CHECK(has(names, "elected-while-cut"));
    CHECK(has(names, "leader-stepped-down"));
    CHECK_FALSE(has(names, "acknowledged-then-stopped"));
    const auto reached = met(
        "faults:\n  - {id: f, at: 5s, inject: network.partition,"
        " target: {split: [[leader, clients], [others]]}, for: 3s}\n");
    CHECK(has(reached, "entries-removed"));
    CHECK(has(reached, "own-entries-removed"));
    CHECK(has(reached, "logs-differ-after-cut"));
}

TEST_CASE("probes: a long absence ends with a snapshot") {
    const auto names =
        met("faults:\n  - {id: f, at: 3s, inject: node.crash, target: {pick: 1, of: {role: "
            "follower}}, for: 5s}\n");
    CHECK(has(names, "snapshot-installed"));
    CHECK_FALSE(has(names, "snapshot-while-changing"));
    const auto restart =
        met("faults:\n  - {id: f, at: 5s, inject: node.crash, target: {pick: 1, of: {role: "
            "follower}}, for: 1ms}\n");
    CHECK_FALSE(has(restart, "snapshot-installed"));
}

TEST_CASE("probes: all nodes down, and a host that was lied to") {
    const auto names = met(
        "faults:\n  - {id: lie, at: 4s, inject: disk.sync_ignored, target: all, for: 4s}\n"
        "  - {id: dark, at: 6s, inject: node.power_loss, target: all, for: 1s}\n");
    CHECK(has(names, "all-down"));
    CHECK(has(names, "majority-down"));
    CHECK(has(names, "lie-then-power-loss"));
    CHECK(has(names, "started-without-leader"));
}

TEST_CASE("probes: members that come and go, and a hand-over") {
    const auto names =
        met("faults:\n  - {id: add, at: 3s, inject: raft.add_node, target: node-4, for: 3s}\n"
            "  - {id: go, at: 7s, inject: raft.remove_node, target: {role: leader}, for: 3s}\n");
    CHECK(has(names, "learner-promoted"));
    CHECK(has(names, "leader-left-the-group"));
    CHECK(has(names, "snapshot-while-changing"));
    const auto handed = met(
        "faults:\n  - {id: f, at: 5s, inject: raft.transfer_leadership,"
        " target: {pick: 1, of: {role: follower}}}\n");
    CHECK(has(handed, "hand-over-done"));
    CHECK_FALSE(has(handed, "learner-promoted"));
}
