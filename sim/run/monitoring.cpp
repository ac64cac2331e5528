// SPDX-License-Identifier: MIT
#include "sim/run/monitoring.hpp"

#include <algorithm>

#include "sim/run/world.hpp"
#include "sim/scenario/units.hpp"

namespace shaketable {
namespace {

// A fault of the world, no consequence of an alert.
struct Cause {
    std::string id;
    Instant start;
    Instant due_until;  // what comes to hold until then may be due to it
};

std::vector<Cause> causes_of(const World& world) {
    std::vector<Cause> causes;
    for (const PlannedFault& fault : world.injector.faults()) {
        if (world.schedule.on_alert.at(fault.origin) || fault.start > world.run_end()) continue;
        const Instant end = std::min(fault.end.value_or(world.run_end()), world.run_end());
        causes.push_back({fault.id, fault.start, end + world.scenario.alerts->grace});
    }
    return causes;
}

AlertRow alert_row(const World& world, const AlertEpisode& episode,
                   const std::vector<Cause>& causes) {
    const AlertRule& rule = world.monitor->rule(episode.rule);
    AlertRow row;
    row.alert = rule.name;
    row.labels = text_of("", episode.labels);
    row.severity = std::string(value_of(episode.labels, "severity"));
    row.pages = rule.pages();
    row.pending = episode.pending;
    row.firing = episode.firing;
    row.resolved = episode.resolved;
    for (const Cause& cause : causes) {
        if (cause.start <= episode.pending && episode.pending <= cause.due_until) {
            row.fault = cause.id;
        }
    }
    return row;
}

// The first page that was out in the fault's time.
PagedRow paged_row(const Cause& cause, const std::vector<AlertRow>& alerts) {
    PagedRow row{cause.id, {}, {}};
    for (const AlertRow& alert : alerts) {
        if (!alert.pages || !alert.firing || *alert.firing > cause.due_until) continue;
        if (alert.resolved && *alert.resolved < cause.start) continue;
        const Duration after = std::max(Duration{}, *alert.firing - cause.start);
        if (row.time_to_page && *row.time_to_page <= after) continue;
        row.alert = alert.alert;
        row.time_to_page = after;
    }
    return row;
}

// Of the detectors, if they go by phi.
std::optional<double> phi_threshold(const Scenario& scenario) {
    if (!scenario.failure_detector) return std::nullopt;
    const auto* watch =
        std::get_if<novacron::detector::HeartbeatWatchOptions>(&*scenario.failure_detector);
    if (watch == nullptr) return std::nullopt;
    const auto* phi = std::get_if<novacron::detector::PhiOptions>(&watch->estimator);
    return phi == nullptr ? std::nullopt : std::optional(phi->threshold);
}

}  // namespace

MetricsOptions metrics_options(const Scenario& scenario) {
    MetricsOptions options;
    for (const NodeSpec& node : scenario.nodes) {
        options.nodes.push_back({node.name, node.site, node.zone});
    }
    for (const WorkloadSpec& load : scenario.workloads) {
        options.workloads.push_back({load.id, load.operation == WorkloadSpec::Operation::write
                                                  ? OperationKind::write
                                                  : OperationKind::read});
    }
    if (scenario.replication) {
        options.sites = scenario.replication->sites;
        options.primary = scenario.replication->options.primary;
    }
    options.graph = &scenario.graph;
    options.watches = scenario.failure_detector.has_value();
    options.backup = scenario.backup.has_value();
    options.epoch_unix_seconds = scenario.epoch_unix_seconds;
    return options;
}

NodeLook look_at_node(const World& world, NodeId id) {
    const NodeHost& host = world.fleet.node(id);
    NodeLook look;
    const Network& network = world.fleet.network();
    const HostId there{id.value};
    const HostId here{world.fleet.host_count() - 1};
    const bool apart = world.fleet.host_count() > world.fleet.node_count();
    if (!host.running() || host.state() != NodeHost::State::running || host.paused()) return look;
    if (apart && (network.is_cut(here, there) || network.is_cut(there, here))) return look;
    look.answers = true;
    const auto& raft = host.node()->raft();
    look.has_leader = !raft.leader().is_none();
    look.leads = raft.role() == novacron::raft::Role::leader;
    look.term = raft.term();
    look.commit = raft.commit();
    const auto threshold = phi_threshold(world.scenario);
    if (!threshold) return look;
    for (std::uint32_t peer = 0; peer < world.fleet.node_count(); ++peer) {
        if (peer == id.value) continue;
        const auto suspicion = host.suspicion(NodeId{peer});
        if (suspicion) look.phi.emplace_back(NodeId{peer}, *suspicion * *threshold);
    }
    return look;
}

std::optional<AlertingRow> alerting_row(const World& world) {
    if (!world.monitor) return std::nullopt;
    const std::vector<Cause> causes = causes_of(world);
    AlertingRow row;
    for (const AlertEpisode& episode : world.monitor->episodes()) {
        row.alerts.push_back(alert_row(world, episode, causes));
        const AlertRow& alert = row.alerts.back();
        if (!alert.pages || !alert.firing) continue;
        ++row.pages;
        if (alert.fault.empty()) ++row.false_pages;
    }
    for (const Cause& cause : causes) {
        row.faults.push_back(paged_row(cause, row.alerts));
        if (row.faults.back().alert.empty()) ++row.missed;
    }
    return row;
}

void doubt_alerts(const World& world, std::vector<std::string>& doubts) {
    if (!world.monitor) return;
    const std::vector<std::string> names = world.scenario.alerts->names();
    for (std::size_t i = 0; i < world.scenario.faults.size(); ++i) {
        if (!world.schedule.on_alert.at(i) || world.schedule.first_of.at(i)) continue;
        const FaultSpec& fault = world.scenario.faults[i];
        const bool resolved = fault.start.anchor == When::Anchor::alert_resolved;
        if (!resolved && fault.start.anchor != When::Anchor::alert_firing) {
            doubts.push_back(fault.id + " never began: what it waits for did not come");
            continue;
        }
        const AlertInstants& known = world.monitor->known().at(fault.start.alert);
        const auto at = resolved ? known.resolved : known.firing;
        doubts.push_back(
            fault.id + " never began: " + names.at(fault.start.alert) +
            (!at ? (resolved ? " was never resolved" : " never fired")
                 : (resolved ? " was resolved at " : " fired at ") +
                       format_duration_brief(*at - Instant{}) + ", too late for it"));
    }
}

}  // namespace shaketable
