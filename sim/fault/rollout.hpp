// SPDX-License-Identifier: MIT
//
// Pushes a configuration to nodes, one after the other, as a rolling upgrade does; and commands
// that are given again without a look at what came of them.
//
// Intuition: a node reads its configuration when it starts. So the new one is laid down for a node
// and the node is restarted; a step later comes the next, in the order of their numbers. Meanwhile
// the cluster runs with both. A node that another fault keeps down starts with the new one when it
// may. When the fault ends, the nodes that have it get back what they had, and are restarted
// together. Of several configurations on one node the one that was pushed last counts.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "sim/fault/faults.hpp"
#include "sim/fleet/fleet.hpp"

namespace shaketable {

class Rollout final : private EventHandler {
public:
    Rollout(EventQueue& queue, Receipts& receipts, Fleet& fleet)
        : queue_(queue), receipts_(receipts), fleet_(fleet) {}

    void begin(FaultId fault, const PushedConfiguration& pushed, const std::vector<NodeId>& nodes);
    void begin(FaultId fault, const RepeatedRemoval& command, const std::vector<NodeId>& nodes);
    // Ends either.
    void end(FaultId fault);

private:
    enum EventKind : std::uint32_t { restart_next, command_again };

    struct Wave {
        PushedConfiguration pushed;
        std::vector<NodeId> nodes;
        std::size_t reached = 0;  // so many of them have it
    };
    struct Command {
        RepeatedRemoval removal;
        std::vector<NodeId> nodes;
        std::uint32_t given = 0;
    };

    void on_event(Instant now, const Event& event) override;
    void reach_next(FaultId fault);
    void give(FaultId fault);
    // Lays down what counts for the node, and restarts it.
    void restart(NodeId node);

    EventQueue& queue_;
    Receipts& receipts_;
    Fleet& fleet_;
    std::map<std::uint32_t, Wave> waves_;         // by number of the fault: in the order of strikes
    std::map<std::uint32_t, Command> commands_;
};

}  // namespace shaketable
