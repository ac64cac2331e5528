// SPDX-License-Identifier: MIT
#include "sim/study/swarm.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "sim/scenario/loader.hpp"
#include "tests/catch.hpp"

namespace {

using namespace shaketable;

Scenario load(const std::string& text) {
    LoadResult loaded = load_scenario_text(text, "swarm.yaml");
    INFO(format(loaded.diagnostics));
    REQUIRE(loaded.ok());
    return *loaded.scenario;
}

Scenario stormy(const std::string& more = "") {
    return load(
        "version: 1\nname: stormy\ntime: {warmup: 1s, duration: 30s}\n"
        "cluster: {sites: {east: {nodes: [node-1, node-2, node-3, node-4, node-5]}}}\n"
        "workload: [{id: writes, rate: 50/s}]\nservice_level: {hold: 1s}\n"
        "targets: {rto: {max: 1s}, rpo: {max: 0s}, availability: {min: 90%}}\n"
        "faults:\n"
        "  - {id: storm, at: 2s, until: 20s, random: {rate: 1/s, for: 100ms..2s,\n"
        "     pick: [node.crash, node.pause, network.loss, disk.stall]}}\n" +
        more);
}

std::map<std::string, std::set<std::string>> values_drawn(const Scenario& scenario,
                                                          std::uint64_t seeds) {
    std::map<std::string, std::set<std::string>> values;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        for (const Drawn& one : redraw(scenario, seed).drawn) values[one.key].insert(one.value);
    }
    return values;
}

}  // namespace

TEST_CASE("swarm: a redrawn scenario is a function of the scenario and the seed") {
    const Scenario scenario = stormy();
    std::set<std::string> hashes;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const Redrawn once = redraw(scenario, seed);
        const Redrawn again = redraw(scenario, seed);
        CHECK(once.scenario.hash == again.scenario.hash);
        CHECK(once.drawn == again.drawn);
        hashes.insert(once.scenario.hash);
    }
    CHECK(hashes.size() >= 19);
}

TEST_CASE("swarm: every dial is turned by some seed, to more than one value") {
    const auto values = values_drawn(stormy(), 200);
    for (const std::string& dial : dials()) {
        INFO(dial);
        REQUIRE(values.contains(dial));
        CHECK(values.at(dial).size() >= 2);
    }
    CHECK(values.at("faults[storm].random.pick").size() >= 10);
    CHECK(values.at("faults[storm].random.rate").size() == 4);
}

TEST_CASE("swarm: what is drawn is what the scenario says") {
    const Scenario scenario = stormy();
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        const Redrawn redrawn = redraw(scenario, seed);
        for (const Drawn& one : redrawn.drawn) {
            if (one.key == "cluster.consensus.max_append_entries") {
                CHECK(std::to_string(redrawn.scenario.consensus.max_append_entries) == one.value);
            }
            if (one.key == "cluster.sites") {
                CHECK(std::to_string(redrawn.scenario.nodes.size()) + " nodes" == one.value);
            }
            if (one.key == "faults[storm].random.pick") {
                const auto& storm = std::get<RandomFaults>(redrawn.scenario.faults[0].what);
                for (const std::string& kind : storm.kinds) {
                    CHECK(one.value.find(kind) != std::string::npos);
                }
                CHECK_FALSE(storm.kinds.empty());
            }
        }
    }
}

TEST_CASE("swarm: a dial that is kept stays, and the others are drawn as without that") {
    const Scenario scenario = stormy();
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        std::vector<Drawn> expected = redraw(scenario, seed).drawn;
        std::erase_if(expected, [](const Drawn& one) { return one.key == "network.loss"; });
        CHECK(redraw(scenario, seed, {"network.loss"}).drawn == expected);
    }
}

TEST_CASE("swarm: a node that a fault names is never taken away") {
    const Scenario scenario =
        stormy("  - {id: one, at: 3s, inject: node.crash, target: node-5, for: 1s}\n");
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        CHECK(redraw(scenario, seed).scenario.nodes.size() >= 5);
    }
}

TEST_CASE("swarm: promises are judged, bounds on recovery and availability are not") {
    const Redrawn redrawn = redraw(stormy(), 7);
    CHECK_FALSE(redrawn.scenario.rto.has_value());
    CHECK_FALSE(redrawn.scenario.availability.has_value());
    CHECK(redrawn.scenario.rpo.has_value());
}

TEST_CASE("catches: runs that fail alike are one way to fail, in the order in which they came") {
    const auto failing = [](std::uint64_t seed, const char* rule) {
        Result result;
        result.seed = seed;
        result.findings.push_back({rule, Instant{5}, "broken"});
        return result;
    };
    Catches catches;
    CHECK_FALSE(catches.add(Result{}));
    CHECK(catches.add(failing(4, "S6")));
    CHECK(catches.add(failing(5, "S1")));
    CHECK_FALSE(catches.add(failing(9, "S6")));
    REQUIRE(catches.all().size() == 2);
    CHECK(catches.all()[0].signature.id == "S6");
    CHECK(catches.all()[0].first_seed == 4);
    CHECK(catches.all()[0].count == 2);
    CHECK(catches.failed() == 3);
}
