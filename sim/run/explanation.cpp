// SPDX-License-Identifier: MIT
#include "sim/run/explanation.hpp"

#include <algorithm>
#include <memory>

#include "core/base/check.hpp"
#include "sim/check/stall.hpp"
#include "sim/measure/waiting.hpp"
#include "sim/run/world.hpp"

namespace shaketable {
namespace {

std::optional<Instant> start_of(const Result& result, const std::string& fault) {
    for (const FaultRow& row : result.faults) {
        if (row.id == fault) return row.start;
    }
    return std::nullopt;
}

std::string name_of(const Scenario& scenario, NodeId node) {
    return node.is_none() ? "" : scenario.nodes.at(node.value).name;
}

bool has_hit(const World& world, std::size_t fault, NodeId node) {
    const auto& sets = world.injector.hit(fault);
    return std::any_of(sets.begin(), sets.end(), [&](const HostSet& set) {
        return std::find(set.nodes.begin(), set.nodes.end(), node) != set.nodes.end();
    });
}

// Which faults can be behind what was waited for, by how their words begin.
std::vector<std::string_view> floors_of(Account account) {
    switch (account) {
        case Account::node: return {"node.", "host.", "resource.", "rack.", "zone.", "site."};
        case Account::disk: return {"disk."};
        // Who hears no leader, or gets too few votes, may be cut off.
        case Account::link:
        case Account::timer: return {"network."};
        case Account::client: break;
    }
    return {};
}

// The faults that acted on what was waited for, between two instants.
std::string faults_behind(const World& world, const Result& result, const Waited& waited,
                          const SpanRow& span) {
    const std::vector<std::string_view> floors = floors_of(waited.account);
    std::string text;
    for (std::size_t i = 0; i < result.faults.size(); ++i) {
        const FaultRow& fault = result.faults[i];
        if (!fault.start || *fault.start >= span.end || (fault.end && *fault.end <= span.start) ||
            std::none_of(floors.begin(), floors.end(), [&](std::string_view floor) {
                return fault.inject.starts_with(floor);
            })) {
            continue;
        }
        const bool of_other = !waited.other.is_none() && has_hit(world, i, waited.other);
        if (!has_hit(world, i, waited.who) && !of_other) continue;
        text += (text.empty() ? " (" : ", ") + fault.id;
    }
    return text.empty() ? "" : text + ")";
}

std::vector<PhaseEnd> phases_of(const RecoveryRow& row, Instant fault) {
    std::vector<PhaseEnd> phases;
    Instant end = fault;
    for (const PhaseRow& phase : row.phases) {
        end = end + phase.duration;
        phases.push_back({phase.name, end});
    }
    return phases;
}

std::vector<AccountRow> account_rows(const World& world, const Result& result,
                                     const RecoveryRow& row, const std::vector<Waited>& all,
                                     Instant fault) {
    std::vector<AccountRow> rows;
    Duration sum{};
    Instant start = fault;
    for (const PhaseEnd& phase : phases_of(row, fault)) {
        Duration of_phase{};
        for (const Waited& waited : all) {
            if (waited.phase != phase.name) continue;
            of_phase = of_phase + waited.duration;
            std::string who = name_of(world.scenario, waited.who);
            if (waited.who.is_none()) {
                who = waited.account == Account::client ? "clients" : "all nodes";
            }
            if (!waited.other.is_none()) who += " to " + name_of(world.scenario, waited.other);
            rows.push_back({std::string(phase.name),
                            std::string(kAccountNames[static_cast<std::size_t>(waited.account)]),
                            who, waited.duration,
                            std::string(waited.words) +
                                faults_behind(world, result, waited, {start, phase.end})});
        }
        novacron::check(of_phase == phase.end - start, "the accounts of a phase sum to it");
        sum = sum + of_phase;
        start = phase.end;
    }
    novacron::check(sum == *row.rto, "the accounts of a recovery sum to the RTO");
    return rows;
}

// What keeps a service, or a site, is no matter of the log's that clients write to.
bool of_something_else(const RecoveryRow& row) {
    return row.scope.starts_with("service:") || row.scope.starts_with("site:");
}

}  // namespace

bool misses_rto(const Result& result) {
    return std::any_of(result.targets.begin(), result.targets.end(), [](const TargetRow& row) {
        return row.id.starts_with("rto.") && row.verdict != Verdict::pass;
    });
}

void explain(const Scenario& scenario, Result& result) {
    World world(scenario, result.seed);
    std::vector<std::unique_ptr<Waiting>> watchers(result.recovery.size());
    Instant until{};
    for (std::size_t i = 0; i < result.recovery.size(); ++i) {
        const RecoveryRow& row = result.recovery[i];
        const auto fault = start_of(result, row.fault);
        if (of_something_else(row)) continue;
        if (row.censored) until = world.run_end();
        if (!fault || !row.rto || row.rto->ns == 0) continue;
        watchers[i] =
            std::make_unique<Waiting>(world.record, world.group().logs, *fault,
                                      phases_of(row, *fault));
        until = std::max(until, *fault + *row.rto);
    }
    if (until == Instant{}) return;
    world.start();
    world.do_events(until + Duration{1}, until);
    for (std::size_t i = 0; i < result.recovery.size(); ++i) {
        RecoveryRow& row = result.recovery[i];
        if (of_something_else(row)) continue;
        // Something is always under way; it is missing where service is out.
        const bool is_out = !row.outages.empty() && row.outages.back().end >= world.run_end();
        if (row.censored && is_out) {
            row.stall = what_is_missing(world.group().logs, world.node_names());
        }
        if (!watchers[i]) continue;
        row.accounts = account_rows(world, result, row, watchers[i]->waited(),
                                    *start_of(result, row.fault));
    }
}

}  // namespace shaketable
