// SPDX-License-Identifier: MIT
#include "sim/scenario/bind.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "core/base/digest.hpp"
#include "core/base/hex.hpp"
#include "sim/scenario/bind_alerts.hpp"
#include "sim/scenario/bind_backup.hpp"
#include "sim/scenario/bind_deploy.hpp"
#include "sim/scenario/bind_detector.hpp"
#include "sim/scenario/emit.hpp"
#include "sim/scenario/fields.hpp"
#include "sim/scenario/moment.hpp"
#include "sim/scenario/places.hpp"

namespace shaketable {
namespace {

using Operation = WorkloadSpec::Operation;

constexpr std::size_t kMostNodes = 99;
constexpr std::size_t kMostWorkloads = 1000;
constexpr std::array<std::string_view, 6> kNotNodes{"all",       "clients", "follower",
                                                    "followers", "leader",  "others"};

bool is_reserved(std::string_view name) {
    return std::find(kNotNodes.begin(), kNotNodes.end(), name) != kNotNodes.end();
}

class Binder {
public:
    Binder(const Node& root, Diagnostics& diagnostics)
        : tree_(root), root_(root), diagnostics_(diagnostics) {}

    Scenario bind() {
        scenario_.name = root_.text("name").value_or("");
        scenario_.description = root_.text("description").value_or("");
        bind_time();
        bind_nodes();
        bind_spares();
        bind_clocks();
        bind_consensus();
        bind_reads();
        bind_failure_detector();
        bind_election_delays();
        bind_network();
        bind_sites(tree_, scenario_, diagnostics_);
        assign(scenario_.disk.sync_latency, root_.map("disk").distribution("sync_latency"));
        assign(scenario_.disk.capacity, root_.map("disk").size("capacity"));
        bind_workloads();
        bind_backup(tree_, scenario_, diagnostics_);
        bind_versions(tree_, scenario_, diagnostics_);
        bind_services(tree_, scenario_, diagnostics_);
        bind_alerts(tree_, scenario_, diagnostics_);
        times_ = bind_faults(tree_, scenario_, diagnostics_);
        bind_service_level();
        bind_rto();
        bind_rpo();
        bind_availability();
        bind_slos(tree_, scenario_, diagnostics_);
        bind_detection();
        bind_checks(tree_, times_, scenario_, diagnostics_);
        return std::move(scenario_);
    }

private:
    void report(const Node& node, std::string message, std::string hint = {}) {
        diagnostics_.add(about(node, std::move(message), std::move(hint)));
    }

    // Elements of a list that are maps; none if there is no such list.
    std::vector<const Node*> maps_in(std::string_view key) const {
        std::vector<const Node*> result;
        const Node* list = root_.valid(key);
        if (list == nullptr) return result;
        for (const Node& item : list->items) {
            if (item.is_map()) result.push_back(&item);
        }
        return result;
    }

    void check_fresh(const Fields& fields, std::set<std::string>& seen, const std::string& what) {
        const auto id = fields.text("id");
        if (id && !seen.insert(*id).second) {
            report(*fields.valid("id"), "two " + what + " are called '" + *id + "'",
                   "give one of them another name");
        }
    }

    void bind_time() {
        const Fields time = root_.map("time");
        if (const auto epoch = time.text("epoch")) {
            scenario_.epoch_unix_seconds = *parse_epoch(*epoch);
        }
        assign(scenario_.warmup, time.duration("warmup"));
        assign(scenario_.duration, time.duration("duration"));
        const bool known = time.duration("warmup") && time.duration("duration");
        if (known && scenario_.warmup >= scenario_.duration) {
            report(*time.valid("warmup"),
                   "the warm-up takes the whole run: " + format_duration(scenario_.warmup) +
                       " of " + format_duration(scenario_.duration));
            scenario_.duration = Duration{};  // nothing sensible can be said about other times
        }
        if (const auto text = root_.text("seeds")) {
            const auto range = parse_seeds(*text);
            scenario_.seeds = {range->first, range->second};
        }
    }

    void bind_nodes() {
        const Node* sites = root_.map("cluster").valid("sites");
        if (sites == nullptr) return;
        std::map<std::string, std::string> site_of;
        for (const Node::Entry& entry : sites->entries) {
            const Fields site(entry.value.is_map() ? &entry.value : nullptr);
            const Node* names = site.valid("nodes");
            if (names == nullptr) continue;
            for (const Node& name : names->items) {
                if (!name.is_scalar()) continue;
                const auto [first, fresh] = site_of.emplace(name.text, entry.key);
                if (!fresh) {
                    report(name, "two nodes are called '" + name.text + "', the first in site " +
                                     first->second);
                } else if (is_reserved(name.text)) {
                    report(name, "a node can't be called '" + name.text +
                                     "', which means something "
                                     "else in targets");
                } else if (scenario_.nodes.size() == kMostNodes) {
                    report(name, "more than " + std::to_string(kMostNodes) + " nodes");
                    return;
                }
                NodeSpec node;
                node.name = name.text;
                node.site = entry.key;
                node.zone = site.text("zone").value_or(entry.key);
                if (fresh) scenario_.nodes.push_back(std::move(node));
            }
            bind_racks(site, entry.key);
            if (names->items.empty()) report(*names, "site '" + entry.key + "' has no nodes");
        }
        if (sites->entries.empty()) report(*sites, "the cluster has no nodes");
    }

    // REQUIRES: the nodes of the site are known.
    void bind_racks(const Fields& site, const std::string& site_name) {
        const Node* racks = site.valid("racks");
        if (racks == nullptr) return;
        std::vector<std::string> known;
        for (const NodeSpec& node : scenario_.nodes) {
            if (node.site == site_name) known.push_back(node.name);
        }
        for (const Node::Entry& rack : racks->entries) {
            for (const Node& name : rack.value.items) {
                if (!name.is_scalar()) continue;
                const auto node = std::find_if(
                    scenario_.nodes.begin(), scenario_.nodes.end(), [&](const NodeSpec& spec) {
                        return spec.name == name.text && spec.site == site_name;
                    });
                if (node == scenario_.nodes.end()) {
                    report(name, "'" + name.text + "' is no node of site " + site_name,
                           did_you_mean(name.text, known));
                } else if (!node->rack.empty()) {
                    report(name, "'" + name.text + "' already stands in rack " + node->rack);
                } else {
                    node->rack = rack.key;
                }
            }
        }
    }

    void bind_spares() {
        const Node* spares = root_.map("cluster").valid("spares");
        if (spares == nullptr || scenario_.nodes.empty()) return;
        const Places places(scenario_.nodes, diagnostics_);
        std::size_t members = scenario_.nodes.size();
        for (const Node& name : spares->items) {
            if (!name.is_scalar()) continue;
            const auto id = places.node(name.text, about(name, {}));
            if (!id) continue;
            NodeSpec& node = scenario_.nodes[id->value];
            if (node.spare) report(name, "'" + name.text + "' is named twice");
            if (!node.spare) --members;
            node.spare = true;
        }
        if (members == 0) report(*spares, "nobody is left to begin with", "leave some nodes out");
    }

    void bind_clocks() {
        const Node* clocks = root_.map("cluster").valid("clocks");
        if (clocks == nullptr || scenario_.nodes.empty()) return;
        const Places places(scenario_.nodes, diagnostics_);
        for (const Node::Entry& entry : clocks->entries) {
            const auto id = places.node(entry.key, about(entry, {}));
            const Fields clock(entry.value.is_map() ? &entry.value : nullptr);
            if (!id) continue;
            NodeSpec& node = scenario_.nodes[id->value];
            assign(node.clock_offset, clock.duration("offset"));
            assign(node.clock_drift_ppb, clock.drift("drift"));
        }
    }

    void bind_consensus() {
        const Fields cluster = root_.map("cluster");
        const Fields fields = cluster.map("consensus");
        novacron::raft::Options& options = scenario_.consensus;
        const auto low = fields.duration("election_timeout_min");
        const auto high = fields.duration("election_timeout_max");
        const auto heartbeat = fields.duration("heartbeat_interval");
        assign(options.election_timeout_min, low);
        assign(options.election_timeout_max, high);
        assign(options.heartbeat_interval, heartbeat);
        assign(options.max_append_entries, fields.integer("max_append_entries"));
        assign(options.max_inflight_messages, fields.integer("max_inflight_messages"));
        bind_sizes(fields, options);
        assign(options.snapshot_threshold, fields.integer("snapshot_threshold"));
        assign(options.trailing_entries, fields.integer("trailing_entries"));
        assign(options.pre_vote, fields.boolean("pre_vote"));
        assign(options.check_quorum, fields.boolean("check_quorum"));
        assign(scenario_.boot_time, cluster.duration("boot_time"));
        if (low && high && *high < *low) {
            report(*fields.valid("election_timeout_max"),
                   "election_timeout_max is below election_timeout_min, " + format_duration(*low),
                   "write at least " + format_duration(*low * 2) + " to spread elections");
        }
        if (low && heartbeat && *low < *heartbeat * 2) {
            report(*fields.valid("election_timeout_min"),
                   "election_timeout_min is less than twice the heartbeat_interval, " +
                       format_duration(*heartbeat),
                   "a follower would start elections against a working leader");
        }
    }

    void bind_sizes(const Fields& fields, novacron::raft::Options& options) {
        const auto message = fields.size("max_message_bytes");
        const auto window = fields.size("max_inflight_bytes");
        assign(options.max_message_bytes, message);
        assign(options.max_inflight_bytes, window);
        assign(options.max_uncommitted_bytes, fields.size("max_uncommitted_bytes"));
        assign(options.max_apply_bytes, fields.size("max_apply_bytes"));
        assign(options.snapshot_part_bytes, fields.size("snapshot_part_bytes"));
        if (message && window && *message > *window) {
            report(*fields.valid("max_message_bytes"),
                   "max_message_bytes is above max_inflight_bytes, " + format_size(*window),
                   "a single message would fill the window of its follower");
        }
    }

    void bind_reads() {
        const Fields fields = root_.map("cluster").map("consensus");
        novacron::raft::Options& options = scenario_.consensus;
        const bool leases = fields.text("reads") == "lease";
        if (leases) options.reads = novacron::raft::ReadMode::lease;
        assign(options.max_clock_drift_ppb, fields.drift("max_clock_drift"));
        assign(options.max_pending_reads, fields.integer("max_pending_reads"));
        assign(options.follower_reads, fields.boolean("follower_reads"));
        if (leases && !options.check_quorum) {
            report(*fields.valid("reads"), "reads by lease need check_quorum",
                   "write check_quorum: true, or reads: safe");
        }
        if (options.max_clock_drift_ppb < 0) {
            report(*fields.valid("max_clock_drift"),
                   "max_clock_drift is a bound either way, and not negative");
        }
    }

    void bind_failure_detector() {
        const Node* section = root_.map("cluster").valid("failure_detector");
        if (section != nullptr) scenario_.failure_detector = bind_detector(*section, diagnostics_);
    }

    void bind_election_delays() {
        const Node* delays = root_.map("cluster").valid("election_delays");
        if (delays == nullptr || scenario_.nodes.empty()) return;
        const Places places(scenario_.nodes, diagnostics_);
        const Fields fields(*delays);
        for (const Node::Entry& entry : delays->entries) {
            const auto id = places.node(entry.key, about(entry, {}));
            if (id) assign(scenario_.nodes[id->value].election_delay, fields.duration(entry.key));
        }
    }

    static void bind_link(const Fields& fields, LinkSpec& link) {
        assign(link.latency, fields.distribution("latency"));
        assign(link.loss, fields.probability("loss"));
        assign(link.duplicate, fields.probability("duplicate"));
        assign(link.reorder, fields.probability("reorder"));
    }

    void bind_network() {
        const Fields network = root_.map("network");
        bind_link(network, scenario_.default_link);
        assign(scenario_.encode_messages, network.boolean("encode_messages"));
        const Node* links = network.valid("links");
        if (links == nullptr) return;
        const Places places(scenario_.nodes, diagnostics_);
        for (const Node& item : links->items) {
            if (!item.is_map()) continue;
            const Fields fields(item);
            LinkSpec link;
            bind_link(fields, link);
            const Node* from = fields.valid("from");
            const Node* to = fields.valid("to");
            auto from_nodes = from == nullptr ? std::nullopt : places.nodes(*from);
            auto to_nodes = to == nullptr ? std::nullopt : places.nodes(*to);
            if (from_nodes) link.from = std::move(*from_nodes);
            if (to_nodes) link.to = std::move(*to_nodes);
            scenario_.links.push_back(std::move(link));
        }
    }

    void bind_workloads() {
        std::set<std::string> seen;
        const std::vector<const Node*> items = maps_in("workload");
        if (items.size() > kMostWorkloads) {
            report(*root_.valid("workload"),
                   "more than " + std::to_string(kMostWorkloads) + " workloads");
        }
        for (const Node* item : items) {
            const Fields fields(*item);
            check_fresh(fields, seen, "workloads");
            WorkloadSpec load;
            load.id = fields.text("id").value_or("?");
            if (fields.text("operation") == "read") load.operation = Operation::read;
            if (fields.text("nodes") == "any") load.nodes = WorkloadSpec::Nodes::any;
            if (const auto rate = fields.text("rate"))
                load.rate_per_second = parse_rate(*rate)->per_second();
            bind_keys(fields.map("keys"), load.keys);
            assign(load.attempt_timeout, fields.duration("attempt_timeout"));
            assign(load.deadline, fields.duration("deadline"));
            const Fields backoff = fields.map("backoff");
            assign(load.backoff_initial, backoff.duration("initial"));
            assign(load.backoff_max, backoff.duration("max"));
            if (load.deadline < load.attempt_timeout && fields.valid("deadline") != nullptr) {
                report(*fields.valid("deadline"), "the deadline is shorter than one attempt, " +
                                                      format_duration(load.attempt_timeout),
                       "write at least " + format_duration(load.attempt_timeout));
            }
            if (load.backoff_max < load.backoff_initial && backoff.valid("max") != nullptr) {
                report(*backoff.valid("max"), "backoff.max is below backoff.initial, " +
                                                  format_duration(load.backoff_initial),
                       "write at least " + format_duration(load.backoff_initial));
            }
            scenario_.workloads.push_back(std::move(load));
        }
    }

    void bind_keys(const Fields& fields, KeysSpec& keys) {
        assign(keys.n, fields.integer("n"));
        const auto dist = fields.text("dist");
        if (!dist) return;
        const bool zipf = *dist == "zipf";
        if (zipf && !fields.has("s")) {
            report(*fields.valid("dist"), "zipf needs its exponent s",
                   "write {dist: zipf, s: 1.1, n: 10000}");
        }
        if (!zipf && fields.has("s")) {
            report(*fields.any("s"), "only zipf has an exponent s",
                   "write dist: zipf, or leave s out");
        }
        if (zipf) assign(keys.zipf_s, fields.number("s"));
    }

    void bind_service_level() {
        const Fields fields = root_.map("service_level");
        ServiceLevelSpec& level = scenario_.service_level;
        assign(level.success_ratio, fields.probability("success_ratio"));
        assign(level.latency_p95, fields.duration("latency_p95"));
        assign(level.hold, fields.duration("hold"));
        const Duration measured = scenario_.duration - scenario_.warmup;
        const bool known = scenario_.duration != Duration{} && fields.valid("hold") != nullptr;
        if (known && level.hold > measured) {
            report(
                *fields.valid("hold"),
                "hold is longer than what remains after the warm-up, " + format_duration(measured),
                "recovery could never be seen");
            hold_fits_ = false;
        }
    }

    bool has_workload(Operation operation) const {
        return std::any_of(scenario_.workloads.begin(), scenario_.workloads.end(),
                           [&](const WorkloadSpec& load) { return load.operation == operation; });
    }

    // The fault that starts a target's clock: the one named, or the first.
    std::optional<std::uint32_t> clock_fault(const Node& target, const Fields& fields) {
        if (scenario_.faults.empty()) {
            report(target, "no fault starts the clock of this target");
            return std::nullopt;
        }
        const auto reference = fields.text("from");
        if (!reference) return 0;
        const std::string id = parse_moment(*reference)->anchor;
        std::vector<std::string> known;
        for (std::uint32_t i = 0; i < scenario_.faults.size(); ++i) {
            if (scenario_.faults[i].id == id) return i;
            known.push_back(scenario_.faults[i].id);
        }
        report(*fields.valid("from"), "unknown fault '" + id + "'", did_you_mean(id, known));
        return std::nullopt;
    }

    // Between the fault and the end of the run there must be time to see service come back.
    void check_hold(const Node& at, std::uint32_t fault) {
        if (!hold_fits_ || fault >= times_.size() || !times_[fault].start) return;
        if (times_[fault].start->on_alert) return;
        const Instant latest = times_[fault].start->latest();
        if (latest.ns >= scenario_.duration.ns) return;  // reported with the fault
        const Duration remains = Duration{scenario_.duration.ns - latest.ns};
        if (scenario_.service_level.hold < remains) return;
        report(at,
               "after " + scenario_.faults[fault].id + ".start only " + format_duration(remains) +
                   " remain, no more than service_level.hold, " +
                   format_duration(scenario_.service_level.hold),
               "recovery could never be seen");
    }

    void bind_rto() {
        const Node* node = root_.map("targets").valid("rto");
        if (node == nullptr) return;
        const Fields fields(*node);
        RtoTarget target;
        target.scope = fields.text("of").value_or("write");
        if (const auto site = fields.text("site")) {
            target.scope = "site:" + *site;
            check_site(*fields.valid("site"), *site);
        }
        if (const auto service = fields.text("service")) {
            target.scope = "service:" + *service;
            check_service(*fields.valid("service"), *service);
        }
        target.max = fields.at_most("max");
        target.p50 = fields.at_most("p50");
        target.p95 = fields.at_most("p95");
        target.p99 = fields.at_most("p99");
        assign(target.confidence, fields.probability("confidence"));
        const bool bounded =
            fields.has("max") || fields.has("p50") || fields.has("p95") || fields.has("p99");
        if (!bounded) report(*node, "a target without a bound", "write max: \"< 30s\"");
        if (fields.has("service") && fields.has("site")) {
            report(*fields.any("site"), "either a service or a site");
        }
        const bool of_reads = target.scope == "read";
        const bool of_operations = of_reads || target.scope == "write";
        if (of_operations && !has_workload(of_reads ? Operation::read : Operation::write)) {
            report(*node, std::string("no workload ") + (of_reads ? "reads" : "writes") +
                              ", so nothing shows when service is back");
        }
        const auto fault = clock_fault(*node, fields);
        if (fault && fields.has("from")) target.from = fault;
        if (fault) check_hold(fields.has("from") ? *fields.any("from") : *node, *fault);
        scenario_.rto = target;
    }

    void check_site(const Node& node, const std::string& name) {
        if (!scenario_.replication) {
            report(node, "sites have a part each where each has a group of its own",
                   "write cluster: {replication: {primary: ...}}");
            return;
        }
        const std::vector<std::string>& known = scenario_.replication->sites;
        if (std::find(known.begin(), known.end(), name) != known.end()) return;
        report(node, "unknown site '" + name + "'", did_you_mean(name, known));
    }

    // Only the clients of a service show when it is back.
    void check_service(const Node& node, const std::string& name) {
        std::vector<std::string> known;
        const ServiceGraph& graph = scenario_.graph;
        for (const ClientSpec& client : graph.clients) {
            if (client.to < graph.services.size()) known.push_back(graph.services[client.to].id);
        }
        if (std::find(known.begin(), known.end(), name) != known.end()) return;
        report(node, "no clients ask a service '" + name + "'", did_you_mean(name, known));
    }

    void bind_rpo() {
        const Node* node = root_.map("targets").valid("rpo");
        if (node == nullptr) return;
        const Fields fields(*node);
        RpoTarget target;
        target.max = fields.at_most("max");
        assign_optional(target.max_operations, fields.integer("max_operations"));
        if (!fields.has("max") && !fields.has("max_operations")) {
            report(*node, "a target without a bound", "write max: \"< 5s\" or max_operations: 0");
        }
        if (!has_workload(Operation::write))
            report(*node, "no workload writes, so nothing can be lost");
        const auto fault = clock_fault(*node, fields);
        if (fault && fields.has("from")) target.from = fault;
        scenario_.rpo = target;
    }

    static void assign_optional(std::optional<std::uint64_t>& place,
                                std::optional<std::int64_t> value) {
        if (value) place = static_cast<std::uint64_t>(*value);
    }

    void bind_availability() {
        const Node* node = root_.map("targets").valid("availability");
        if (node == nullptr) return;
        AvailabilityTarget target;
        assign(target.min, Fields(*node).probability("min"));
        if (scenario_.workloads.empty() && scenario_.graph.clients.empty()) {
            report(*node, "no workload asks for anything");
        }
        scenario_.availability = target;
    }

    void bind_detection() {
        const Node* node = root_.map("targets").valid("detection");
        if (node == nullptr) return;
        const Fields fields(*node);
        DetectionTarget target;
        target.max = fields.at_most("max");
        assign_optional(target.max_mistakes, fields.integer("max_mistakes"));
        assign_optional(target.max_convictions, fields.integer("max_convictions"));
        if (!fields.has("max") && !fields.has("max_mistakes") && !fields.has("max_convictions")) {
            report(*node, "a target without a bound", "write max: \"< 500ms\" or max_mistakes: 0");
        }
        if (!root_.map("cluster").has("failure_detector")) {
            report(*node, "nobody watches anybody, so nothing is detected",
                   "write cluster.failure_detector: {}");
        }
        scenario_.detection = target;
    }

    const Node& tree_;
    Fields root_;
    Diagnostics& diagnostics_;
    Scenario scenario_;
    std::vector<FaultTimes> times_;
    bool hold_fits_ = true;
};

}  // namespace

Scenario bind(const Node& canonical, Diagnostics& diagnostics) {
    return Binder(canonical, diagnostics).bind();
}

void identify(Scenario& scenario, const Node& canonical) {
    scenario.resolved = emit_yaml(canonical);
    novacron::Digest digest;
    digest.add(scenario.resolved);
    scenario.hash = novacron::hex(digest.value());
}

}  // namespace shaketable
