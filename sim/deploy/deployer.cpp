// SPDX-License-Identifier: MIT
#include "sim/deploy/deployer.hpp"

#include <algorithm>

#include "core/base/check.hpp"

namespace shaketable {

using Verb = DeployOrder::Verb;

namespace {

constexpr Duration kRetry = novacron::seconds(1);  // from one proposal to the next
constexpr std::uint64_t kMostBehind = 100;  // entries that a healthy node may lack

bool is_in(const std::vector<NodeId>& nodes, NodeId node) {
    return std::find(nodes.begin(), nodes.end(), node) != nodes.end();
}

}  // namespace

void Deployer::begin(FaultId fault, const DeployOrder& order, const std::vector<NodeId>& nodes) {
    const Instant now = parts_.queue.now();
    Order& begun = orders_.emplace(fault.value, Order{}).first->second;
    begun.order = order;
    begun.deadline = now + order.timeout;
    tell(fault, begun, DeployStep::order, DeployOutcome::begun);
    if (order.verb == Verb::finalize) {
        begun.phase = Phase::finalize;
        parts_.queue.push(now, {this, 0, fault.value, 0});
    } else if (plan(fault, begun, nodes)) {
        begin_batch(now, fault, begun);
        parts_.queue.push(now, {this, 0, fault.value, 0});
    } else {
        orders_.erase(fault.value);
    }
}

void Deployer::end(FaultId fault) {
    const auto found = orders_.find(fault.value);
    if (found == orders_.end()) return;
    tell(fault, found->second, DeployStep::order, DeployOutcome::given_up);
    const std::vector<NodeId> held = found->second.held;
    orders_.erase(found);
    for (const NodeId node : held) fleet_.let_up(node);
}

void Deployer::on_event(Instant now, const Event& event) {
    const auto found = orders_.find(event.a);
    if (found == orders_.end()) return;
    if (drive(now, FaultId{event.a}, found->second)) {
        parts_.queue.push(now + kDeployLook, {this, 0, event.a, 0});
    } else {
        orders_.erase(event.a);
    }
}

bool Deployer::drive(Instant now, FaultId fault, Order& order) {
    switch (order.phase) {
        case Phase::drain:
            if (drains(order) && now < order.deadline) return true;
            if (order.order.drain) {
                tell(fault, order, DeployStep::drain,
                     now < order.deadline ? DeployOutcome::done : DeployOutcome::failed);
            }
            stop_batch(now, fault, order);
            return true;
        case Phase::install:
            if (now < order.deadline) return true;
            start_batch(now, fault, order);
            return order.order.gate ? true : go_on(now, fault, order);
        case Phase::gate: return look_at_gate(now, fault, order);
        case Phase::pause:
            if (now >= order.deadline) begin_batch(now, fault, order);
            return true;
        case Phase::finalize: return finalize(now, fault, order);
    }
    throw novacron::BugError("an order is in one of five phases");
}

// ---- A roll-out

bool Deployer::plan(FaultId fault, Order& order, const std::vector<NodeId>& nodes) const {
    DataFormat format = kFirstFormat;
    for (const NodeId node : nodes) format = std::max(format, fleet_.node(node).format());
    for (const NodeId node : nodes) {
        const auto former = former_.find(node);
        if (order.order.version) {
            order.plan.push_back({node, versions_.at(*order.order.version)});
        } else if (former != former_.end() && !former->second.empty()) {
            order.plan.push_back({node, former->second.back()});
        }
    }
    const bool can_read = std::all_of(order.plan.begin(), order.plan.end(),
                                      [&](const Given& g) { return g.software.reads(format); });
    if (order.plan.empty() || (!can_read && !order.order.force)) {
        return finish(fault, order, DeployOutcome::refused);
    }
    return true;
}

void Deployer::begin_batch(Instant now, FaultId fault, Order& order) {
    const std::size_t count =
        std::min<std::size_t>(order.order.batch, order.plan.size() - order.next);
    order.batch.clear();
    for (std::size_t i = 0; i < count; ++i) order.batch.push_back(order.plan[order.next + i].node);
    order.phase = Phase::drain;
    order.deadline = order.order.drain ? now + order.order.timeout : now;
    if (order.order.drain) tell(fault, order, DeployStep::drain, DeployOutcome::begun);
}

bool Deployer::drains(const Order& order) {
    const auto leader = fleet_.leader();
    if (!order.order.drain || !leader || !is_in(order.batch, *leader)) return false;
    const novacron::raft::Raft& raft = fleet_.node(*leader).node()->raft();
    std::optional<NodeId> heir;
    LogIndex best;
    for (const NodeId voter : raft.membership().active().voters) {
        const auto* progress = raft.progress(voter);
        if (progress == nullptr || is_in(order.batch, voter)) continue;
        if (!fleet_.node(voter).running() || fleet_.node(voter).paused()) continue;
        if (heir && progress->match() <= best) continue;
        heir = voter;
        best = progress->match();
    }
    if (!heir) return false;
    fleet_.node(*leader).transfer(*heir);
    return true;
}

void Deployer::stop_batch(Instant now, FaultId fault, Order& order) {
    tell(fault, order, DeployStep::install, DeployOutcome::begun);
    for (const NodeId node : order.batch) {
        fleet_.hold_down(node, StopCause::restart);
        order.held.push_back(node);
    }
    order.phase = Phase::install;
    order.deadline = now + order.order.install;
}

void Deployer::start_batch(Instant now, FaultId fault, Order& order) {
    for (const NodeId node : order.batch) {
        const NodeHost& host = fleet_.node(node);
        const Software& software = order.plan[order.next++].software;
        if (!order.backs_out) {
            order.undo.insert(order.undo.begin(), Given{node, *host.software()});
            ++order.reached;
        }
        install(fault, node, software);
        parts_.receipts.effect(now, fault, FaultEffect::version_deployed);
    }
    tell(fault, order, DeployStep::install, DeployOutcome::done);
    const std::vector<NodeId> held = std::exchange(order.held, {});
    order.starts.clear();
    for (const NodeId node : held) {
        fleet_.let_up(node);
        order.starts[node] = fleet_.node(node).starts();
    }
    order.since.reset();
    order.phase = Phase::gate;
    order.deadline = now + order.order.timeout;
}

// What was deployed is remembered; what is taken back is forgotten.
void Deployer::install(FaultId fault, NodeId node, const Software& software) {
    NodeHost& host = fleet_.node(node);
    std::vector<Software>& former = former_[node];
    if (!former.empty() && former.back() == software) {
        former.pop_back();
    } else {
        former.push_back(*host.software());
    }
    if (const auto defect = defects_.find(node); defect != defects_.end()) {
        host.end_doom(defect->second);
        defects_.erase(defect);
    }
    host.install(software);
    if (!software.crashes_after) return;
    host.begin_crash_loop(fault, *software.crashes_after);
    defects_[node] = fault;
}

bool Deployer::is_healthy(NodeId node) const {
    const NodeHost& host = fleet_.node(node);
    const auto leader = fleet_.leader();
    if (!host.running() || host.paused() || !leader) return false;
    if (*leader == node) return true;
    const novacron::raft::Raft& raft = fleet_.node(*leader).node()->raft();
    if (!raft.membership().active().contains(node)) return true;
    const auto* progress = raft.progress(node);
    return progress != nullptr && progress->match() + kMostBehind >= raft.commit();
}

bool Deployer::look_at_gate(Instant now, FaultId fault, Order& order) {
    bool healthy = true;
    for (const NodeId node : order.batch) {
        const std::uint64_t starts = fleet_.node(node).starts();
        healthy = healthy && is_healthy(node) && starts == order.starts[node];
        order.starts[node] = starts;
    }
    if (!healthy) order.since.reset();
    if (healthy && !order.since) order.since = now;
    if (order.since && now - *order.since >= order.order.soak) {
        tell(fault, order, DeployStep::gate, DeployOutcome::done);
        return go_on(now, fault, order);
    }
    if (now < order.deadline) return true;
    tell(fault, order, DeployStep::gate, DeployOutcome::failed);
    const bool undoes = order.order.unhealthy == DeployOrder::Unhealthy::rollback;
    if (!undoes || order.backs_out) return finish(fault, order, DeployOutcome::stopped);
    tell(fault, order, DeployStep::back_out, DeployOutcome::begun);
    order.backs_out = true;
    order.plan = order.undo;
    order.next = 0;
    begin_batch(now, fault, order);
    return true;
}

bool Deployer::go_on(Instant now, FaultId fault, Order& order) {
    if (order.next == order.plan.size()) {
        if (!order.backs_out) return finish(fault, order, DeployOutcome::done);
        tell(fault, order, DeployStep::back_out, DeployOutcome::done);
        return finish(fault, order, DeployOutcome::stopped);
    }
    order.phase = Phase::pause;
    order.deadline = now + order.order.pause;
    return true;
}

// ---- A finalisation

std::optional<DataFormat> Deployer::common_format(const DeployOrder& order, NodeId leader) const {
    const NodeHost& host = fleet_.node(leader);
    std::optional<DataFormat> writes;
    for (const NodeId node : host.node()->raft().membership().active().members()) {
        const DataFormat own = fleet_.node(node).software()->writes;
        writes = std::min(writes.value_or(own), own);
    }
    const DataFormat wanted = order.format.value_or(writes.value_or(kFirstFormat));
    const bool can = order.force || wanted <= writes.value_or(kFirstFormat);
    const bool is_later = wanted > format_of(host.node()->store());
    return can && is_later ? std::optional(wanted) : std::nullopt;
}

bool Deployer::finalize(Instant now, FaultId fault, Order& order) {
    const auto leader = fleet_.leader();
    if (leader) {
        NodeHost& host = fleet_.node(*leader);
        if (order.format == kFirstFormat) {
            const auto format = common_format(order.order, *leader);
            if (!format) return finish(fault, order, DeployOutcome::refused);
            order.format = *format;
            tell(fault, order, DeployStep::finalize, DeployOutcome::begun);
        }
        if (format_of(host.node()->store()) >= order.format) {
            parts_.record.add(now, FormatFinalized{order.format});
            parts_.receipts.effect(now, fault, FaultEffect::format_finalized);
            return finish(fault, order, DeployOutcome::done);
        }
        if (now >= order.again && host.propose(format_command(order.format))) {
            order.again = now + kRetry;
        }
    }
    if (now < order.deadline) return true;
    return finish(fault, order, DeployOutcome::failed);
}

// ---- What is told

void Deployer::tell(FaultId fault, const Order& order, DeployStep step,
                    DeployOutcome outcome) const {
    parts_.record.add(parts_.queue.now(), DeployStepped{fault, step, outcome, order.reached});
}

bool Deployer::finish(FaultId fault, const Order& order, DeployOutcome outcome) const {
    tell(fault, order, DeployStep::order, outcome);
    if (outcome == DeployOutcome::refused) {
        parts_.receipts.effect(parts_.queue.now(), fault, FaultEffect::order_refused);
    }
    return false;
}

}  // namespace shaketable
