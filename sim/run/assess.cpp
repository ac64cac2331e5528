// SPDX-License-Identifier: MIT
#include "sim/run/assess.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "core/kv/command.hpp"
#include "sim/run/assess_services.hpp"
#include "sim/fault/partition_shapes.hpp"
#include "sim/run/conditions.hpp"
#include "sim/run/judge_backups.hpp"
#include "sim/run/judge_deploys.hpp"
#include "sim/run/monitoring.hpp"
#include "sim/scenario/places.hpp"

namespace shaketable {
namespace {

// Rows of the timeline a result keeps: about one in two thousand events, and never fewer than
// these.
constexpr std::size_t kMinTimelineRows = 24;
constexpr std::uint64_t kEventsPerTimelineRow = 2000;

std::string name_of_node(const World& world, NodeId node) {
    return world.scenario.nodes.at(node.value).name;
}

std::string name_of_hosts(const World& world, const HostSet& set) {
    std::string text;
    for (const NodeId node : set.nodes) {
        if (!text.empty()) text += ' ';
        text += name_of_node(world, node);
    }
    const std::vector<std::string> clients = names_of_clients(world.scenario);
    for (const std::uint32_t number : set.workloads) {
        if (!text.empty()) text += ' ';
        text += clients.at(number);
    }
    for (const std::uint32_t number : set.services) {
        if (!text.empty()) text += ' ';
        text += world.scenario.graph.services.at(number).id;
    }
    if (set.clients) text += text.empty() ? "clients" : " clients";
    return text.empty() ? "nobody" : text;
}

std::string target_text(const World& world, std::size_t fault) {
    const FaultKind& kind = world.injector.faults()[fault].kind;
    if (is_of_backups(kind)) return "backups";
    const auto* partition = std::get_if<Partition>(&kind);
    const bool links = partition != nullptr && cuts_links(partition->shape);
    const bool wrong = std::holds_alternative<WrongRestart>(kind);
    std::string text;
    std::size_t count = 0;
    for (const HostSet& set : world.injector.hit(fault)) {
        const bool second_end = count++ % 2 == 1;
        const char* between = wrong            ? " instead of "
                              : !links         ? " | "
                              : second_end     ? "-"
                                               : ", ";
        if (!text.empty()) text += between;
        text += name_of_hosts(world, set);
    }
    return text;
}

std::vector<FaultRow> fault_rows(const World& world) {
    std::vector<FaultRow> rows;
    const auto& faults = world.injector.faults();
    for (std::size_t i = 0; i < faults.size(); ++i) {
        FaultRow row;
        row.id = faults[i].id;
        row.inject = faults[i].inject;
        row.target = target_text(world, i);
        rows.push_back(row);
    }
    for (const Timeline::Moment& moment : world.timeline.moments()) {
        if (const auto* started = std::get_if<FaultStarted>(&moment.fact)) {
            rows[started->fault.value].start = moment.at;
        } else if (const auto* ended = std::get_if<FaultEnded>(&moment.fact)) {
            rows[ended->fault.value].end = moment.at;
        } else if (const auto* observed = std::get_if<FaultObserved>(&moment.fact)) {
            rows[observed->fault.value].observed = moment.at;
            rows[observed->fault.value].effect =
                kFaultEffectNames.at(static_cast<std::size_t>(observed->effect));
        }
    }
    return rows;
}

std::string name_of_site(const World& world, std::size_t number) {
    return world.scenario.nodes.at(world.groups.at(number)->nodes.front().value).site;
}

std::vector<RecoveryRow> recovery_rows(const World& world) {
    std::vector<RecoveryRow> rows;
    const PlannedFault* fault = recovery_clock(world);
    if (fault == nullptr) return rows;
    const ServiceLevelSpec& level = world.scenario.service_level;
    for (const OperationKind kind : {OperationKind::write, OperationKind::read}) {
        const char* word = kind == OperationKind::write ? "write" : "read";
        const auto recovery = find_recovery(
            world.operations.all(), world.group().leadership,
            {kind, fault->start, world.run_end(),
             {level.success_ratio, level.latency_p95, level.hold}, &world.site_history,
             world.backup_history ? &*world.backup_history : nullptr});
        if (recovery) rows.push_back(recovery_row(word, *fault, *recovery));
    }
    for (std::uint32_t site = 0; site < world.groups.size() && world.groups.size() > 1; ++site) {
        rows.push_back(recovery_row("site:" + name_of_site(world, site), *fault,
                                    world.site_duty.find({SiteId{site}, fault->start,
                                                          world.run_end(), level.hold})));
    }
    return rows;
}

LossRow loss_row(const World& world, const Loss& loss, const PlannedFault& fault) {
    LossRow row;
    row.fault = fault.id;
    row.acknowledged_ops = loss.acknowledged;
    row.lost_acked_ops = loss.lost_before_fault;
    row.lost_after_fault_ops = loss.lost_after_fault;
    row.applied_unacked_ops = loss.survived_unacknowledged;
    row.rpo_time = loss.rpo_time;
    row.recovery_point_age = loss.recovery_point_age;
    row.lost_bytes = loss.lost_before_fault * novacron::kv::kCommandSize;
    if (world.groups.size() > 1) {
        row.divergent_ops = count_divergent(world.operations.all(), world.site_history,
                                            world.sites_of_nodes());
        if (const auto lag = world.site_history.lag_before(fault.start)) {
            row.lag_ops = lag->entries;
            row.lag_time = lag->time();
        }
    }
    return row;
}

std::vector<SiteRow> site_rows(const World& world) {
    std::vector<SiteRow> rows;
    if (world.groups.size() == 1) return rows;
    const SiteHistory& history = world.site_history;
    for (std::size_t i = 0; i < world.groups.size(); ++i) {
        rows.emplace_back().id = name_of_site(world, i);
        rows.back().role = "standby";
    }
    rows.at(world.serving()).role = "primary";
    for (std::size_t i = 1; i < history.reigns().size(); ++i) {
        ++rows.at(history.reigns()[i].site.value).promotions;
    }
    for (const SiteHistory::Lag& lag : history.lags()) {
        SiteRow& row = rows.at(lag.site.value);
        row.lag_ops_max = std::max(row.lag_ops_max, lag.entries);
        row.lag_bytes_max = std::max(row.lag_bytes_max, lag.bytes);
        if (lag.entries > 0) row.lag_time_max = std::max(row.lag_time_max, lag.time());
    }
    for (const SiteHistory::Divergence& divergence : history.divergences()) {
        SiteRow& row = rows.at(divergence.site.value);
        row.diverged_records = divergence.records;
        row.discarded_records = divergence.discarded;
        row.reapplied_records = divergence.reapplied;
        row.refused_records = divergence.refused;
    }
    return rows;
}

std::optional<RoutingRow> routing_row(const World& world) {
    const auto& faults = world.injector.faults();
    if (world.groups.size() == 1 || faults.empty()) return std::nullopt;
    std::vector<Duration> times = routing_times(world.site_history, faults.front().start);
    if (times.empty()) return std::nullopt;
    RoutingRow row;
    row.clients = times.size();
    row.p50 = quantile(times, 0.50);
    row.p99 = quantile(times, 0.99);
    row.max = quantile(times, 1);
    return row;
}

std::vector<WorkloadRow> workload_rows(const World& world) {
    std::vector<WorkloadRow> rows(world.scenario.workloads.size());
    std::vector<std::vector<Duration>> latencies(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i].id = world.scenario.workloads[i].id;
    for (const OperationView& operation : world.operations.all()) {
        if (operation.issued < Instant{world.scenario.warmup.ns}) continue;
        WorkloadRow& row = rows[operation.workload];
        ++row.issued;
        row.attempts += operation.attempts;
        if (!operation.ended) {
            ++row.in_flight;
        } else if (operation.outcome == Outcome::unknown) {
            ++row.unknown;
        } else {
            ++row.acknowledged;
            latencies[operation.workload].push_back(operation.latency());
        }
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
        std::vector<Duration>& sample = latencies[i];
        if (sample.empty()) continue;
        rows[i].latency_p50 = quantile(sample, 0.50);
        rows[i].latency_p95 = quantile(sample, 0.95);
        rows[i].latency_p99 = quantile(sample, 0.99);
        rows[i].latency_max = quantile(sample, 1);
    }
    return rows;
}

std::vector<FindingRow> finding_rows(const World& world, const Loss* loss) {
    std::vector<FindingRow> rows;
    for (const Finding& finding : world.findings.kept()) {
        rows.push_back({finding.rule, finding.at, finding.message});
    }
    for (std::uint32_t i = 0; i < world.fleet.node_count(); ++i) {
        for (const StopMessage& stop : world.fleet.node(NodeId{i}).stop_messages()) {
            rows.push_back({"S17", stop.at, name_of_node(world, stop.node) + ": " + stop.text});
        }
    }
    std::stable_sort(rows.begin(), rows.end(),
                     [](const FindingRow& a, const FindingRow& b) { return a.at < b.at; });
    const std::uint64_t lost =
        loss == nullptr ? 0 : loss->lost_before_fault + loss->lost_after_fault - loss->given_up;
    // Sites may be shipped to asynchronously, and a restore gives up what comes after its state:
    // then it is for the targets to say what may be lost.
    if (lost > 0 && world.groups.size() == 1) {
        rows.push_back({"durability", world.run_end(),
                        std::to_string(lost) + " of " + std::to_string(loss->acknowledged) +
                            " acknowledged writes are not in the surviving history"});
    }
    return rows;
}

std::vector<TimelineRow> timeline_rows(const World& world) {
    const std::size_t most = std::max<std::size_t>(kMinTimelineRows,
                                                   world.events / kEventsPerTimelineRow);
    std::vector<TimelineRow> rows;
    for (const Timeline::Moment& moment : world.timeline.moments()) {
        if (rows.size() == most) break;
        TimelineRow row{moment.at, std::string(name_of(moment.fact)), "", text_of(moment.fact)};
        std::visit(
            [&](const auto& fact) {
                if constexpr (requires { fact.alert; }) {
                    row.text = row.kind + " " + world.monitor->name_of(fact.instance);
                }
                if constexpr (requires { fact.node; }) row.node = name_of_node(world, fact.node);
            },
            moment.fact);
        rows.push_back(row);
    }
    return rows;
}

std::string parameters_json(const Scenario& scenario) {
    nlohmann::json parameters = nlohmann::json::object();
    for (const ParameterValue& value : scenario.parameters) parameters[value.name] = value.value;
    return parameters.dump();
}

// Every fault of the scenario must have had an effect; of those that a storm was spelled out to,
// some may strike in vain.
void doubt_faults(const World& world, const std::vector<FaultRow>& rows,
                  std::vector<std::string>& doubts) {
    std::vector<bool> struck(world.scenario.faults.size());
    std::vector<bool> seen(world.scenario.faults.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const PlannedFault& fault = world.injector.faults()[i];
        struck[fault.origin] = true;
        if (rows[i].observed) {
            seen[fault.origin] = true;
        } else if (!fault.drawn) {
            doubts.push_back("nobody could see an effect of " + fault.id);
        }
    }
    for (std::size_t i = 0; i < struck.size(); ++i) {
        const FaultSpec& fault = world.scenario.faults[i];
        if (std::holds_alternative<FaultKind>(fault.what) || !struck[i] || seen[i]) continue;
        doubts.push_back("nobody could see an effect of any fault of " + fault.id);
    }
}

std::vector<std::string> doubts_of(const World& world, const std::vector<FaultRow>& rows) {
    std::vector<std::string> doubts;
    if (!world.finished) doubts.emplace_back("the run has not come to its end");
    if (auto why = unsteady(world)) doubts.push_back(*std::move(why));
    doubt_faults(world, rows, doubts);
    doubt_alerts(world, doubts);
    return doubts;
}

Verdict overall(const Result& result) {
    const auto any = [](const auto& rows, Verdict verdict) {
        return std::any_of(rows.begin(), rows.end(),
                           [verdict](const auto& row) { return row.verdict == verdict; });
    };
    if (!result.findings.empty() || any(result.targets, Verdict::fail) ||
        any(result.checks, Verdict::fail)) {
        return Verdict::fail;
    }
    if (!result.doubts.empty() || any(result.targets, Verdict::inconclusive) ||
        any(result.checks, Verdict::inconclusive)) {
        return Verdict::inconclusive;
    }
    return Verdict::pass;
}

}  // namespace

RecoveryRow recovery_row(std::string scope, const PlannedFault& fault, const Recovery& recovery) {
    RecoveryRow row;
    row.scope = std::move(scope);
    row.fault = fault.id;
    row.rto = recovery.rto;
    row.censored = !recovery.rto;
    for (const Phase& phase : recovery.phases) row.phases.push_back({phase.name, phase.duration});
    row.first_success = recovery.first_success;
    row.unavailable = recovery.unavailable;
    row.flaps = recovery.flaps;
    for (const Outage& outage : recovery.outages) {
        row.outages.push_back({outage.start, outage.end});
    }
    return row;
}

const PlannedFault* clock_fault(const World& world, std::optional<std::uint32_t> named) {
    const auto& faults = world.injector.faults();
    if (!named) return faults.empty() ? nullptr : &faults.front();
    const auto place = world.schedule.first_of.at(*named);
    return place ? &faults[*place] : nullptr;
}

const PlannedFault* recovery_clock(const World& world) {
    const auto& target = world.scenario.rto;
    return clock_fault(world, target ? target->from : std::nullopt);
}

Result assess(const World& world) {
    Result result;
    const Scenario& scenario = world.scenario;
    result.scenario = scenario.name;
    result.scenario_hash = scenario.hash;
    result.parameters_json = parameters_json(scenario);
    result.seed = world.seed;
    result.virtual_time = world.finished ? scenario.duration : world.queue.now() - Instant{};
    result.events = world.events;
    result.facts = world.record.count();
    const Instant settled{scenario.warmup.ns};
    for (const auto* generation : {&world.groups, &world.retired}) {
        for (const auto& group : *generation) {
            result.elections += group->leadership.elected_since(settled);
            result.needless_elections += group->needless_elections.won_since(settled);
        }
    }
    result.messages = world.fleet.network().peer_messages();
    result.heartbeats = world.fleet.network().heartbeats();
    result.wan_bytes = world.fleet.network().bytes_between_sites();

    if (!scenario.graph.empty()) result.costs = "calibrated";
    result.faults = fault_rows(world);
    result.recovery = recovery_rows(world);
    assess_services(world, result);
    const PlannedFault* loss_fault =
        clock_fault(world, scenario.rpo ? scenario.rpo->from : std::nullopt);
    const Instant loss_clock = loss_fault != nullptr ? loss_fault->start : world.run_end();
    const Loss loss =
        find_loss(world.operations.all(), world.group().logs.survivor(), loss_clock,
                  world.backup_history ? world.backup_history->given_up()
                                       : std::vector<GivenUp>{});
    const bool nobody_writes = scenario.workloads.empty() && !scenario.graph.empty();
    if (loss_fault != nullptr && !nobody_writes) {
        result.loss = loss_row(world, loss, *loss_fault);
    }
    result.sites = site_rows(world);
    result.routing = routing_row(world);
    result.workloads = workload_rows(world);
    add_backup_rows(world, result);
    result.deploys = deploy_rows(world);
    result.detection = detection_row(world);
    result.alerting = alerting_row(world);
    result.findings = finding_rows(world, &loss);
    result.targets = judge_targets(world, result);
    result.checks = judge_checks(world, loss, result);
    for (const Checkpoint& checkpoint : world.record.checkpoints()) {
        result.checkpoints.push_back({checkpoint.facts, checkpoint.at, checkpoint.digest});
    }
    if (world.probes) result.probes = world.probes->counts();
    result.timeline = timeline_rows(world);
    result.roles = role_rows(world);
    result.series = series_rows(world, result);
    result.doubts = doubts_of(world, result.faults);
    result.verdict = overall(result);
    return result;
}

}  // namespace shaketable
