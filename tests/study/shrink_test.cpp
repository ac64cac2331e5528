// SPDX-License-Identifier: MIT
#include "sim/study/shrink.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "sim/run/run.hpp"
#include "sim/scenario/brief.hpp"
#include "sim/scenario/emit.hpp"
#include "sim/scenario/loader.hpp"
#include "sim/study/delta_debugging.hpp"
#include "sim/study/edits.hpp"
#include "tests/catch.hpp"

namespace {

using namespace shaketable;
using novacron::milliseconds;
using novacron::seconds;

Scenario load(const std::string& text) {
    LoadResult loaded = load_scenario_text(text, "shrink.yaml");
    INFO(format(loaded.diagnostics));
    REQUIRE(loaded.ok());
    return *loaded.scenario;
}

Node tree_of(const Scenario& scenario) {
    Diagnostics diagnostics;
    auto tree = parse_yaml(scenario.resolved, "tree", diagnostics);
    REQUIRE(tree.has_value());
    return *tree;
}

Scenario with_faults(const std::string& faults, const std::string& more = "") {
    return load(
        "version: 1\nname: five\ntime: {warmup: 1s, duration: 20s}\n"
        "cluster: {sites: {east: {nodes: [node-1, node-2, node-3, node-4, node-5]}}}\n"
        "network: {latency: 300us..1ms}\n"
        "workload: [{id: writes, rate: 50/s}, {id: reads, operation: read, rate: 20/s}]\n"
        "service_level: {latency_p95: 50ms, hold: 1s}\n" +
        more + "faults:\n" + faults);
}

// Disks that lie and a power cut for all, among faults that have nothing to do with the loss.
Scenario lies_among_noise() {
    return with_faults(
        "  - {id: noise, at: 2s, until: 15s, random: {rate: 2/s, for: 100ms..2s,\n"
        "     pick: [network.delay, network.duplicate, disk.slow]}}\n"
        "  - {id: lie, at: 4s, inject: disk.sync_ignored, target: all, until: cut.end}\n"
        "  - {id: cut, at: 9s, inject: node.power_loss, target: all, for: 2s}\n"
        "  - {id: pause, at: 12s, inject: node.pause, target: node-2, for: 1s}\n");
}

std::optional<Shrunk> shrunk(const Scenario& scenario, std::uint64_t seed,
                             const ShrinkOptions& options = {}) {
    const std::atomic<bool> stop{false};
    return shrink(
        scenario, seed, options, [](std::string_view, const Size&, std::uint64_t) {}, stop);
}

std::vector<std::size_t> smallest(std::size_t count, const std::vector<std::size_t>& needed) {
    return smallest_part(
        count,
        [&](const std::vector<std::size_t>& kept) {
            REQUIRE(std::is_sorted(kept.begin(), kept.end()));
            return std::includes(kept.begin(), kept.end(), needed.begin(), needed.end());
        },
        [] { return false; });
}

}  // namespace

TEST_CASE("delta debugging: of any set exactly the needed elements are left") {
    for (std::size_t count = 0; count <= 9; ++count) {
        for (std::size_t mask = 0; mask < std::size_t{1} << count; ++mask) {
            std::vector<std::size_t> needed;
            for (std::size_t i = 0; i < count; ++i) {
                if ((mask >> i & 1U) != 0) needed.push_back(i);
            }
            REQUIRE(smallest(count, needed) == needed);
        }
    }
}

TEST_CASE("delta debugging: one culprit of a thousand takes few tries") {
    std::size_t tries = 0;
    const auto left = smallest_part(
        1000,
        [&](const std::vector<std::size_t>& kept) {
            ++tries;
            return std::binary_search(kept.begin(), kept.end(), std::size_t{617});
        },
        [] { return false; });
    CHECK(left == std::vector<std::size_t>{617});
    CHECK(tries <= 30);
}

TEST_CASE("delta debugging: it stops when it has had enough") {
    std::size_t tries = 0;
    const auto left = smallest_part(
        64, [&](const std::vector<std::size_t>&) { return ++tries, true; },
        [&] { return tries >= 2; });
    CHECK(tries == 2);
    CHECK(left.size() < 64);
}

TEST_CASE("spelled out: a storm's faults, written one by one, give the same run") {
    const Scenario storm = with_faults(
        "  - {id: storm, at: 2s, until: 15s, random: {rate: 1/s, for: 100ms..2s, pick: [\n"
        "     node.crash, node.power_loss, node.pause, network.partition, network.delay,\n"
        "     network.loss, network.duplicate, network.reorder, disk.slow, disk.stall, "
        "disk.sync_ignored]}}\n");
    int compared = 0;
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        Simulation simulation(storm, seed);
        simulation.advance(Instant::never());
        const Result before = simulation.result();
        const std::vector<StruckFault> struck = simulation.struck();
        const Scenario spelled = load(spell_out(storm, struck));
        const bool all_hit = std::none_of(
            before.faults.begin(), before.faults.end(),
            [](const FaultRow& row) { return row.target.find("nobody") != std::string::npos; });
        if (!all_hit) continue;
        ++compared;
        CHECK(spelled.faults.size() == struck.size());
        CHECK(run(spelled, seed).fingerprint == before.fingerprint);
    }
    CHECK(compared >= 3);
}

// Whether a storm of these faults, written one by one, gives the same runs.
void check_spelled_out(const std::string& pick, int at_least) {
    const Scenario storm = with_faults(
        "  - {id: storm, at: 2s, until: 15s, random: {rate: 1/s, for: 100ms..2s,\n"
        "     partitions: any, pick: [" + pick + "]}}\n");
    int compared = 0;
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        INFO(pick << ", seed " << seed);
        Simulation simulation(storm, seed);
        simulation.advance(Instant::never());
        const Result before = simulation.result();
        const std::vector<StruckFault> struck = simulation.struck();
        const Scenario spelled = load(spell_out(storm, struck));
        // Faults that hit nobody are not written, and those after them have other numbers.
        if (spelled.faults.size() != struck.size()) continue;
        ++compared;
        CHECK(run(spelled, seed).fingerprint == before.fingerprint);
    }
    CHECK(compared >= at_least);
}

TEST_CASE("spelled out: bad networks, loads, clocks and operators give the same run, too") {
    check_spelled_out("network.partition, node.pause", 3);
    check_spelled_out("network.jitter, network.burst_loss, network.corrupt, network.bandwidth", 3);
    check_spelled_out("network.hold, network.flap, network.swizzle", 3);
    check_spelled_out("load.spike, load.ramp, load.hot_key, load.herd", 3);
    check_spelled_out("clock.step, clock.smear, clock.freeze, clock.drift", 3);
    check_spelled_out(
        "operator.restart_wrong_node, operator.repeat_removal, operator.push_configuration", 3);
}

TEST_CASE("spelled out: a part of the workloads is named") {
    const Scenario scenario = with_faults(
        "  - {id: spike, at: 2s, for: 1s, inject: load.spike, target: reads, with: {factor: 2}}\n");
    Simulation simulation(scenario, 1);
    simulation.advance(Instant::never());
    const Scenario spelled = load(spell_out(scenario, simulation.struck()));
    REQUIRE(spelled.faults.size() == 1);
    CHECK(spelled.faults[0].target.workloads == std::vector<std::uint32_t>{1});
}

TEST_CASE("storms: within tolerance nothing is done to clocks that reads trust") {
    const auto nodes_hit = [](const std::string& tolerance) {
        const Scenario storm = with_faults(
            "  - {id: storm, at: 2s, until: 15s, random: {rate: 2/s, for: 1s..2s,\n"
            "     tolerance: " + tolerance +
                ", pick: [clock.freeze, operator.push_configuration]}}\n");
        Node tree = tree_of(storm);
        Node* consensus = edits::find(tree, {"cluster", "consensus"});
        consensus->entries.push_back({"reads", {}, Node::scalar("lease", {})});
        Simulation simulation(load(emit_yaml(tree)), 1);
        simulation.advance(Instant::never());
        std::size_t count = 0;
        for (const StruckFault& struck : simulation.struck()) count += struck.hit[0].nodes.size();
        return count;
    };
    CHECK(nodes_hit("within") == 0);
    CHECK(nodes_hit("beyond") > 0);
}

TEST_CASE("edits: links go one by one, and with their nodes") {
    const Scenario scenario = with_faults(
        "  - {id: cut, at: 2s, for: 1s, inject: network.partition, target: {links: [\n"
        "     {from: [node-1], to: [node-2]}, {from: [node-3], to: [node-4, node-5]}]}}\n");
    Node tree = tree_of(scenario);
    REQUIRE(edits::host_lists(edits::faults(tree)[0]).size() == 1);
    CHECK(edits::host_lists(edits::faults(tree)[0])[0]->items.size() == 2);
    edits::forget_node(tree, "node-5");
    const LoadResult left = load_scenario_text(emit_yaml(tree), "left.yaml");
    REQUIRE(left.ok());
    CHECK(std::get<Partition>(std::get<FaultKind>(left.scenario->faults.at(0).what)).links.size() ==
          1);
}

TEST_CASE("spelled out: faults of processes, disks, hosts and places give the same run, too") {
    for (const char* tolerance : {"within", "beyond"}) {
        const Scenario storm = with_faults(
            "  - {id: storm, at: 2s, until: 15s, random: {rate: 1/s, for: 100ms..2s, "
            "tolerance: " + std::string(tolerance) + ", pick: [\n"
            "     node.restart, node.crash_loop, node.kill_at, disk.torn_write,\n"
            "     disk.unsynced_loss, disk.write_error, disk.misdirected_write, disk.fail_slow,\n"
            "     host.lost_disk, zone.loss, site.loss, host.cpu_hog, host.memory_leak,\n"
            "     host.connection_limit, disk.bit_rot, raft.transfer_leadership, node.crash,\n"
            "     disk.sync_ignored]}}\n");
        int compared = 0;
        for (std::uint64_t seed = 1; seed <= 30; ++seed) {
            Simulation simulation(storm, seed);
            simulation.advance(Instant::never());
            const Result before = simulation.result();
            const bool all_hit = std::none_of(
                before.faults.begin(), before.faults.end(),
                [](const FaultRow& row) { return row.target.find("nobody") != std::string::npos; });
            if (!all_hit) continue;
            ++compared;
            INFO(tolerance << ", seed " << seed);
            const Scenario spelled = load(spell_out(storm, simulation.struck()));
            CHECK(run(spelled, seed).fingerprint == before.fingerprint);
        }
        CHECK(compared >= 5);
    }
}

TEST_CASE("spelled out: a target's clock that started with a storm starts with its first fault") {
    const Scenario storm = with_faults(
        "  - {id: storm, at: 2s, until: 9s, random: {rate: 1/s, for: 1s..2s,\n"
        "     pick: [node.pause]}}\n",
        "targets: {rto: {from: storm.start, max: 30s}}\n");
    Simulation simulation(storm, 1);
    simulation.advance(Instant::never());
    const Scenario spelled = load(spell_out(storm, simulation.struck()));
    REQUIRE(spelled.rto.has_value());
    REQUIRE(spelled.rto->from.has_value());
    CHECK(spelled.faults[*spelled.rto->from].id == "storm-1");
}

TEST_CASE("spelled out: checks of what is not there any more are left out, others stay") {
    const Scenario storm = with_faults(
        "  - {id: storm, at: 2s, until: 9s, random: {rate: 1/s, for: 1s..2s,\n"
        "     pick: [node.pause]}}\n"
        "  - {id: pause, at: 10s, inject: node.pause, target: node-1, for: 1s}\n",
        "checks:\n"
        "  - {id: a, sometime: cluster.has_leader, during: storm}\n"
        "  - {id: b, sometime: cluster.has_leader, during: pause}\n"
        "  - {id: c, eventually: cluster.has_leader, within: 1s, after: storm.end}\n"
        "  - {id: d, eventually: cluster.has_leader, within: 1s, after: pause.end}\n"
        "  - {id: e, eventually: cluster.has_leader, within: 1s, after: faults.end}\n");
    Simulation simulation(storm, 1);
    simulation.advance(Instant::never());
    const Scenario spelled = load(spell_out(storm, simulation.struck()));
    std::string ids;
    for (const CheckSpec& check : spelled.checks) ids += check.id;
    CHECK(ids == "bde");
}

TEST_CASE("brief: what is so by default is left out, and the scenario is the same") {
    const Scenario scenario = lies_among_noise();
    const std::string text = brief(scenario);
    CHECK(load(text).hash == scenario.hash);
    CHECK(text.find("heartbeat_interval") == std::string::npos);
    CHECK(text.find("max_append_entries") == std::string::npos);
    CHECK(text.find("latency: 300us..1ms") != std::string::npos);
    CHECK(text.size() < scenario.resolved.size() / 2);
}

TEST_CASE("edits: a node that is forgotten is in no site, clock or target") {
    Node tree = tree_of(
        with_faults("  - {id: one, at: 2s, inject: node.crash, target: [node-2], for: 1s}\n"
                    "  - {id: two, at: 2s, inject: node.pause, target: [node-2, node-3], for: 1s}\n"
                    "  - {id: cut, at: 2s, inject: network.partition, for: 1s,\n"
                    "     target: {split: [[node-2], [node-3, node-4]]}}\n"));
    edits::forget_node(tree, "node-2");
    REQUIRE(edits::faults(tree).size() == 1);
    CHECK(edits::text(edits::faults(tree)[0], "id") == "two");
    CHECK(edits::find(tree, {"cluster", "sites", "east", "nodes"})->items.size() == 4);
}

TEST_CASE("edits: a run that ends earlier has no later faults, and shorter ones") {
    Node tree = tree_of(
        with_faults("  - {id: one, at: 2s, inject: node.crash, target: node-2, for: 9s}\n"
                    "  - {id: two, at: 8s, inject: node.crash, target: node-2, for: 1s}\n"));
    edits::end_at(tree, seconds(5));
    REQUIRE(edits::faults(tree).size() == 1);
    CHECK(edits::duration(edits::faults(tree)[0], "for") == seconds(3));
}

TEST_CASE("edits: simpler times are smaller and rounder, the smallest first") {
    const auto times = edits::simpler(milliseconds(12'345));
    CHECK(times.front() == seconds(10));
    CHECK(std::is_sorted(times.begin(), times.end()));
    CHECK(times.back() < milliseconds(12'345));
    CHECK(edits::simpler(seconds(10)).empty());
}

TEST_CASE("shrink: of a loss among noise only the lie and the power cut are left") {
    const Scenario scenario = lies_among_noise();
    const auto result = shrunk(scenario, 1);
    REQUIRE(result.has_value());
    CHECK(result->before.faults > 15);
    CHECK(result->after.faults <= 2);
    CHECK(result->after.nodes < 5);
    CHECK(result->after.duration < scenario.duration);
    CHECK_FALSE(result->interrupted);

    SECTION("its file fails in the same way") {
        const Scenario smaller = load(result->yaml);
        CHECK(smaller.hash == result->scenario.hash);
        CHECK(smaller.seeds.first == result->seed);
        CHECK(shows(run(smaller, result->seed), result->signature));
    }
    SECTION("and no fault of it can go") {
        const Node tree = tree_of(load(result->yaml));
        for (std::size_t i = 0; i < result->after.faults; ++i) {
            Node fewer = tree;
            auto& faults = edits::faults(fewer);
            faults.erase(faults.begin() + static_cast<std::ptrdiff_t>(i));
            CHECK_FALSE(shows(run(load(emit_yaml(fewer)), result->seed), result->signature));
        }
    }
    SECTION("and it comes out alike again") { CHECK(shrunk(scenario, 1)->yaml == result->yaml); }
}

TEST_CASE("shrink: a missed target and a failed check are kept as they were") {
    const Scenario misses = with_faults(
        "  - {id: crash, at: 3s, inject: node.crash, target: {role: leader}, for: 2s}\n"
        "  - {id: late, at: 9s, inject: disk.slow, target: node-1, for: 1s,\n"
        "     with: {sync_latency: 3ms}}\n",
        "targets: {rto: {from: crash.start, max: 1ms}, availability: {min: 1%}}\n");
    const auto result = shrunk(misses, 3);
    REQUIRE(result.has_value());
    CHECK(result->signature == Signature{Signature::Kind::target, "rto.max"});
    CHECK(result->after.faults == 1);
    CHECK(result->yaml.find("rto") != std::string::npos);
    CHECK(result->yaml.find("availability") == std::string::npos);
}

TEST_CASE("shrink: a run that passes has nothing to shrink") {
    CHECK_FALSE(shrunk(with_faults("  - {id: nap, at: 3s, inject: node.pause, target: node-1,"
                                   " for: 10ms}\n"),
                       1));
}

TEST_CASE("shrink: the bound on runs is kept, and said to be the end") {
    ShrinkOptions few;
    few.max_runs = 5;
    const auto result = shrunk(lies_among_noise(), 1, few);
    REQUIRE(result.has_value());
    CHECK(result->runs == 5);
    CHECK(result->interrupted);
    CHECK(shows(run(load(result->yaml), result->seed), result->signature));
}
