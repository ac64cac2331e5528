// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <map>

#include "core/base/check.hpp"
#include "core/base/digest.hpp"
#include "core/base/hex.hpp"
#include "sim/run/assess.hpp"
#include "sim/run/conditions.hpp"
#include "sim/run/monitoring.hpp"
#include "sim/run/owed_liveness.hpp"
#include "sim/run/world.hpp"

namespace shaketable {
namespace {

// In the order of their names; nodes without a name of the kind stand nowhere.
std::vector<std::vector<NodeId>> places_by(const Scenario& scenario,
                                           std::string NodeSpec::*name) {
    std::map<std::string, std::vector<NodeId>> places;
    for (std::uint32_t i = 0; i < scenario.nodes.size(); ++i) {
        const std::string& place = scenario.nodes[i].*name;
        if (!place.empty()) places[place].push_back(NodeId{i});
    }
    std::vector<std::vector<NodeId>> sets;
    for (auto& [place, nodes] : places) sets.push_back(std::move(nodes));
    return sets;
}

ScheduleOptions schedule_options(const Scenario& scenario,
                                 const std::vector<AlertInstants>& alerts = {}) {
    return {scenario.faults, scenario.warmup, scenario.duration,
            static_cast<std::uint32_t>(scenario.nodes.size()),
            {places_by(scenario, &NodeSpec::zone), places_by(scenario, &NodeSpec::site),
             places_by(scenario, &NodeSpec::rack)},
            alerts};
}

// Operators of a service with several sites sit somewhere else.
std::uint32_t observers_of(const Scenario& scenario) { return scenario.replication ? 1 : 0; }

LinkBehaviour behaviour_of(const LinkSpec& link, const Distribution& latency) {
    return {&latency, Chance(link.loss), Chance(link.duplicate), Chance(link.reorder)};
}

// One behaviour for every ordered pair of hosts: the first link that names both, or the default.
std::vector<LinkBehaviour> link_behaviours(const Scenario& scenario,
                                           std::deque<Distribution>& link_latencies) {
    const std::size_t nodes = scenario.nodes.size();
    const std::size_t hosts = nodes + scenario.workloads.size() + scenario.graph.clients.size() +
                              observers_of(scenario);
    const Distribution& usual = link_latencies.emplace_back(scenario.default_link.latency);
    std::vector<LinkBehaviour> behaviours(hosts * hosts,
                                          behaviour_of(scenario.default_link, usual));
    for (std::size_t from = 0; from < nodes; ++from) {
        for (std::size_t to = 0; to < nodes; ++to) {
            behaviours[from * hosts + to].between_sites =
                scenario.nodes[from].site != scenario.nodes[to].site;
        }
    }
    const auto names = [](const std::vector<NodeId>& set, std::size_t host) {
        return std::binary_search(set.begin(), set.end(), NodeId{static_cast<std::uint32_t>(host)});
    };
    for (std::size_t i = scenario.links.size(); i-- > 0;) {
        const LinkSpec& link = scenario.links[i];
        const Distribution& latency = link_latencies.emplace_back(link.latency);
        for (std::size_t from = 0; from < nodes; ++from) {
            for (std::size_t to = 0; to < nodes; ++to) {
                if ((names(link.from, from) && names(link.to, to)) ||
                    (names(link.from, to) && names(link.to, from))) {
                    LinkBehaviour& behaviour = behaviours[from * hosts + to];
                    const bool between_sites = behaviour.between_sites;
                    behaviour = behaviour_of(link, latency);
                    behaviour.between_sites = between_sites;
                }
            }
        }
    }
    return behaviours;
}

// The nodes of each Raft group: all, or those of each site, in the order in which these are named.
std::vector<std::vector<NodeId>> group_nodes(const Scenario& scenario) {
    std::vector<std::vector<NodeId>> groups;
    std::vector<std::string> sites;
    for (std::uint32_t i = 0; i < scenario.nodes.size(); ++i) {
        const std::string site = scenario.replication ? scenario.nodes[i].site : "";
        const auto known = std::find(sites.begin(), sites.end(), site);
        const auto number = static_cast<std::size_t>(known - sites.begin());
        if (known == sites.end()) {
            sites.push_back(site);
            groups.emplace_back();
        }
        groups[number].push_back(NodeId{i});
    }
    return groups;
}

// Of the group that the node belongs to; none if it is a spare.
std::vector<NodeId> first_voters(const Scenario& scenario, NodeId node) {
    std::vector<NodeId> voters;
    if (scenario.nodes[node.value].spare) return voters;
    for (std::uint32_t i = 0; i < scenario.nodes.size(); ++i) {
        const NodeSpec& other = scenario.nodes[i];
        const bool together =
            !scenario.replication || other.site == scenario.nodes[node.value].site;
        if (together && !other.spare) voters.push_back(NodeId{i});
    }
    return voters;
}

std::optional<PeerWatchOptions> watch_options(const Scenario& scenario) {
    if (!scenario.failure_detector) return std::nullopt;
    return PeerWatchOptions{static_cast<std::uint32_t>(scenario.nodes.size()),
                            *scenario.failure_detector};
}

std::optional<Software> first_software(const Scenario& scenario) {
    if (scenario.versions.empty()) return std::nullopt;
    return scenario.versions.front();
}

FleetOptions fleet_options(const Scenario& scenario, std::deque<Distribution>& link_latencies,
                           const ConsensusTrace& trace) {
    FleetOptions options;
    for (std::uint32_t i = 0; i < scenario.nodes.size(); ++i) {
        const NodeSpec& node = scenario.nodes[i];
        const auto first = first_voters(scenario, NodeId{i});
        novacron::raft::Options consensus = scenario.consensus;
        consensus.election_delay = node.election_delay;
        options.nodes.push_back({NodeId{i}, first, consensus, scenario.boot_time,
                                 node.clock_offset, node.clock_drift_ppb,
                                 scenario.encode_messages, scenario.disk.capacity, trace,
                                 watch_options(scenario), first_software(scenario)});
    }
    std::uint32_t number = 0;
    for (const WorkloadSpec& workload : scenario.workloads) {
        const bool writes = workload.operation == WorkloadSpec::Operation::write;
        const bool anybody = workload.nodes == WorkloadSpec::Nodes::any;
        options.workloads.push_back(
            {number++, HostId{}, 0, writes ? OperationKind::write : OperationKind::read,
             workload.rate_per_second, workload.keys.n, workload.keys.zipf_s,
             workload.attempt_timeout, workload.deadline, workload.backoff_initial,
             workload.backoff_max,
             anybody ? Asks::anybody : Asks::leader});
    }
    options.links = link_behaviours(scenario, link_latencies);
    options.graph = scenario.graph;
    options.observers = observers_of(scenario);
    if (!scenario.names) return options;
    std::vector<std::uint32_t> sites;
    for (const auto& nodes : group_nodes(scenario)) sites.push_back(nodes.front().value);
    sites.push_back(static_cast<std::uint32_t>(scenario.nodes.size()));
    for (WorkloadOptions& workload : options.workloads) workload.sites = sites;
    return options;
}

SitesOptions sites_options(const Scenario& scenario) {
    SitesOptions options = scenario.replication->options;
    options.nodes = group_nodes(scenario);
    return options;
}

std::size_t expected_operations(const Scenario& scenario) {
    double expected = 0;
    for (const WorkloadSpec& workload : scenario.workloads) {
        expected += workload.rate_per_second * static_cast<double>(scenario.duration.ns) / 1e9;
    }
    return static_cast<std::size_t>(std::min(expected * 1.02 + 64, 1e8));
}

// From when on a check looks for the cluster's health by itself; nothing if it does not.
std::optional<Instant> watched_from(const World& world, const CheckSpec& check) {
    if (check.predicate != Predicate::cluster_healthy) return std::nullopt;
    if (check.mode == CheckSpec::Mode::sometime) return stretch_of(world, check).start;
    if (check.mode == CheckSpec::Mode::eventually && check.after) return clock_of(world, check);
    return std::nullopt;
}

// All of the run's nodes are one group, or each site's are, and then each is watched by itself; as
// is one that may be made anew from a backup.
std::unique_ptr<Group> watched_group(World& world, const std::vector<NodeId>& nodes) {
    const bool alone =
        nodes.size() == world.scenario.nodes.size() && !world.scenario.backup.has_value();
    Record& record = alone ? world.record : world.record.branch(NodeSet::of(nodes));
    return std::make_unique<Group>(GroupOptions{nodes, first_voters(world.scenario, nodes.front()),
                                                world.node_names(),
                                                world.scenario.consensus.election_timeout_max,
                                                world.faults_end()},
                                   record, world.findings);
}

std::vector<std::unique_ptr<Group>> watched_groups(World& world) {
    std::vector<std::unique_ptr<Group>> groups;
    for (const auto& nodes : group_nodes(world.scenario)) {
        groups.push_back(watched_group(world, nodes));
    }
    return groups;
}

std::unique_ptr<NameService> name_service(World& world) {
    if (!world.scenario.names) return nullptr;
    return std::make_unique<NameService>(*world.scenario.names, world.queue, world.record,
                                         world.receipts,
                                         world.scenario.replication->options.primary);
}

std::unique_ptr<Sites> all_sites(World& world) {
    if (!world.scenario.replication) return nullptr;
    return std::make_unique<Sites>(sites_options(world.scenario), world.queue, world.record,
                                   world.receipts, world.fleet, world.names.get(),
                                   Random(world.seed).fork("sites"));
}

Duration longest_wait_for_shipping(const Scenario& scenario) {
    if (!scenario.replication) return {};
    const auto& shipping = scenario.replication->options.shipping;
    const bool waits = shipping.shipping != novacron::replication::Shipping::stream;
    return waits ? shipping.interval : Duration{};
}

void owe_liveness(World& world, Group& group) {
    const auto owed = owed_liveness(world.scenario, group.nodes, slowest(world.sync_latency));
    if (!owed) return;
    group.liveness.emplace(group.record, group.logs, world.schedule, world.findings, *owed,
                           world.node_names());
}

}  // namespace

std::string_view model_version() { return "6"; }

std::string run_key(const Scenario& scenario, std::uint64_t seed) {
    novacron::Digest digest;
    digest.add(scenario.hash);
    digest.add(seed);
    digest.add(model_version());
    return novacron::hex(digest.value());
}

World::World(const Scenario& scenario_to_run, std::uint64_t seed_of_the_run,
             const ConsensusTrace& trace)
    : scenario(scenario_to_run),
      seed(seed_of_the_run),
      schedule(plan_faults(schedule_options(scenario), Random(seed).fork("faults"))),
      groups(watched_groups(*this)),
      operations(record, expected_operations(scenario)),
      requests(record),
      service_calls(record, scenario.graph, Instant{scenario.warmup.ns}),
      site_history(record),
      site_duty(record, sites_of_nodes(), longest_wait_for_shipping(scenario)),
      roles(record, scenario.nodes.size()),
      timeline(record),
      renewal(*this),
      sync_latency(scenario.disk.sync_latency),
      names(name_service(*this)),
      fleet(fleet_options(scenario, link_latencies, trace),
            {queue, record, receipts, sync_latency, names.get()}, Random(seed).fork("fleet")),
      sites(all_sites(*this)),
      injector(schedule.faults, queue, record, receipts, fleet, sites.get(), names.get()) {
    for (const auto& group : groups) owe_liveness(*this, *group);
    if (scenario.backup) {
        const Group& backed_up = group_of(NodeId{scenario.backup->clock});
        if (sites) site_logs.emplace(record);
        backup_history.emplace(record, sites ? &*site_logs : nullptr);
        if (sites) {
            restored_site_states.emplace(*site_logs, record, findings);
        } else {
            restored_states.emplace(NodeSet::of(backed_up.nodes), record, findings);
        }
        backups.emplace(*scenario.backup, FleetParts{queue, record, receipts, sync_latency}, fleet,
                        BackedUp{backed_up.nodes, scenario.epoch_unix_seconds, sites.get()},
                        Random(seed).fork("backups"));
        injector.attach(*backups);
    }
    if (scenario.alerts) {
        monitor.emplace(*scenario.alerts, metrics_options(scenario), record,
                        [this](NodeId node) { return look_at_node(*this, node); });
    }
    const bool shifts = has_versions(scenario.graph);
    if (shifts || !scenario.versions.empty()) deploy_history.emplace(record);
    if (shifts) {
        shifter.emplace(queue, record, receipts, *fleet.services());
        injector.attach(*shifter);
    }
    if (!scenario.versions.empty()) {
        deployer.emplace(scenario.versions, FleetParts{queue, record, receipts, sync_latency},
                         fleet);
        injector.attach(*deployer);
    }
    if (scenario.failure_detector) {
        detection.emplace(record, static_cast<std::uint32_t>(scenario.nodes.size()),
                          Instant{scenario.warmup.ns});
    }
    for (std::size_t i = 0; i < scenario.checks.size(); ++i) {
        const auto from = watched_from(*this, scenario.checks[i]);
        if (from) check_watches.emplace_back(i, *from, group());
    }
}

std::vector<std::string> World::node_names() const {
    std::vector<std::string> all;
    for (const NodeSpec& node : scenario.nodes) all.push_back(node.name);
    return all;
}

void World::start() {
    started = true;
    if (backups) backups->start();
    fleet.start();
    if (sites) sites->start();
}

void World::do_next_event() {
    if (monitor_time() <= std::min(injector.next_time(), queue.next_time())) {
        let_monitor_act();
        return;
    }
    ++events;
    if (injector.next_time() <= queue.next_time()) {
        injector.do_next();
    } else {
        queue.do_next();
    }
}

void World::do_events(Instant before, Instant last_fault) {
    for (;;) {
        const Instant fault = injector.next_time();
        const Instant look = monitor_time();
        const Instant stop = std::min({before, fault, look});
        for (; queue.next_time() < stop; ++events) queue.do_next();
        if (look <= std::min(fault, last_fault)) {
            let_monitor_act();
            continue;
        }
        if (fault > last_fault) return;
        injector.do_next();
        ++events;
    }
}

std::optional<std::string> World::amend(const Scenario& amended) {
    const auto known = monitor ? monitor->known() : std::vector<AlertInstants>{};
    Schedule changed = plan_faults(schedule_options(amended, known), Random(seed).fork("faults"));
    if (const auto wrong = injector.contradiction(changed.faults)) {
        const auto& all = *wrong < changed.faults.size() ? changed.faults : injector.faults();
        return all[*wrong].id;
    }
    scenario = amended;
    follow(std::move(changed));
    return std::nullopt;
}

void World::let_monitor_act() {
    const Instant now = monitor->next_time();
    queue.wait_until(now);
    if (!monitor->act(now)) return;
    Schedule changed =
        plan_faults(schedule_options(scenario, monitor->known()), Random(seed).fork("faults"));
    novacron::check(!injector.contradiction(changed.faults),
                    "what waits for an alert changes nothing that has happened");
    follow(std::move(changed));
}

void World::follow(Schedule changed) {
    const Instant end = faults_end();
    schedule = std::move(changed);
    injector.reschedule(schedule.faults);
    if (faults_end() != end) {
        for (const auto& group : groups) group->health.watch_from(faults_end());
    }
    for (CheckWatch& watch : check_watches) {
        const auto from = watched_from(*this, scenario.checks.at(watch.check));
        if (!from || *from == watch.from) continue;
        watch.from = *from;
        watch.health.watch_from(*from);
    }
}

const Group& World::group_of(NodeId node) const {
    const auto found = std::find_if(groups.begin(), groups.end(), [node](const auto& group) {
        return std::binary_search(group->nodes.begin(), group->nodes.end(), node);
    });
    novacron::check(found != groups.end(), "every node is in a group");
    return **found;
}

std::vector<SiteId> World::sites_of_nodes() const {
    std::vector<SiteId> found(scenario.nodes.size());
    for (std::uint32_t number = 0; number < groups.size(); ++number) {
        for (const NodeId node : groups[number]->nodes) found[node.value] = SiteId{number};
    }
    return found;
}

Renewal::Renewal(World& world) : world_(world) { world.record.listen(*this); }
void Renewal::on(Instant, const SiteReseeded& fact) {
    world_.renew_group(fact.site.value);
    Group& group = *world_.groups[fact.site.value];
    const SurvivingHistory history = world_.groups[fact.source.value]->logs.survivor();
    group.logs.begin_with(history, fact.entry, NodeSet::of(group.nodes));
    group.invariants.begin_with(group.nodes.front(), fact.state);
}

void Renewal::on(Instant, const NodesRestored& fact) {
    const NodeId first = world_.backups->nodes().front();
    const auto number = static_cast<std::size_t>(
        std::find_if(world_.groups.begin(), world_.groups.end(),
                     [&](const auto& group) { return group.get() == &world_.group_of(first); }) -
        world_.groups.begin());
    world_.renew_group(number);
    Group& group = *world_.groups[number];
    group.logs.begin_with(world_.retired.back()->logs, {fact.term, fact.entry},
                          NodeSet::of(group.nodes));
    group.invariants.begin_with(group.nodes.front(), fact.state, fact.term);
}

void World::renew_group(std::size_t number) {
    std::unique_ptr<Group>& group = groups.at(number);
    novacron::check(&group->record != &record, "the only group of a run is not renewed");
    record.end_branch(group->record);
    retired.push_back(std::move(group));
    group = watched_group(*this, retired.back()->nodes);
    owe_liveness(*this, *group);
    const std::size_t watches = check_watches.size();
    for (std::size_t i = 0; i < watches; ++i) {
        const CheckWatch& watch = check_watches[i];
        if (watch.of != retired.back().get()) continue;
        check_watches.emplace_back(watch.check, std::max(watch.from, queue.now()), *group);
    }
}

Instant World::faults_end() const {
    Instant end{scenario.warmup.ns};
    for (const PlannedFault& fault : schedule.faults) {
        if (fault.end) end = std::max(end, *fault.end);
    }
    return std::min(end, run_end());
}

Result result_of(World& world) {
    if (world.finished) {
        for (const auto& group : world.groups) group->health.look_at_end();
        for (CheckWatch& watch : world.check_watches) watch.health.look_at_end();
        for (const auto& group : world.groups) {
            if (group->liveness) group->liveness->look(world.run_end());
        }
    }
    Result result = assess(world);
    result.run_key = run_key(world.scenario, world.seed);
    result.fingerprint = novacron::hex(world.record.fingerprint());
    return result;
}

Simulation::Simulation(const Scenario& scenario, std::uint64_t seed, const ConsensusTrace& trace)
    : world_(std::make_unique<World>(scenario, seed, trace)) {}
Simulation::~Simulation() = default;

void Simulation::look_for_probes() {
    novacron::check(!world_->started, "probes hear of a run from its first fact on");
    world_->probes.emplace(world_->group().record, world_->group().logs, world_->schedule);
}

Record& Simulation::record() { return world_->record; }
Instant Simulation::now() const { return world_->queue.now(); }

bool Simulation::step() {
    World& world = *world_;
    if (!world.started) world.start();
    if (world.next_time() > world.run_end()) {
        world.finished = true;
        return false;
    }
    world.do_next_event();
    return true;
}

void Simulation::advance(Instant until) {
    const Instant last = std::min(until, world_->run_end());
    if (!world_->started) world_->start();
    World& world = *world_;
    world.do_events(last + Duration{1}, last);
    if (last == world.run_end()) world.finished = true;
}

const Findings& Simulation::findings() const { return world_->findings; }

std::vector<StruckFault> Simulation::struck() const {
    std::vector<StruckFault> struck;
    const auto& faults = world_->injector.faults();
    for (std::size_t i = 0; i < faults.size(); ++i) {
        if (!world_->injector.hit(i).empty())
            struck.push_back({faults[i], world_->injector.hit(i)});
    }
    return struck;
}

Monitor* Simulation::monitor() { return world_->monitor ? &*world_->monitor : nullptr; }

Result Simulation::result() { return result_of(*world_); }

Result run(const Scenario& scenario, std::uint64_t seed) {
    Simulation simulation(scenario, seed);
    simulation.advance(Instant::never());
    return simulation.result();
}

}  // namespace shaketable
