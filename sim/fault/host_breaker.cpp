// SPDX-License-Identifier: MIT
#include "sim/fault/host_breaker.hpp"

#include "core/base/check.hpp"

namespace shaketable {
namespace {

SimulatedDisk::Manner manner(bool spares_lies) {
    return spares_lies ? SimulatedDisk::Manner::cautious : SimulatedDisk::Manner::reckless;
}

// How long it takes to reach the limit, and never no time at all.
Duration lasts(const MemoryLeak& leak) {
    constexpr novacron::Wide kSecond = 1'000'000'000;
    const novacron::Wide ns = static_cast<novacron::Wide>(leak.limit) * kSecond /
                              static_cast<novacron::Wide>(leak.bytes_per_second);
    constexpr novacron::Wide kLongest = std::int64_t{1} << 62U;
    return Duration{static_cast<std::int64_t>(ns < 1 ? 1 : ns > kLongest ? kLongest : ns)};
}

}  // namespace

void HostBreaker::strike_each(const Blow& blow, Strike strike, Duration spread) {
    const Random draws = blow.fault.random.fork("spread");
    for (const NodeId node : blow.nodes) {
        const Victim victim{blow.id.value, node};
        Random own = draws.fork("node", node.value);
        const Duration delay = own.between(Duration{}, spread);
        if (delay == Duration{}) {
            stop(victim, strike);
        } else {
            to_come_.emplace(victim, strike);
            queue_.push(queue_.now() + delay, {this, node.value, blow.id.value, 0});
        }
    }
}

void HostBreaker::on_event(Instant, const Event& event) {
    const Victim victim{event.a, NodeId{event.kind}};
    const auto found = to_come_.find(victim);
    if (found == to_come_.end()) return;
    const Strike strike = found->second;
    to_come_.erase(found);
    stop(victim, strike);
}

void HostBreaker::stop(Victim victim, const Strike& strike) {
    NodeHost& host = fleet_.node(victim.second);
    const bool was_running = host.running();
    host.hold_down(strike.cause);
    held_.insert(victim);
    if (strike.loses == Loses::disk) host.lose_disk(NodeHost::Blank::refused);
    if (strike.loses == Loses::disk_and_memory) host.lose_disk(NodeHost::Blank::forgotten);
    if (was_running) {
        receipts_.effect(queue_.now(), FaultId{victim.first}, FaultEffect::node_stopped);
    }
}

void HostBreaker::let_up(const Blow& blow) {
    for (const NodeId node : blow.nodes) {
        const Victim victim{blow.id.value, node};
        to_come_.erase(victim);
        if (held_.erase(victim) > 0) fleet_.node(node).let_up();
    }
}

void HostBreaker::strike(const Blow& blow, const NodeCrash& fault) {
    strike_each(blow, {StopCause::crash, Loses::nothing}, fault.spread);
}
void HostBreaker::strike(const Blow& blow, const PowerLoss& fault) {
    strike_each(blow, {StopCause::power_loss, Loses::nothing}, fault.spread);
}
void HostBreaker::strike(const Blow& blow, const NodeRestart&) {
    strike_each(blow, {StopCause::restart, Loses::nothing}, Duration{});
}
void HostBreaker::strike(const Blow& blow, const LostDisk& fault) {
    const bool refused = fault.comes_back == LostDisk::Return::refused;
    strike_each(blow,
                {StopCause::power_loss, refused ? Loses::disk : Loses::disk_and_memory},
                fault.spread);
}

void HostBreaker::strike(const Blow& blow, const CrashLoop& fault) {
    for (const NodeId n : blow.nodes) fleet_.node(n).begin_crash_loop(blow.id, fault.up_time);
}
void HostBreaker::lift(const Blow& blow, const CrashLoop&) {
    for (const NodeId n : blow.nodes) fleet_.node(n).end_doom(blow.id);
}
void HostBreaker::strike(const Blow& blow, const MemoryLeak& fault) {
    for (const NodeId n : blow.nodes) fleet_.node(n).begin_leak(blow.id, lasts(fault));
}
void HostBreaker::lift(const Blow& blow, const MemoryLeak&) {
    for (const NodeId n : blow.nodes) fleet_.node(n).end_doom(blow.id);
}

void HostBreaker::strike(const Blow& blow, const KillAt& fault) {
    for (const NodeId n : blow.nodes) fleet_.node(n).begin_kill(blow.id, fault.point);
}
void HostBreaker::lift(const Blow& blow, const KillAt&) {
    for (const NodeId n : blow.nodes) fleet_.node(n).end_kill(blow.id);
}
void HostBreaker::strike(const Blow& blow, const TornWrite& fault) {
    for (const NodeId n : blow.nodes) {
        fleet_.node(n).begin_torn_write(blow.id, manner(fault.spares_lies));
    }
}
void HostBreaker::lift(const Blow& blow, const TornWrite&) {
    for (const NodeId n : blow.nodes) fleet_.node(n).end_kill(blow.id);
}

void HostBreaker::strike(const Blow& blow, const UnsyncedLoss& fault) {
    for (const NodeId n : blow.nodes) {
        fleet_.node(n).disk().begin_unsynced_loss(blow.id, manner(fault.spares_lies));
    }
}
void HostBreaker::lift(const Blow& blow, const UnsyncedLoss&) {
    for (const NodeId n : blow.nodes) fleet_.node(n).disk().end_unsynced_loss(blow.id);
}
void HostBreaker::strike(const Blow& blow, const WriteError&) {
    for (const NodeId n : blow.nodes) fleet_.node(n).disk().begin_write_error(blow.id);
}
void HostBreaker::lift(const Blow& blow, const WriteError&) {
    for (const NodeId n : blow.nodes) fleet_.node(n).disk().end_write_error(blow.id);
}
void HostBreaker::strike(const Blow& blow, const MisdirectedWrite&) {
    const Random aims = blow.fault.random.fork("aim");
    for (const NodeId n : blow.nodes) {
        fleet_.node(n).disk().begin_misdirected_write(blow.id, aims.fork("node", n.value));
    }
}
void HostBreaker::lift(const Blow& blow, const MisdirectedWrite&) {
    for (const NodeId n : blow.nodes) fleet_.node(n).disk().end_misdirected_write(blow.id);
}
void HostBreaker::strike(const Blow& blow, const DiskFailSlow& fault) {
    novacron::check(blow.fault.end && *blow.fault.end > blow.fault.start,
                    "a disk that fails slowly does so for some time");
    for (const NodeId n : blow.nodes) {
        fleet_.node(n).disk().begin_fail_slow(
            blow.id, {fault.from, fault.to, blow.fault.start, *blow.fault.end});
    }
}
void HostBreaker::lift(const Blow& blow, const DiskFailSlow&) {
    for (const NodeId n : blow.nodes) fleet_.node(n).disk().end_fail_slow(blow.id);
}

void HostBreaker::strike(const Blow& blow, const CpuHog& fault) {
    for (const NodeId n : blow.nodes) fleet_.node(n).begin_hog(blow.id, fault.cost);
}
void HostBreaker::lift(const Blow& blow, const CpuHog&) {
    for (const NodeId n : blow.nodes) fleet_.node(n).end_hog(blow.id);
}
void HostBreaker::strike(const Blow& blow, const ConnectionLimit& fault) {
    for (const NodeId n : blow.nodes) {
        fleet_.node(n).begin_connection_limit(blow.id, fault.connections);
    }
}
void HostBreaker::lift(const Blow& blow, const ConnectionLimit&) {
    for (const NodeId n : blow.nodes) fleet_.node(n).end_connection_limit(blow.id);
}

}  // namespace shaketable
