// SPDX-License-Identifier: MIT
//
// A small scenario to run: five nodes, clients that write and that read, the leader's crash.
#pragma once

#include <cstdint>
#include <string>

#include "sim/run/result_json.hpp"
#include "sim/run/run.hpp"

#include <nlohmann/json.hpp>

namespace shaketable::test {

inline FaultSpec fault(const std::string& id, const std::string& inject, const FaultKind& kind,
                       const Selector& target, Duration start, std::optional<Duration> end) {
    FaultSpec spec{id, inject, kind, target, {When::Anchor::run_start, 0, start, {}}, std::nullopt};
    if (end) spec.end = When{When::Anchor::run_start, 0, *end, {}};
    return spec;
}

inline Selector everybody(std::uint32_t nodes) {
    Selector all;
    for (std::uint32_t i = 0; i < nodes; ++i) all.among.push_back(NodeId{i});
    return all;
}

inline Selector leader(std::uint32_t nodes) {
    Selector one = everybody(nodes);
    one.role = Selector::Role::leader;
    return one;
}

// Without faults: one second of warm-up and five more.
inline Scenario quiet_drill(std::uint32_t nodes = 5) {
    Scenario scenario;
    scenario.name = "drill";
    scenario.hash = "0123456789abcdef";
    scenario.warmup = novacron::seconds(1);
    scenario.duration = novacron::seconds(6);
    for (std::uint32_t i = 0; i < nodes; ++i) {
        scenario.nodes.push_back({"node-" + std::to_string(i + 1), "site", "zone", {}, 0});
    }
    scenario.default_link.latency =
        Lognormal{novacron::microseconds(500), novacron::milliseconds(2)};
    WorkloadSpec writes;
    writes.id = "writes";
    WorkloadSpec reads = writes;
    reads.id = "reads";
    reads.operation = WorkloadSpec::Operation::read;
    scenario.workloads = {writes, reads};
    scenario.service_level.hold = novacron::seconds(1);
    return scenario;
}

// The leader is down from second 2 to second 4.
inline Scenario crash_drill(std::uint32_t nodes = 5) {
    Scenario scenario = quiet_drill(nodes);
    scenario.faults = {fault("crash", "node.crash", NodeCrash{}, leader(nodes),
                             novacron::seconds(2), novacron::seconds(4))};
    return scenario;
}

// Everything a result says, as text.
inline std::string all_of(const Result& result) {
    nlohmann::ordered_json json = to_json(result, "");
    json["timeline"] = timeline_to_json(result);
    for (const CheckpointRow& checkpoint : result.checkpoints) {
        json["checkpoints"].push_back({checkpoint.facts, checkpoint.at.ns, checkpoint.digest});
    }
    return json.dump(2);
}

}  // namespace shaketable::test
