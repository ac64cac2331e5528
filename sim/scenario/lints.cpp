// SPDX-License-Identifier: MIT
#include "sim/scenario/lints.hpp"

#include <algorithm>
#include <array>

#include "core/base/overloaded.hpp"
#include "sim/fault/families.hpp"
#include "sim/scenario/bind_detector.hpp"
#include "sim/scenario/bind_traffic.hpp"
#include "sim/scenario/fields.hpp"
#include "sim/scenario/schedule.hpp"
#include "sim/scenario/service_lints.hpp"
#include "sim/scenario/units.hpp"

namespace shaketable {
namespace {

constexpr std::uint64_t kMedian = std::uint64_t{1} << 63U;
constexpr std::uint64_t kNinetyNine = ~(~std::uint64_t{0} / 100);

// Elections work well if the timeout is ten times the time a message takes, or more.
// Source: D. Ongaro, "Consensus: Bridging Theory and Practice" (2014), section 9.
constexpr int kTimeoutInLatencies = 10;

bool word_cuts_power(const std::string& word) {
    return word == "node.power_loss" || word == "disk.torn_write" || word == "zone.loss" ||
           word == "site.loss" || word == "rack.loss";
}

bool word_stops_nodes(const std::string& word) {
    return word_cuts_power(word) || word == "node.crash" || word == "node.restart" ||
           word == "node.crash_loop" || word == "node.kill_at" || word == "disk.sync_error" ||
           word == "disk.write_error" || word == "host.memory_leak" ||
           word == "operator.restart_wrong_node" || word == "operator.push_configuration" ||
           word == "deploy.rolling" || word == "deploy.rollback";
}

bool stops_nodes(const FaultSpec& fault) {
    if (const auto* storm = std::get_if<RandomFaults>(&fault.what)) {
        return std::any_of(storm->kinds.begin(), storm->kinds.end(), word_stops_nodes);
    }
    return word_stops_nodes(fault.inject);
}

bool cuts_power(const FaultSpec& fault) {
    if (const auto* storm = std::get_if<RandomFaults>(&fault.what)) {
        return std::any_of(storm->kinds.begin(), storm->kinds.end(), word_cuts_power);
    }
    return word_cuts_power(fault.inject);
}

bool may_change_members(const FaultSpec& fault) {
    if (const auto* storm = std::get_if<RandomFaults>(&fault.what)) {
        return std::find(storm->kinds.begin(), storm->kinds.end(), "raft.change_membership") !=
               storm->kinds.end();
    }
    return changes_members(std::get<FaultKind>(fault.what));
}

class Lints {
public:
    Lints(const Node& tree, const Scenario& scenario, Diagnostics& warnings)
        : tree_(tree), root_(tree), scenario_(scenario), warnings_(warnings) {}

    void look() {
        times_ = times();
        measure_links();
        look_at_faults();
        look_at_targets();
        look_at_timeouts();
        look_at_workloads();
        look_at_checks();
        look_at_detector();
        look_at_unused();
        look_at_names();
        lint_services(tree_, scenario_, warnings_);
    }

private:
    void warn(const Node& node, std::string message, std::string hint = {}) {
        Diagnostic diagnostic = about(node, std::move(message), std::move(hint));
        diagnostic.severity = Severity::warning;
        warnings_.add(std::move(diagnostic));
    }

    // The value under a key of a map, or the map itself if the value is a default.
    static const Node& at(const Node& map, std::string_view key) {
        const Node* found = map.find(key);
        return found == nullptr ? map : *found;
    }

    std::vector<FaultTimes> times() const {
        std::vector<Planned> planned;
        for (const FaultSpec& fault : scenario_.faults) {
            planned.push_back({fault.id, fault.start, fault.end, {}, {}});
        }
        Diagnostics none;
        auto found = plan_times(planned, Instant{scenario_.warmup.ns}, none);
        for (FaultTimes& each : found) {
            if (each.start && each.start->on_alert) each.start.reset();
            if (each.end && each.end->on_alert) each.end.reset();
        }
        return found;
    }

    const Node& fault_node(std::size_t i) const { return tree_.find("faults")->items[i]; }

    bool any_fault(bool (*is)(const FaultSpec&)) const {
        return std::any_of(scenario_.faults.begin(), scenario_.faults.end(), is);
    }

    // ---- faults that can't matter

    void look_at_faults() {
        for (std::size_t i = 0; i < scenario_.faults.size(); ++i) {
            const FaultSpec& fault = scenario_.faults[i];
            const Node& node = fault_node(i);
            if (times_[i].start && times_[i].start->earliest() < Instant{scenario_.warmup.ns}) {
                warn(at(node, "at"),
                     "'" + fault.id + "' may strike during the warm-up, before service is steady",
                     "write at: warmup.end + 10s");
            }
            if (const auto* kind = std::get_if<FaultKind>(&fault.what)) {
                look_at_kind(fault, *kind, node);
                look_at_selector(fault, *kind, node);
            }
        }
    }

    void look_at_kind(const FaultSpec& fault, const FaultKind& kind, const Node& node) {
        const Node* with = node.find("with");
        const auto nothing = [&](std::string_view key, const std::string& value) {
            if (with == nullptr) return;
            warn(at(*with, key),
                 "'" + fault.id + "' changes nothing: " + std::string(key) + " is " + value);
        };
        const auto improbable = [&](double probability) {
            if (probability == 0) nothing("probability", "0%");
        };
        std::visit(
            novacron::Overloaded{
                [&](const NetworkLoss& f) { improbable(f.probability); },
                [&](const NetworkDuplicate& f) { improbable(f.probability); },
                [&](const NetworkReorder& f) { improbable(f.probability); },
                [&](const NetworkDelay& f) {
                    if (Distribution(f.latency).at(kNinetyNine) == Duration{}) {
                        nothing("latency", "0s");
                    }
                },
                [&](const ClockDrift& f) {
                    if (f.drift_ppb == 0) nothing("drift", "0ppm");
                },
                [&](const DiskSlow& f) {
                    const Distribution usual(scenario_.disk.sync_latency);
                    if (Distribution(f.sync_latency).at(kMedian) <= usual.at(kMedian)) {
                        nothing("sync_latency", "no longer than the disk's own");
                    }
                },
                [&](const DiskSyncIgnored&) {
                    if (any_fault(cuts_power)) return;
                    warn(at(node, "inject"),
                         "'" + fault.id + "' can't be found out: no host ever loses its power",
                         "add a fault node.power_loss");
                },
                [&](const DiskReadError&) { needs_a_start(fault, node); },
                [&](const DiskBitRot&) { needs_a_start(fault, node); },
                [&](const UnsyncedLoss&) { needs_a_start(fault, node); },
                [&](const SiteOrder& f) { look_at_order(fault, f, node); },
                [&](const TrafficOrder& f) { lint_traffic(node, f, warnings_); },
                [&](const MisdirectedWrite&) { needs_a_start(fault, node); }, [](const auto&) {}},
            kind);
    }

    void look_at_order(const FaultSpec& fault, const SiteOrder& order, const Node& node) {
        using Verb = SiteOrder::Verb;
        const bool promotes = order.verb == Verb::promote || order.verb == Verb::failover;
        if (!promotes || order.force || !scenario_.replication) return;
        if (scenario_.replication->options.mode ==
            novacron::replication::SiteOptions::Mode::synchronous) {
            return;
        }
        warn(at(node, "inject"),
             "'" + fault.id + "' will be refused: an asynchronous standby can't know that it "
             "lacks nothing",
             "write with: {force: true}, or mode: synchronous");
    }

    // Clients that believe an old name are not served, however fast the rest is.
    void look_at_names() {
        if (!scenario_.names || !scenario_.rto || !scenario_.rto->max) return;
        const Duration ttl = scenario_.names->ttl;
        if (ttl < *scenario_.rto->max) return;
        const Node* dns = root_.map("network").valid("dns");
        warn(at(*dns, "ttl"),
             "clients may believe an old name for " + format_duration(ttl) +
                 ", and targets.rto allows " + format_duration(*scenario_.rto->max),
             "shorten the ttl, or allow for it");
    }

    void needs_a_start(const FaultSpec& fault, const Node& node) {
        if (any_fault(stops_nodes)) return;
        warn(at(node, "inject"),
             "'" + fault.id + "' can't be seen: a disk is read when a node starts, and none does",
             "add a fault node.crash");
    }

    void look_at_selector(const FaultSpec& fault, const FaultKind& kind, const Node& node) {
        const Selector& target = fault.target;
        const Node& place = at(node, "target");
        if (target.pick && !target.among.empty() && *target.pick >= target.among.size() &&
            target.role == Selector::Role::any) {
            warn(place,
                 "pick: " + std::to_string(*target.pick) + " of " +
                     std::to_string(target.among.size()) + " leaves no choice",
                 "pick fewer, or write the target without pick");
        }
        const bool strangers =
            !target.among.empty() &&
            std::all_of(target.among.begin(), target.among.end(),
                        [&](NodeId id) { return scenario_.nodes[id.value].spare; });
        if (strangers && target.role != Selector::Role::any) {
            warn(place, "'" + fault.id + "' hits nobody: spares neither lead nor follow",
                 "leave role out, or name nodes of the group");
        } else if (strangers && !any_fault(may_change_members)) {
            warn(place, "'" + fault.id + "' can't matter: spares do not belong to the group",
                 "name nodes of the group, or add a fault raft.add_node");
        }
        if (std::holds_alternative<LeadershipTransfer>(kind) &&
            target.role == Selector::Role::leader) {
            warn(place, "'" + fault.id + "' does nothing: the leader leads already",
                 "write target: {pick: 1, of: {role: follower}}");
        }
        if (target.clients && target.among.empty() && scenario_.workloads.empty() &&
            scenario_.graph.clients.empty()) {
            warn(place, "'" + fault.id + "' hits nobody: there are no clients", "add a workload");
        }
    }

    // ---- targets that can't be missed

    void look_at_targets() {
        const Node* targets = tree_.find("targets");
        if (targets == nullptr) return;
        const Node* rto = targets->find("rto");
        if (rto != nullptr && scenario_.rto && scenario_.rto->max) look_at_rto(*rto);
        const Node* rpo = targets->find("rpo");
        if (rpo != nullptr && scenario_.rpo && scenario_.rpo->max) {
            const std::uint32_t fault = scenario_.rpo->from.value_or(0);
            const auto& start = times_[fault].start;
            if (start && *scenario_.rpo->max >= start->latest() - Instant{}) {
                warn(at(*rpo, "max"),
                     "this can't be missed: before " + scenario_.faults[fault].id +
                         " the run is no older than " +
                         format_duration(start->latest() - Instant{}),
                     "set a lower bound");
            }
        }
        const Node* availability = targets->find("availability");
        if (availability != nullptr && scenario_.availability && scenario_.availability->min == 0) {
            warn(at(*availability, "min"), "this can't be missed: nothing is asked",
                 "write min: 99%");
        }
    }

    void look_at_rto(const Node& rto) {
        const std::uint32_t fault = scenario_.rto->from.value_or(0);
        const auto& start = times_[fault].start;
        if (!start) return;
        const Duration remains = scenario_.duration - (start->earliest() - Instant{});
        if (*scenario_.rto->max < remains) return;
        warn(at(rto, "max"),
             "this can't be missed: after " + scenario_.faults[fault].id + " only " +
                 format_duration(remains) + " of the run remain",
             "set a lower bound, or a longer time.duration");
    }

    // ---- knobs that contradict each other

    // The slowest link, by its median and by its 99 % quantile; and the disk.
    void measure_links() {
        const auto measure = [this](const DistributionOptions& options) {
            const Distribution latency(options);
            usual_ = std::max(usual_, latency.at(kMedian));
            long_ = std::max(long_, latency.at(kNinetyNine));
        };
        measure(scenario_.default_link.latency);
        for (const LinkSpec& link : scenario_.links) measure(link.latency);
        sync_ = Distribution(scenario_.disk.sync_latency).at(kMedian);
    }

    void look_at_timeouts() {
        const Node* cluster = tree_.find("cluster");
        const Node* consensus = cluster == nullptr ? nullptr : cluster->find("consensus");
        if (consensus == nullptr || scenario_.nodes.size() < 2) return;
        const novacron::raft::Options& options = scenario_.consensus;
        const Duration low = options.election_timeout_min;
        const Duration high = options.election_timeout_max;
        const Node& place = at(*consensus, "election_timeout_min");
        if (long_ * 2 >= low) {
            warn(place,
                 "a heartbeat may take " + format_duration_brief(long_) +
                     " one way, and a follower waits no longer than " + format_duration(low),
                 "leaders would be deposed though they work");
        } else if (low < usual_ * kTimeoutInLatencies) {
            warn(place,
                 "election_timeout_min is less than ten times the usual latency, " +
                     format_duration_brief(usual_),
                 "write at least " + format_duration_brief(usual_ * kTimeoutInLatencies));
        }
        if (sync_ >= low) {
            warn(place, "a sync takes " + format_duration_brief(sync_) +
                            ", so no vote is durable before the next election");
        }
        if (high - low < long_ * 2 && scenario_.nodes.size() > 2) {
            warn(at(*consensus, "election_timeout_max"),
                 "the timeouts lie " + format_duration(high - low) +
                     " apart, and a message may take " + format_duration_brief(long_),
                 "candidates would stand together and split the votes");
        }
        look_at_reads(*consensus);
    }

    void look_at_reads(const Node& consensus) {
        const auto asks_anybody = [](const WorkloadSpec& load) {
            return load.operation == WorkloadSpec::Operation::read &&
                   load.nodes == WorkloadSpec::Nodes::any;
        };
        const bool any =
            std::any_of(scenario_.workloads.begin(), scenario_.workloads.end(), asks_anybody);
        if (scenario_.consensus.follower_reads && !any) {
            warn(at(consensus, "follower_reads"),
                 "follower_reads changes nothing: every workload asks the leader",
                 "write nodes: any in a workload that reads");
        }
    }

    void look_at_workloads() {
        if (scenario_.workloads.empty() && scenario_.graph.clients.empty()) {
            warn(at(tree_, "workload"),
                 "nobody uses the cluster, so neither RTO nor RPO can be measured",
                 "add a workload");
        }
        if (scenario_.workloads.empty()) return;
        const Duration round = usual_ * 2;
        for (std::size_t i = 0; i < scenario_.workloads.size(); ++i) {
            const WorkloadSpec& load = scenario_.workloads[i];
            const Node& node = tree_.find("workload")->items[i];
            const bool writes = load.operation == WorkloadSpec::Operation::write;
            const Duration least = writes ? round * 2 + sync_ : round;
            if (load.attempt_timeout <= least) {
                warn(at(node, "attempt_timeout"),
                     "hardly an attempt can be answered in time: that takes about " +
                         format_duration_brief(least));
            }
            if (load.deadline <= scenario_.consensus.election_timeout_max &&
                !scenario_.faults.empty()) {
                warn(at(node, "deadline"),
                     "operations are given up before another leader can be elected, within " +
                         format_duration(scenario_.consensus.election_timeout_max));
            }
        }
        const Duration limit = scenario_.service_level.latency_p95;
        if (limit <= round) {
            warn(at(at(tree_, "service_level"), "latency_p95"),
                 "service can't be this quick: a question and its answer take about " +
                     format_duration_brief(round));
        }
    }

    void look_at_checks() {
        if (any_fault(may_change_members)) return;  // who is down may not belong to the group
        const Node* list = tree_.find("checks");
        for (std::size_t i = 0; i < scenario_.checks.size(); ++i) {
            const CheckSpec& check = scenario_.checks[i];
            if (check.predicate != Predicate::cluster_healthy || check.during) continue;
            for (const FaultSpec& fault : scenario_.faults) {
                if (fault.end || !stops_nodes(fault)) continue;
                const Node& node = list->items[i];
                warn(at(node, check.mode == CheckSpec::Mode::at_end ? "at_end" : "eventually"),
                     "the cluster is healthy when all nodes run, and '" + fault.id + "' never ends",
                     "write service.writable, or let it end");
            }
        }
    }

    // ---- detectors of failures

    void look_at_detector() {
        const Node* section = root_.map("cluster").valid("failure_detector");
        if (section == nullptr || !scenario_.failure_detector) return;
        const std::string detector(word_of(*scenario_.failure_detector));
        for (const std::string& knob : idle_knobs(*section)) {
            warn(*section->find(knob), "the detector " + detector + " has no use for " + knob);
        }
        const auto* watch = std::get_if<novacron::detector::HeartbeatWatchOptions>(
            &*scenario_.failure_detector);
        if (watch == nullptr) return;
        const auto* fixed =
            std::get_if<novacron::detector::FixedTimeoutOptions>(&watch->estimator);
        if (fixed != nullptr && fixed->timeout <= watch->heartbeat_interval + usual_) {
            warn(at(*section, "timeout"),
                 "every node is suspected before its next heartbeat comes, one interval of " +
                     format_duration(watch->heartbeat_interval) + " and a message later");
        }
    }

    // ---- what nothing uses

    void look_at_unused() {
        const Node* cluster = tree_.find("cluster");
        if (cluster == nullptr) return;
        const std::string kept = "it is read, checked and kept";
    }

    const Node& tree_;
    Fields root_;
    const Scenario& scenario_;
    Diagnostics& warnings_;
    std::vector<FaultTimes> times_;
    Duration usual_, long_;  // of a message, one way
    Duration sync_;
};

}  // namespace

void lint(const Node& canonical, const Scenario& scenario, Diagnostics& warnings) {
    Lints(canonical, scenario, warnings).look();
}

}  // namespace shaketable
