// SPDX-License-Identifier: MIT
//
// Gives nodes another version of their software, some after the other, and stops when that goes
// wrong; and lets a group go on in another format.
//
//     drain -> install -> gate -> (pause) -> the next batch ... -> done
//                           '--> stopped, or: back out -> what was reached gets back what it had
//
// Intuition: a batch of nodes is stopped together and started with the new version. Who leads among
// them is asked to hand over before; if nobody takes over within the order's timeout, he is stopped
// all the same. Then the gate: the batch must be healthy, without a break, for the time of the
// soak. A node is healthy that runs, has not been started again since, and has what its leader has.
// A batch that is not by the timeout fails, and the order with it.
//
// A version that can't read the group's format is refused before anything is touched; a format that
// not all members can read and write is not finalised. Both, unless it is forced.
//
// Invariants: (1) at most `batch` nodes are stopped by an order at a time.
//             (2) behind a gate that failed no further node is reached.
//             (3) without force no node gets a version that can't read the data it has.
// Not modelled: how a version gets to a node; versions whose messages others can't read.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "sim/deploy/deploy_orders.hpp"
#include "sim/fleet/fleet.hpp"

namespace shaketable {

class Deployer final : private EventHandler {
public:
    // REQUIRES: there is a version. All outlive it.
    Deployer(const Versions& versions, const FleetParts& parts, Fleet& fleet)
        : versions_(versions), parts_(parts), fleet_(fleet) {}

    // An order takes effect upon these nodes, and ends: what it has not done by then it leaves.
    void begin(FaultId fault, const DeployOrder& order, const std::vector<NodeId>& nodes);
    void end(FaultId fault);

private:
    enum class Phase : std::uint8_t { drain, install, gate, pause, finalize };
    struct Given {
        NodeId node;
        Software software;
    };
    struct Order {
        DeployOrder order;
        std::vector<Given> plan;         // who gets what, the first first
        std::vector<Given> undo;         // what those had that were reached, the last first
        std::size_t next = 0;            // the first of the plan that is not in a batch yet
        std::vector<NodeId> batch;
        Phase phase = Phase::drain;
        bool backs_out = false;
        Instant deadline{};              // of the phase
        std::optional<Instant> since;    // when the batch became healthy
        std::map<NodeId, std::uint64_t> starts;  // of its nodes, as they were let up
        std::vector<NodeId> held;        // that are stopped now
        DataFormat format = kFirstFormat;
        Instant again{};                 // when a finalisation is proposed again
        std::uint32_t reached = 0;
    };

    void on_event(Instant now, const Event& event) override;
    // Goes on with the order; false: there is nothing more to do.
    bool drive(Instant now, FaultId fault, Order& order);
    bool plan(FaultId fault, Order& order, const std::vector<NodeId>& nodes) const;
    void begin_batch(Instant now, FaultId fault, Order& order);
    void stop_batch(Instant now, FaultId fault, Order& order);
    void start_batch(Instant now, FaultId fault, Order& order);
    bool look_at_gate(Instant now, FaultId fault, Order& order);
    bool go_on(Instant now, FaultId fault, Order& order);
    bool finalize(Instant now, FaultId fault, Order& order);
    // The format that the members can go on in; nothing if some can't.
    std::optional<DataFormat> common_format(const DeployOrder& order, NodeId leader) const;
    void install(FaultId fault, NodeId node, const Software& software);
    bool is_healthy(NodeId node) const;
    // Whether somebody of the batch leads still, after it was asked not to.
    bool drains(const Order& order);
    void tell(FaultId fault, const Order& order, DeployStep step, DeployOutcome outcome) const;
    bool finish(FaultId fault, const Order& order, DeployOutcome outcome) const;

    Versions versions_;
    FleetParts parts_;
    Fleet& fleet_;
    std::map<std::uint32_t, Order> orders_;              // by number of the fault
    std::map<NodeId, std::vector<Software>> former_;     // what nodes ran before, the last last
    std::map<NodeId, FaultId> defects_;                  // whose version is broken, by whose order
};

}  // namespace shaketable
