// SPDX-License-Identifier: MIT
#include "sim/fault/rollout.hpp"

#include <algorithm>

namespace shaketable {

using novacron::raft::ConfigurationChange;
using novacron::raft::JointPhase;
using novacron::raft::MemberChange;

void Rollout::begin(FaultId fault, const PushedConfiguration& pushed,
                    const std::vector<NodeId>& nodes) {
    if (nodes.empty()) return;
    waves_.emplace(fault.value, Wave{pushed, nodes});
    reach_next(fault);
}

void Rollout::begin(FaultId fault, const RepeatedRemoval& command,
                    const std::vector<NodeId>& nodes) {
    if (nodes.empty()) return;
    commands_.emplace(fault.value, Command{command, nodes});
    give(fault);
}

void Rollout::end(FaultId fault) {
    commands_.erase(fault.value);
    const auto found = waves_.find(fault.value);
    if (found == waves_.end()) return;
    const Wave wave = found->second;
    waves_.erase(found);
    for (std::size_t i = 0; i < wave.reached; ++i) restart(wave.nodes[i]);
}

void Rollout::on_event(Instant, const Event& event) {
    const FaultId fault{event.a};
    if (event.kind == restart_next && waves_.contains(event.a)) reach_next(fault);
    if (event.kind == command_again && commands_.contains(event.a)) give(fault);
}

void Rollout::reach_next(FaultId fault) {
    Wave& wave = waves_.at(fault.value);
    const NodeId node = wave.nodes[wave.reached++];
    const bool was_running = fleet_.node(node).running();
    restart(node);
    if (was_running) receipts_.effect(queue_.now(), fault, FaultEffect::configuration_pushed);
    if (wave.reached == wave.nodes.size()) return;
    queue_.push(queue_.now() + wave.pushed.step, {this, restart_next, fault.value, 0});
}

void Rollout::restart(NodeId node) {
    NodeHost& host = fleet_.node(node);
    novacron::raft::Options options = host.first_consensus();
    for (const auto& [fault, wave] : waves_) {
        const auto end = wave.nodes.begin() + static_cast<std::ptrdiff_t>(wave.reached);
        if (std::find(wave.nodes.begin(), end, node) == end) continue;
        options = wave.pushed.upon(host.first_consensus());
    }
    host.configure(options);
    fleet_.hold_down(node, StopCause::crash);
    fleet_.let_up(node);
}

// Whoever leads is asked once, and its answer is not waited for.
void Rollout::give(FaultId fault) {
    Command& command = commands_.at(fault.value);
    if (++command.given < command.removal.times) {
        queue_.push(queue_.now() + command.removal.every, {this, command_again, fault.value, 0});
    }
    const auto leader = fleet_.leader();
    if (!leader) return;
    NodeHost& host = fleet_.node(*leader);
    const auto& now = host.node()->raft().membership().active();
    ConfigurationChange change{{}, JointPhase::if_needed};
    std::size_t voters = now.voters.size();
    for (const NodeId node : command.nodes) {
        change.members.push_back({MemberChange::Kind::remove, node});
        if (std::binary_search(now.voters.begin(), now.voters.end(), node)) --voters;
    }
    if (voters < now.voters.size() && voters < command.removal.keep) return;
    if (host.change(change)) {
        receipts_.effect(queue_.now(), fault, FaultEffect::change_accepted);
    }
}

}  // namespace shaketable
