// SPDX-License-Identifier: MIT
#include "sim/fleet/fleet.hpp"

#include <algorithm>

#include "core/base/check.hpp"
#include "sim/service/services.hpp"

namespace shaketable {

Fleet::Fleet(const FleetOptions& options, const FleetParts& parts, const Random& random)
    : network_(parts.queue, parts.record, parts.receipts, random,
               static_cast<std::uint32_t>(options.nodes.size() + options.workloads.size() +
                                          options.graph.clients.size() + options.observers),
               options.links, *this),
      populations_(options.graph.clients.size()),
      pause_holds_(options.nodes.size()),
      serving_(NodeSet::first(static_cast<std::uint32_t>(options.nodes.size()))) {
    if (!options.graph.empty()) {
        const auto nodes = static_cast<std::uint32_t>(options.nodes.size());
        const auto workloads = static_cast<std::uint32_t>(options.workloads.size());
        services_ = std::make_unique<Services>(
            options.graph,
            ServiceSurroundings{parts.queue, parts.record, parts.receipts, network_, nodes,
                                HostId{nodes + workloads}},
            random.fork("services"));
    }
    const Surroundings surroundings{parts.queue, parts.record, parts.receipts, network_,
                                    parts.sync_latency, services_.get()};
    for (const NodeHostOptions& node : options.nodes) {
        nodes_.push_back(
            std::make_unique<NodeHost>(node, surroundings, random.fork("node", node.id.value)));
    }
    const auto watches = [](const NodeHostOptions& node) { return node.watch.has_value(); };
    if (std::any_of(options.nodes.begin(), options.nodes.end(), watches)) {
        network_.begin_watching(node_count());
    }
    for (WorkloadOptions workload : options.workloads) {
        workload.host = HostId{static_cast<std::uint32_t>(nodes_.size() + workloads_.size())};
        workload.nodes = node_count();
        workloads_.push_back(std::make_unique<Workload>(workload, parts.queue, parts.record,
                                                        network_, operations_,
                                                        random.fork("workload", workload.number),
                                                        parts.names));
        network_.set_state(workload.host, HostState::running);
    }
    for (std::uint32_t i = 0; i < options.observers; ++i) {
        network_.set_state(observer(i), HostState::running);
    }
}

void Fleet::connect(HostWatcher& watcher, SiteReceiver& receiver) {
    site_receiver_ = &receiver;
    for (const auto& node : nodes_) node->watch(watcher);
}

Fleet::~Fleet() = default;

void Fleet::start() {
    for (const auto& node : nodes_) node->start_at_once();
    for (const auto& workload : workloads_) workload->start();
    if (services_) services_->start();
}

std::optional<NodeId> Fleet::leader_among(NodeSet nodes) const {
    std::optional<NodeId> leader;
    novacron::Term latest;
    for (const auto& host : nodes_) {
        if (!host->running()) continue;
        const auto& raft = host->node()->raft();
        if (!nodes.contains(raft.self()) || raft.role() != novacron::raft::Role::leader ||
            raft.term() < latest) {
            continue;
        }
        latest = raft.term();
        leader = raft.self();
    }
    return leader;
}

std::optional<double> Fleet::rate_of(std::uint32_t client) const {
    if (client < workload_count()) return workloads_[client]->options().rate_per_second;
    const ClientSpec& population = services_->graph().clients[client - workload_count()];
    if (population.loop == ClientSpec::Loop::closed) return std::nullopt;
    return population.rate_per_second;
}

void Fleet::add_operation(std::uint32_t client, Random& keys) {
    if (client < workload_count()) {
        workloads_[client]->add_operation(keys);
    } else {
        services_->add_request(PopulationId{client - workload_count()});
    }
}

void Fleet::hold_paused(NodeId id) {
    ++pause_holds_[id.value];
    node(id).pause();
}

void Fleet::let_go_on(NodeId id) {
    novacron::check(pause_holds_[id.value] > 0, "a node is let go by what paused it");
    if (--pause_holds_[id.value] == 0) node(id).resume();
}

void Fleet::receive(Instant, HostId, HostId to, const novacron::raft::Message& message) {
    nodes_[to.value]->receive(message);
}
void Fleet::receive(Instant, HostId from, HostId to, const novacron::Request& request) {
    nodes_[to.value]->receive(from, request);
}
void Fleet::receive(Instant, HostId, HostId to, const novacron::Response& response) {
    if (!is_observer(to)) {
        workload_on(to).receive(response);
    } else if (site_receiver_ != nullptr) {
        site_receiver_->answered(to, response);
    }
}
void Fleet::receive(Instant, HostId from, HostId to, const ServiceMessage& message) {
    services_->receive(from, to, message);
}
void Fleet::refused(Instant, HostId by, HostId to, const novacron::Request& request) {
    if (!is_observer(to)) workload_on(to).refused(by, request);
}
void Fleet::receive(Instant, HostId, HostId to, const SiteMessage& message) {
    if (site_receiver_ != nullptr) site_receiver_->receive(to, message);
}
void Fleet::heard(Instant, HostId, HostId to, const novacron::detector::Message& message) {
    nodes_[to.value]->hear(message);
}

}  // namespace shaketable
