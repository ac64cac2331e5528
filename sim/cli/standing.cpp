// SPDX-License-Identifier: MIT
#include "sim/cli/standing.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/hex.hpp"
#include "sim/cli/command.hpp"
#include "sim/cli/text_table.hpp"
#include "sim/scenario/units.hpp"

namespace shaketable::cli {

namespace {

constexpr std::array kKinds = {OperationKind::write, OperationKind::read};

std::string_view role_of(const NodeStatus& node) {
    if (!node.role) return "-";
    return novacron::raft::kRoleNames[static_cast<std::size_t>(*node.role)];
}

std::string_view state_of(const NodeStatus& node) {
    return kNodeStateNames[static_cast<std::size_t>(node.state)];
}

std::string name_of(const Drill& drill, NodeId node) {
    return node.is_none() ? "-" : drill.scenario().nodes[node.value].name;
}

std::vector<FaultRow> acting(const Result& result) {
    std::vector<FaultRow> rows;
    std::copy_if(result.faults.begin(), result.faults.end(), std::back_inserter(rows),
                 [](const FaultRow& fault) { return fault.start && !fault.end; });
    return rows;
}

std::string_view service_of(const Drill& drill, OperationKind kind) {
    return kServiceStateNames[static_cast<std::size_t>(drill.service(kind))];
}

}  // namespace

std::string render_standing(const Drill& drill) {
    TextTable nodes;
    nodes.add({"node", "state", "role", "term", "leader", "log", "committed", "applied"});
    for (const NodeStatus& node : drill.nodes()) {
        nodes.add({node.name, std::string(state_of(node)), std::string(role_of(node)),
                   std::to_string(node.term.value), name_of(drill, node.leader),
                   std::to_string(node.last.value), std::to_string(node.commit.value),
                   std::to_string(node.applied.value)});
    }
    const Result result = drill.result();
    TextTable rest;
    for (const FaultRow& fault : acting(result)) {
        rest.add({"acting", fault.id, fault.inject, fault.target,
                  "since " + format_duration_brief(*fault.start - Instant{}),
                  fault.observed ? fault.effect : "no effect seen yet"});
    }
    if (acting(result).empty()) rest.add({"acting", "no fault"});
    rest.add({"service", fmt::format("writes {}, reads {}", service_of(drill, kKinds[0]),
                                     service_of(drill, kKinds[1]))});
    for (const FindingRow& finding : result.findings) {
        rest.add({"finding", finding.rule, finding.message});
    }
    rest.add({"fingerprint", fmt::format("{} over {} facts", result.fingerprint, result.facts)});
    return nodes.text(2) + rest.text(2);
}

nlohmann::ordered_json standing_to_json(const Drill& drill) {
    using Json = nlohmann::ordered_json;
    const Result result = drill.result();
    Json json = {{"schema_version", 1},
                 {"scenario", result.scenario},
                 {"seed", result.seed},
                 {"run_key", result.run_key},
                 {"at_ns", (drill.now() - Instant{}).ns},
                 {"fingerprint", result.fingerprint},
                 {"facts", result.facts},
                 {"writes", service_of(drill, OperationKind::write)},
                 {"reads", service_of(drill, OperationKind::read)},
                 {"nodes", Json::array()},
                 {"acting", Json::array()}};
    for (const NodeStatus& node : drill.nodes()) {
        const Json role = node.role ? Json(role_of(node)) : Json(nullptr);
        const Json leader =
            node.leader.is_none() ? Json(nullptr) : Json(name_of(drill, node.leader));
        json["nodes"].push_back({{"name", node.name},
                                 {"state", state_of(node)},
                                 {"role", role},
                                 {"term", node.term.value},
                                 {"leader", leader},
                                 {"last", node.last.value},
                                 {"committed", node.commit.value},
                                 {"applied", node.applied.value}});
    }
    for (const FaultRow& fault : acting(result)) {
        json["acting"].push_back({{"id", fault.id},
                                  {"inject", fault.inject},
                                  {"target", fault.target},
                                  {"start_ns", fault.start->ns},
                                  {"effect", fault.effect}});
    }
    return json;
}

bool go_on_until(Drill& drill, Instant until, const std::atomic<bool>& stop) {
    while (drill.now() < until && !stop) {
        drill.advance(std::min(until, drill.now() + novacron::seconds(10)));
    }
    return !stop;
}

Instant instant_or_refuse(const Drill& drill, const std::string& option, const std::string& text) {
    const auto refuse = [&](const std::string& why) {
        return InputError(fmt::format("{} {}: {}", option, text, why));
    };
    try {
        const Instant at = drill.instant_of(text);
        if (at <= drill.end()) return at;
        throw refuse("the run ends at " + format_duration(drill.end() - Instant{}));
    } catch (const DrillError& error) {
        throw refuse(error.what());
    }
}

}  // namespace shaketable::cli
