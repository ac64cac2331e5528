// SPDX-License-Identifier: MIT
//
// All hosts of a run and the network between them: the world that faults strike and clients use.
//
// Hosts 0 .. nodes - 1 carry the cluster's nodes and the instances of services, the hosts after
// them a workload each, those after these a population of a service's clients each, and the last
// ones an observer each: somebody at a third place who asks nodes as a client would.
//
// Faults may overlap: a node is started, or goes on, when the last fault that holds it has let go.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "sim/fleet/workload.hpp"
#include "sim/host/node_host.hpp"
#include "sim/service/spec.hpp"

namespace shaketable {

// Parts that the fleet and its users share; all outlive it.
struct FleetParts {
    EventQueue& queue;
    Record& record;
    Receipts& receipts;
    const Distribution& sync_latency;
    NameService* names = nullptr;  // whom the workloads' clients ask where the service is
};

// Who hears what leaders of sites say to each other, and what observers are told.
class SiteReceiver {
public:
    virtual void receive(HostId to, const SiteMessage& message) = 0;
    // A node has answered an observer.
    virtual void answered(HostId observer, const novacron::Response& response) = 0;

protected:
    ~SiteReceiver() = default;
};

class Services;

struct FleetOptions {
    std::vector<NodeHostOptions> nodes;
    std::vector<WorkloadOptions> workloads;  // their hosts are numbered by the fleet
    std::vector<LinkBehaviour> links;        // from * hosts + to
    std::uint32_t observers = 0;
    ServiceGraph graph = {};
};

class Fleet final : private Receiver {
public:
    Fleet(const FleetOptions& options, const FleetParts& parts, const Random& random);
    ~Fleet();

    // Both hear of everything from now on, and outlive the fleet's use.
    void connect(HostWatcher& watcher, SiteReceiver& receiver);
    // Starts all nodes and workloads at once.
    void start();

    std::uint32_t node_count() const { return static_cast<std::uint32_t>(nodes_.size()); }
    std::uint32_t host_count() const { return network_.hosts(); }
    NodeHost& node(NodeId id) { return *nodes_.at(id.value); }
    const NodeHost& node(NodeId id) const { return *nodes_.at(id.value); }
    std::uint32_t workload_count() const { return static_cast<std::uint32_t>(workloads_.size()); }
    Workload& workload(std::uint32_t number) { return *workloads_.at(number); }
    // Workloads, and after them the populations of services' clients.
    std::uint32_t client_count() const {
        return workload_count() + static_cast<std::uint32_t>(populations_);
    }
    HostId observer(std::uint32_t number) const {
        return HostId{node_count() + client_count() + number};
    }
    // Of an open loop; nothing of a closed one, which has no rate.
    std::optional<double> rate_of(std::uint32_t client) const;
    // One operation or request more, now.
    void add_operation(std::uint32_t client, Random& keys);
    // Null if there are none.
    Services* services() { return services_.get(); }
    const Services* services() const { return services_.get(); }
    Network& network() { return network_; }
    const Network& network() const { return network_; }

    // The leader of the latest term among running nodes of the group that serves, if there is one.
    std::optional<NodeId> leader() const { return leader_among(serving_); }
    std::optional<NodeId> leader_among(NodeSet nodes) const;
    // Which nodes are the group that serves clients; at first all.
    void let_serve(NodeSet nodes) { serving_ = nodes; }

    // Faults take hold of a node and let go of it.
    void hold_down(NodeId id, StopCause cause) { node(id).hold_down(cause); }
    void let_up(NodeId id) { node(id).let_up(); }
    void hold_paused(NodeId id);
    void let_go_on(NodeId id);

private:
    void receive(Instant now, HostId from, HostId to, const novacron::raft::Message&) override;
    void receive(Instant now, HostId from, HostId to, const novacron::Request&) override;
    void receive(Instant now, HostId from, HostId to, const novacron::Response&) override;
    void receive(Instant now, HostId from, HostId to, const ServiceMessage&) override;
    void refused(Instant now, HostId by, HostId to, const novacron::Request&) override;
    void receive(Instant now, HostId from, HostId to, const SiteMessage&) override;
    bool is_observer(HostId host) const { return host >= observer(0); }
    void heard(Instant now, HostId from, HostId to, const novacron::detector::Message&) override;
    Workload& workload_on(HostId host) { return *workloads_.at(host.value - nodes_.size()); }

    Network network_;
    std::unique_ptr<Services> services_;  // they hear of what befalls the nodes
    std::vector<std::unique_ptr<NodeHost>> nodes_;
    std::vector<std::unique_ptr<Workload>> workloads_;
    OperationCounter operations_;
    std::size_t populations_;  // of services' clients
    std::vector<std::uint32_t> pause_holds_;
    NodeSet serving_;
    SiteReceiver* site_receiver_ = nullptr;
};

}  // namespace shaketable
