// SPDX-License-Identifier: MIT
//
// Breaks processes, disks and whole hosts, and mends them again.
//
// Intuition: most of it is one call to each host. What takes time is a failure that goes round
// (`spread`): each host is struck at its own time, drawn from a stream that belongs to the fault
// and the host, so that taking a host out of the target moves no other. A host that is yet to be
// struck when the fault ends is spared.
//
// Invariant: (1) a host is let up by a fault exactly if that fault holds it down.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "sim/fault/schedule.hpp"
#include "sim/fleet/fleet.hpp"

namespace shaketable {

// A fault that strikes, or is lifted, and whom.
struct Blow {
    FaultId id;
    const PlannedFault& fault;
    const std::vector<NodeId>& nodes;
};

class HostBreaker final : private EventHandler {
public:
    HostBreaker(EventQueue& queue, Receipts& receipts, Fleet& fleet)
        : queue_(queue), receipts_(receipts), fleet_(fleet) {}

    void strike(const Blow& blow, const NodeCrash& fault);
    void strike(const Blow& blow, const PowerLoss& fault);
    void strike(const Blow& blow, const NodeRestart& fault);
    void strike(const Blow& blow, const CrashLoop& fault);
    void strike(const Blow& blow, const KillAt& fault);
    void strike(const Blow& blow, const TornWrite& fault);
    void strike(const Blow& blow, const UnsyncedLoss& fault);
    void strike(const Blow& blow, const WriteError& fault);
    void strike(const Blow& blow, const MisdirectedWrite& fault);
    void strike(const Blow& blow, const DiskFailSlow& fault);
    void strike(const Blow& blow, const LostDisk& fault);
    void strike(const Blow& blow, const CpuHog& fault);
    void strike(const Blow& blow, const MemoryLeak& fault);
    void strike(const Blow& blow, const ConnectionLimit& fault);

    void lift(const Blow& blow, const NodeCrash&) { let_up(blow); }
    void lift(const Blow& blow, const PowerLoss&) { let_up(blow); }
    void lift(const Blow& blow, const NodeRestart&) { let_up(blow); }
    void lift(const Blow& blow, const CrashLoop& fault);
    void lift(const Blow& blow, const KillAt& fault);
    void lift(const Blow& blow, const TornWrite& fault);
    void lift(const Blow& blow, const UnsyncedLoss& fault);
    void lift(const Blow& blow, const WriteError& fault);
    void lift(const Blow& blow, const MisdirectedWrite& fault);
    void lift(const Blow& blow, const DiskFailSlow& fault);
    void lift(const Blow& blow, const LostDisk&) { let_up(blow); }
    void lift(const Blow& blow, const CpuHog& fault);
    void lift(const Blow& blow, const MemoryLeak& fault);
    void lift(const Blow& blow, const ConnectionLimit& fault);

private:
    // A fault, by number, and a host that it strikes.
    using Victim = std::pair<std::uint32_t, NodeId>;
    enum class Loses : std::uint8_t { nothing, disk, disk_and_memory };
    struct Strike {
        StopCause cause;
        Loses loses;
    };

    void on_event(Instant now, const Event& event) override;
    void strike_each(const Blow& blow, Strike strike, Duration spread);
    void stop(Victim victim, const Strike& strike);
    void let_up(const Blow& blow);

    EventQueue& queue_;
    Receipts& receipts_;
    Fleet& fleet_;
    std::map<Victim, Strike> to_come_;
    std::set<Victim> held_;
};

}  // namespace shaketable
