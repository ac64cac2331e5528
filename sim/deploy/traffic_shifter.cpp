// SPDX-License-Identifier: MIT
#include "sim/deploy/traffic_shifter.hpp"

#include <algorithm>

#include "core/base/check.hpp"

namespace shaketable {
namespace {

// Whether a call says how good the version is that was asked.
bool counts(const CallEnded& call) {
    return !call.asked.is_none() && call.outcome != CallOutcome::cancelled;
}

}  // namespace

TrafficShifter::TrafficShifter(EventQueue& queue, Record& record, Receipts& receipts,
                               Services& services)
    : queue_(queue), record_(record), receipts_(receipts), services_(services) {
    record_.listen(*this);
}

void TrafficShifter::begin(FaultId fault, const TrafficOrder& order) {
    Order begun;
    begun.order = order;
    begun.since = queue_.now();
    tell(fault, begun, DeployStep::order, DeployOutcome::begun);
    const Traffic& traffic = services_.traffic(order.service);
    if (traffic.to != traffic.from) {
        const bool is_way_back = order.version == traffic.from;
        begun.share_before =
            is_way_back ? Services::kWhole - traffic.share_ppm : traffic.share_ppm;
    }
    // Steps that lie behind are passed over.
    const std::vector<std::uint32_t>& steps = order.steps_ppm;
    begun.step = static_cast<std::size_t>(
        std::upper_bound(steps.begin(), steps.end(), begun.share_before) - steps.begin());
    if (is_refused(order) || begun.step == steps.size()) {
        tell(fault, begun, DeployStep::order, DeployOutcome::refused);
        receipts_.effect(queue_.now(), fault, FaultEffect::order_refused);
        return;
    }
    tell(fault, begun, DeployStep::install, DeployOutcome::begun);
    services_.start_version(order.service, order.version);
    orders_.emplace(fault.value, std::move(begun));
    queue_.push(queue_.now(), {this, 0, fault.value, 0});
}

void TrafficShifter::end(FaultId fault) {
    const auto found = orders_.find(fault.value);
    if (found == orders_.end()) return;
    tell(fault, found->second, DeployStep::order, DeployOutcome::given_up);
    orders_.erase(found);
}

// Requests are shared by two versions, and one order moves them.
bool TrafficShifter::is_refused(const TrafficOrder& order) const {
    const Traffic& traffic = services_.traffic(order.service);
    const bool is_taken = std::any_of(orders_.begin(), orders_.end(), [&](const auto& other) {
        return other.second.order.service == order.service;
    });
    if (traffic.to == traffic.from) return is_taken || order.version == traffic.from;
    return is_taken || (order.version != traffic.from && order.version != traffic.to);
}

void TrafficShifter::on_event(Instant now, const Event& event) {
    const auto found = orders_.find(event.a);
    if (found == orders_.end()) return;
    if (drive(now, FaultId{event.a}, found->second)) {
        queue_.push(now + kDeployLook, {this, 0, event.a, 0});
    } else {
        orders_.erase(event.a);
    }
}

void TrafficShifter::on(Instant at, const CallEnded& fact) {
    if (orders_.empty() || !counts(fact)) return;
    const std::uint32_t service = services_.service_of(fact.asked);
    const std::uint32_t version = services_.version_of(fact.asked);
    for (auto& [number, order] : orders_) {
        if (order.order.service != service || order.phase != Phase::step) continue;
        if (fact.sent < order.since) continue;
        VersionTally& tally = version == order.order.version ? order.version : order.former;
        ++tally.calls;
        if (fact.outcome == CallOutcome::ok) {
            tally.latency.add(static_cast<std::uint64_t>((at - fact.sent).ns));
        } else {
            ++tally.failed;
        }
    }
}

bool TrafficShifter::drive(Instant now, FaultId fault, Order& order) {
    switch (order.phase) {
        case Phase::start:
            if (services_.serves(order.order.service, order.order.version)) {
                tell(fault, order, DeployStep::install, DeployOutcome::done);
                begin_step(now, fault, order);
                return true;
            }
            if (now - order.since < order.order.timeout) return true;
            tell(fault, order, DeployStep::install, DeployOutcome::failed);
            tell(fault, order, DeployStep::order, DeployOutcome::failed);
            return false;
        case Phase::step:
            if (now - order.since < order.order.soak) return true;
            if (order.order.gate && !has_enough(order)) return true;
            if (order.order.gate && !pass_gate(now, fault, order)) return back_out(fault, order);
            if (++order.step < order.order.steps_ppm.size()) {
                begin_step(now, fault, order);
                return true;
            }
            if (order.order.steps_ppm.back() == Services::kWhole) {
                services_.settle(order.order.service);
            }
            tell(fault, order, DeployStep::order, DeployOutcome::done);
            return false;
    }
    throw novacron::BugError("an order is in one of two phases");
}

void TrafficShifter::begin_step(Instant now, FaultId fault, Order& order) {
    order.phase = Phase::step;
    order.since = now;
    ++order.reached;
    if (order.former.calls > 0) order.former_before = order.former;
    order.former = {};
    order.version = {};
    services_.shift(fault, order.order.service, order.order.version,
                    order.order.steps_ppm[order.step]);
}

bool TrafficShifter::has_enough(const Order& order) const {
    const bool is_shared = order.order.steps_ppm[order.step] < Services::kWhole;
    const std::uint32_t least = order.order.allows.calls_min;
    return order.version.calls >= least && (!is_shared || order.former.calls >= least);
}

bool TrafficShifter::pass_gate(Instant now, FaultId fault, Order& order) {
    const bool is_shared = order.order.steps_ppm[order.step] < Services::kWhole;
    const VersionTally& former = is_shared ? order.former : order.former_before;
    const bool worse = is_worse(order.order.allows, order.version, former);
    record_.add(now, VersionsCompared{fault, order.order.version, order.version.calls,
                                      order.version.failed, order.version.p95_ns(), former.calls,
                                      former.failed, former.p95_ns(), worse});
    tell(fault, order, DeployStep::gate, worse ? DeployOutcome::failed : DeployOutcome::done);
    return !worse;
}

bool TrafficShifter::back_out(FaultId fault, Order& order) {
    if (order.order.unhealthy == DeployOrder::Unhealthy::rollback) {
        tell(fault, order, DeployStep::back_out, DeployOutcome::begun);
        services_.shift(fault, order.order.service, order.order.version, order.share_before);
        tell(fault, order, DeployStep::back_out, DeployOutcome::done);
    }
    tell(fault, order, DeployStep::order, DeployOutcome::stopped);
    return false;
}

void TrafficShifter::tell(FaultId fault, const Order& order, DeployStep step,
                          DeployOutcome outcome) {
    record_.add(queue_.now(), DeployStepped{fault, step, outcome, order.reached});
}

}  // namespace shaketable
