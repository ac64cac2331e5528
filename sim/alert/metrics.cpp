// SPDX-License-Identifier: MIT
#include "sim/alert/metrics.hpp"

#include <algorithm>

#include "core/base/check.hpp"

namespace shaketable {
namespace {

template <class Number>
double number(Number value) {
    return static_cast<double>(value);
}

// How bad a breaker's standing is.
double weight(BreakerState state) {
    switch (state) {
        case BreakerState::open:
        case BreakerState::forced_open: return 2;
        case BreakerState::half_open: return 1;
        default: return 0;
    }
}

}  // namespace

void Metrics::Tally::add(Duration sample) {
    const auto bounds = bucket_bounds();
    const auto bound = std::lower_bound(bounds.begin(), bounds.end(), sample.ns);
    ++buckets.at(static_cast<std::size_t>(bound - bounds.begin()));
    sum_ns += sample.ns;
}

Metrics::Metrics(MetricsOptions options, Record& record, SeriesStore& store)
    : options_(std::move(options)),
      store_(store),
      primary_(options_.primary),
      numbers_(*options_.graph) {
    begin_nodes();
    begin_clients();
    begin_sites();
    if (options_.backup) begin_backups();
    begin_services();
    record.listen(*this);
}

Metrics::Place Metrics::series(const std::string& metric, std::vector<Label> labels) {
    const auto& wanted = options_.wanted;
    if (std::find(wanted.begin(), wanted.end(), metric) == wanted.end()) return std::nullopt;
    return store_.series(metric, labels_of(std::move(labels)));
}

Metrics::Histogram Metrics::histogram(const std::string& metric,
                                      const std::vector<Label>& labels) {
    Histogram made;
    static_assert(std::tuple_size_v<decltype(Tally::buckets)> == 14);
    novacron::check(bucket_bounds().size() + 1 == made.tally.buckets.size(),
                    "a tally has a place for each bucket");
    for (const std::int64_t bound : bucket_bounds()) {
        std::vector<Label> with = labels;
        with.push_back({"le", bucket_label(bound)});
        made.buckets.push_back(series(metric + "_bucket", std::move(with)));
    }
    std::vector<Label> with = labels;
    with.push_back({"le", "+Inf"});
    made.buckets.push_back(series(metric + "_bucket", std::move(with)));
    made.sum = series(metric + "_sum", labels);
    made.count = series(metric + "_count", labels);
    return made;
}

void Metrics::begin_nodes() {
    for (const MetricsOptions::Node& spec : options_.nodes) {
        const std::vector<Label> labels{
            {"node", spec.name}, {"site", spec.site}, {"zone", spec.zone}};
        Node& node = nodes_.emplace_back();
        node.up = series("up", labels);
        node.term = series("raft_term", labels);
        node.has_leader = series("raft_has_leader", labels);
        node.leads = series("raft_is_leader", labels);
        node.commit = series("raft_commit_index", labels);
        node.changes = series("raft_leader_changes_total", labels);
        node.commits = histogram("raft_commit_duration_seconds", labels);
        node.suspicion.resize(options_.nodes.size());
        for (const MetricsOptions::Node& peer : options_.nodes) {
            std::vector<Label> with = labels;
            with.push_back({"peer", peer.name});
            const bool watched = options_.watches && &peer != &spec;
            node.phi.push_back(watched ? series("phi_accrual", with) : std::nullopt);
            node.suspected.push_back(watched ? series("peer_suspected", with) : std::nullopt);
        }
        const auto keep = [&node](Place place) {
            if (place) node.all.push_back(*place);
        };
        for (const Place place : {node.term, node.has_leader, node.leads, node.commit,
                                  node.changes, node.commits.sum, node.commits.count}) {
            keep(place);
        }
        for (const auto* places : {&node.commits.buckets, &node.phi, &node.suspected}) {
            for (const Place place : *places) keep(place);
        }
        times_commits_ = times_commits_ || node.commits.count || node.commits.sum ||
                         node.commits.buckets.front();
    }
}

void Metrics::begin_clients() {
    for (const MetricsOptions::Load& spec : options_.workloads) {
        const std::string kind(kOperationKindNames.at(static_cast<std::size_t>(spec.kind)));
        const std::vector<Label> labels{{"workload", spec.id}, {"operation", kind}};
        Load& load = loads_.emplace_back();
        for (std::size_t outcome = 0; outcome < kOutcomeNames.size(); ++outcome) {
            std::vector<Label> with = labels;
            with.push_back({"outcome", std::string(kOutcomeNames[outcome])});
            load.ended[outcome] = series("shaketable_requests_total", std::move(with));
        }
        load.durations = histogram("shaketable_request_duration_seconds", labels);
    }
}

void Metrics::begin_sites() {
    for (const std::string& name : options_.sites) {
        sites_.push_back({series("site_primary", {{"site", name}}),
                          series("replication_lag_seconds", {{"site", name}}),
                          series("replication_lag_records", {{"site", name}}), 0, Instant{}});
    }
}

void Metrics::begin_backups() {
    for (std::size_t kind = 0; kind < failures_.size(); ++kind) {
        const Label label{"kind", std::string(kBackupKindNames[kind])};
        last_success_[kind] = series("backup_last_success_timestamp_seconds", {label});
        failures_[kind] = series("backup_failures_total", {label});
    }
    bad_objects_ = series("backup_bad_objects", {});
    backlog_ = series("archive_backlog_bytes", {});
}

void Metrics::begin_services() {
    const ServiceGraph& graph = *options_.graph;
    for (const ClientSpec& spec : graph.clients) {
        const std::vector<Label> labels{{"clients", spec.id},
                                        {"service", graph.services.at(spec.to).id}};
        Clients& clients = clients_.emplace_back();
        for (std::size_t outcome = 0; outcome < kCallOutcomeNames.size(); ++outcome) {
            std::vector<Label> with = labels;
            with.push_back({"outcome", std::string(kCallOutcomeNames[outcome])});
            clients.ended[outcome] = series("service_requests_total", std::move(with));
        }
        clients.durations = histogram("service_request_duration_seconds", labels);
    }
    for (const ServiceNumbers::Edge& edge : numbers_.edges) {
        const std::string& from =
            edge.of_clients ? graph.clients.at(edge.from).id : graph.services.at(edge.from).id;
        edges_.push_back({series("circuit_breaker_state",
                                 {{"from", from}, {"to", graph.services.at(edge.to).id}}),
                          {}});
    }
    for (std::size_t i = 0; i < numbers_.service_of.size(); ++i) {
        const ServiceSpec& service = graph.services.at(numbers_.service_of[i]);
        const std::uint32_t place = numbers_.place_of[i];
        std::vector<Label> labels = {{"service", service.id},
                         {"instance", std::to_string(place)},
                         {"node", options_.nodes.at(service.on[place].value).name}};
        if (!service.versions.empty()) {
            labels.push_back({"version", service.version_name(numbers_.version_of[i])});
        }
        instances_.push_back({series("service_up", labels), false});
    }
}

void Metrics::put(Instant now, Place series, double value) {
    if (series) store_.add(now, *series, value);
}

void Metrics::put(Instant now, const Histogram& histogram) {
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < histogram.buckets.size(); ++i) {
        count += histogram.tally.buckets[i];
        put(now, histogram.buckets[i], number(count));
    }
    put(now, histogram.sum, number(histogram.tally.sum_ns) / 1e9);
    put(now, histogram.count, number(count));
}

void Metrics::scrape(Instant now, const LookAtNode& look) {
    std::vector<bool> answers;
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
        const NodeLook seen = look(NodeId{i});
        answers.push_back(seen.answers);
        scrape(now, NodeId{i}, seen);
    }
    for (const Load& load : loads_) {
        for (std::size_t i = 0; i < load.ended.size(); ++i) {
            put(now, load.ended[i], number(load.counts[i]));
        }
        put(now, load.durations);
    }
    scrape_sites(now, answers);
    scrape_backups(now);
    scrape_services(now);
}

void Metrics::scrape(Instant now, NodeId id, const NodeLook& look) {
    const Node& node = nodes_[id.value];
    put(now, node.up, look.answers ? 1 : 0);
    if (!look.answers) {
        for (const std::size_t series : node.all) store_.mark_stale(now, series);
        return;
    }
    put(now, node.term, number(look.term.value));
    put(now, node.has_leader, look.has_leader ? 1 : 0);
    put(now, node.leads, look.leads ? 1 : 0);
    put(now, node.commit, number(look.commit.value));
    put(now, node.changes, number(node.times_leader));
    put(now, node.commits);
    for (const auto& [peer, phi] : look.phi) put(now, node.phi.at(peer.value), phi);
    for (std::size_t peer = 0; peer < node.suspected.size(); ++peer) {
        put(now, node.suspected[peer], node.suspicion[peer]);
    }
}

void Metrics::scrape_sites(Instant now, const std::vector<bool>& answers) {
    if (sites_.empty()) return;
    bool primary_answers = false;
    for (std::size_t i = 0; i < answers.size(); ++i) {
        const bool of_primary = options_.nodes[i].site == options_.sites.at(primary_.value);
        primary_answers = primary_answers || (of_primary && answers[i]);
    }
    for (std::uint32_t i = 0; i < sites_.size(); ++i) {
        const Site& site = sites_[i];
        put(now, site.primary, primary_ == SiteId{i} ? 1 : 0);
        if (primary_answers && primary_ != SiteId{i}) {
            put(now, site.lag_seconds, site.records == 0 ? 0 : in_seconds(now - site.oldest));
            put(now, site.lag_records, number(site.records));
            continue;
        }
        for (const Place place : {site.lag_seconds, site.lag_records}) {
            if (place) store_.mark_stale(now, *place);
        }
    }
}

void Metrics::scrape_backups(Instant now) {
    for (std::size_t kind = 0; kind < failures_.size(); ++kind) {
        put(now, failures_[kind], number(failed_[kind]));
        if (!succeeded_[kind]) continue;
        put(now, last_success_[kind],
            number(options_.epoch_unix_seconds) + in_seconds(*succeeded_[kind] - Instant{}));
    }
    if (bad_) put(now, bad_objects_, number(*bad_));
    put(now, backlog_, number(backlog_bytes_));
}

void Metrics::scrape_services(Instant now) {
    for (const Clients& clients : clients_) {
        for (std::size_t i = 0; i < clients.ended.size(); ++i) {
            put(now, clients.ended[i], number(clients.counts[i]));
        }
        put(now, clients.durations);
    }
    for (const Edge& edge : edges_) {
        double worst = 0;
        for (const auto& [caller, state] : edge.breakers) worst = std::max(worst, weight(state));
        put(now, edge.state, worst);
    }
    for (const Instance& instance : instances_) put(now, instance.up, instance.serves ? 1 : 0);
}

void Metrics::on(Instant /*at*/, const NodeStarted& fact) {
    Node& node = nodes_[fact.node.value];
    node.times_leader = 0;
    node.is_leader = false;
    node.commits.tally = {};
    node.uncommitted.clear();
    std::fill(node.suspicion.begin(), node.suspicion.end(), 0.0);
}

void Metrics::on(Instant /*at*/, const RoleChanged& fact) {
    Node& node = nodes_[fact.node.value];
    node.is_leader = fact.role == novacron::raft::Role::leader;
    if (node.is_leader) ++node.times_leader;
    node.uncommitted.clear();
}

void Metrics::on(Instant at, const EntryAppended& fact) {
    if (!times_commits_) return;
    Node& node = nodes_[fact.node.value];
    if (node.is_leader) node.uncommitted.emplace_back(fact.index, at);
}

void Metrics::on(Instant /*at*/, const LogTruncated& fact) {
    nodes_[fact.node.value].uncommitted.clear();
}

void Metrics::on(Instant at, const CommitAdvanced& fact) {
    Node& node = nodes_[fact.node.value];
    while (!node.uncommitted.empty() && node.uncommitted.front().first <= fact.index) {
        node.commits.tally.add(at - node.uncommitted.front().second);
        node.uncommitted.pop_front();
    }
}

void Metrics::on(Instant at, const OperationEnded& fact) {
    Load& load = loads_[fact.workload];
    ++load.counts.at(static_cast<std::size_t>(fact.outcome));
    if (fact.outcome == Outcome::acknowledged) load.durations.tally.add(at - fact.issued);
}

void Metrics::on(Instant /*at*/, const SiteRoleChanged& fact) {
    if (fact.role != SiteRole::primary || fact.epoch <= epoch_) return;
    epoch_ = fact.epoch;
    primary_ = fact.site;
    for (Site& site : sites_) site.records = 0;
}

void Metrics::on(Instant /*at*/, const SiteLagged& fact) {
    if (fact.site.value >= sites_.size()) return;
    sites_[fact.site.value].records = fact.entries;
    sites_[fact.site.value].oldest = fact.oldest;
}

void Metrics::on(Instant at, const BackupCompleted& fact) {
    if (fact.kind != BackupKind::segment) succeeded_[static_cast<std::size_t>(fact.kind)] = at;
}

void Metrics::on(Instant /*at*/, const BackupFailed& fact) {
    if (fact.kind != BackupKind::segment) ++failed_[static_cast<std::size_t>(fact.kind)];
}

void Metrics::on(Instant /*at*/, const ArchiveBacklog& fact) {
    backlog_bytes_ = fact.bytes.value;
}

void Metrics::on(Instant /*at*/, const VerifyDone& fact) { bad_ = fact.bad.value; }

void Metrics::on(Instant at, const RequestEnded& fact) {
    Clients& clients = clients_.at(fact.population.value);
    ++clients.counts.at(static_cast<std::size_t>(fact.outcome));
    if (fact.outcome == CallOutcome::ok) clients.durations.tally.add(at - fact.issued);
}

void Metrics::on(Instant /*at*/, const InstanceStarted& fact) {
    instances_.at(fact.instance.value).serves = true;
}

void Metrics::on(Instant /*at*/, const InstanceStopped& fact) {
    instances_.at(fact.instance.value).serves = false;
}

void Metrics::on(Instant /*at*/, const BreakerChanged& fact) {
    auto& breakers = edges_.at(fact.edge.value).breakers;
    const auto found = std::find_if(breakers.begin(), breakers.end(), [&](const auto& known) {
        return known.first == fact.caller;
    });
    if (found != breakers.end()) {
        found->second = fact.to;
    } else {
        breakers.emplace_back(fact.caller, fact.to);
    }
}

void Metrics::suspect(NodeId node, NodeId peer, double how) {
    nodes_[node.value].suspicion.at(peer.value) = how;
}
void Metrics::on(Instant /*at*/, const PeerSuspected& fact) { suspect(fact.node, fact.peer, 1); }
void Metrics::on(Instant /*at*/, const PeerTrusted& fact) { suspect(fact.node, fact.peer, 0); }
void Metrics::on(Instant /*at*/, const PeerFailed& fact) { suspect(fact.node, fact.peer, 2); }

}  // namespace shaketable
