// SPDX-License-Identifier: MIT
#include "sim/scenario/changes.hpp"

#include "sim/scenario/leaves.hpp"
#include "tests/catch.hpp"
#include "tests/scenario/sample.hpp"

using namespace shaketable;
using shaketable::testing::load;

namespace {

Scenario scenario(std::string_view more) {
    LoadResult loaded = load(more);
    REQUIRE(loaded.ok());
    return std::move(*loaded.scenario);
}

// "path: before -> after", one a line.
std::string between(std::string_view before, std::string_view after) {
    std::string text;
    for (const ScenarioChange& change : changes(scenario(before), scenario(after))) {
        text += change.path + ": " + change.before + " -> " + change.after + "\n";
    }
    return text;
}

constexpr std::string_view kFault =
    "faults: [{id: crash, at: 20s, inject: node.crash, target: {role: leader}, for: 5s}]\n";

}  // namespace

TEST_CASE("changes: another spelling and a default spelled out are none") {
    CHECK(between("time: {warmup: 5s, duration: 60s}\n", "time: {duration: 1m, warmup: 5000ms}\n")
              .empty());
    CHECK(between("", "disk: {sync_latency: 1ms}\n").empty());
}

TEST_CASE("changes: what differs goes by its path, elements of lists by their id") {
    CHECK(between(kFault,
                  "faults: [{id: crash, at: 20s, inject: node.crash, "
                  "target: {role: leader}, for: 9s}]\n") == "faults[crash].for: 5s -> 9s\n");
    CHECK(between("",
                  "cluster:\n  sites:\n    east: {nodes: [node-1, node-2], zone: a}\n"
                  "    west: {nodes: [node-4, node-5], zone: b}\n") ==
          "cluster.sites.east.nodes: [node-1, node-2, node-3] -> [node-1, node-2]\n");
}

TEST_CASE("changes: what only one side says is a change from nothing, or to it") {
    CHECK(between("", "targets: {availability: {min: 99%}}\n") ==
          "targets.availability.min:  -> 99%\n");
    CHECK(between("targets: {availability: {min: 99%}}\n", "") ==
          "targets.availability.min: 99% -> \n");
}

TEST_CASE("changes: a constant that becomes a distribution is seen") {
    const std::string text =
        between("", "network: {latency: {dist: lognormal, median: 300us, p99: 1ms}}\n");
    CHECK(text.find("network.latency.median:  -> 300us\n") != std::string::npos);
    CHECK(text.find("network.latency: 500us -> \n") != std::string::npos);
}

TEST_CASE("changes: the parts of a scenario") {
    using enum ScenarioPart;
    CHECK(part_of("cluster.consensus.heartbeat_interval") == system);
    CHECK(part_of("cluster.boot_time") == system);
    CHECK(part_of("cluster.sites.east.nodes") == experiment);
    CHECK(part_of("cluster.clocks.node-1.drift") == experiment);
    CHECK(part_of("faults[crash].for") == experiment);
    CHECK(part_of("workload[writes].rate") == experiment);
    CHECK(part_of("service_level.hold") == experiment);
    CHECK(part_of("time.duration") == experiment);
    CHECK(part_of("targets.rto.from") == experiment);
    CHECK(part_of("targets.rto.of") == experiment);
    CHECK(part_of("targets.rto.service") == experiment);
    CHECK(part_of("targets.rto.site") == experiment);
    CHECK(part_of("services.shop.policies.store.timeout") == system);
    CHECK(part_of("clients.people.rate") == experiment);
    CHECK(part_of("targets.rpo.from") == experiment);
    CHECK(part_of("targets.rto.max") == judgement);
    CHECK(part_of("checks[durable].at_end") == judgement);
    CHECK(part_of("description") == judgement);
    CHECK(part_of("seeds") == judgement);
}

TEST_CASE("leaves: a key is found by its path or as the first below it, and not by a beginning") {
    const std::vector<Leaf> all = {{"targets.rto.maximum", "1", {}},
                                   {"targets.rto.max", "2", {}},
                                   {"checks[durable].at_end", "3", {}}};
    CHECK(find_leaf(all, "targets.rto.max")->value == "2");
    CHECK(find_leaf(all, "targets.rto")->value == "1");
    CHECK(find_leaf(all, "checks[durable]")->value == "3");
    CHECK(find_leaf(all, "checks[dur") == nullptr);
    CHECK(find_leaf(all, "targets.r") == nullptr);
}

TEST_CASE("leaves: a file that can't be read says nothing") {
    CHECK(leaves_of_file("/nowhere/at/all.yaml", {}).empty());
}
