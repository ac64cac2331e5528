// SPDX-License-Identifier: MIT
//
// Strikes the fleet with the faults of a schedule, and lifts them again.
//
// Whom a fault hits is decided when it strikes: `leader` is whoever leads then. A fault that finds
// nobody (no leader, say) strikes nobody and stays without an effect, which the run's verdict
// counts as no evidence.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "sim/fault/schedule.hpp"
#include "sim/fleet/fleet.hpp"

namespace shaketable {

// Hosts, as a fault found them.
struct HostSet {
    std::vector<NodeId> nodes;  // ascending
    bool clients = false;
};

class Injector final : private EventHandler {
public:
    Injector(std::vector<PlannedFault> faults, EventQueue& queue, Record& record,
             Receipts& receipts, Fleet& fleet);

    // Schedules all strikes.
    void start();

    const std::vector<PlannedFault>& faults() const { return faults_; }
    // Whom fault number i hit, one set a group; empty before it struck.
    const std::vector<HostSet>& hit(std::size_t i) const { return hit_[i]; }

private:
    enum EventKind : std::uint32_t { strike, lift };

    void on_event(Instant now, const Event& event) override;
    void strike_fault(Instant now, std::uint32_t number);
    void lift_fault(std::uint32_t number);
    HostSet select(const Selector& selector, Random& random) const;
    std::vector<HostSet> select_groups(const Partition& partition, Random& random) const;
    void add_rule(std::uint32_t number, PathRule::Action action, Chance chance,
                  const Distribution* latency);
    void add_partition(std::uint32_t number, const Partition& partition);
    bool contains(const HostSet& set, std::uint32_t host) const;

    std::vector<PlannedFault> faults_;
    EventQueue& queue_;
    Record& record_;
    Receipts& receipts_;
    Fleet& fleet_;
    std::vector<std::vector<HostSet>> hit_;
    std::deque<Distribution> latencies_;  // of faults that have one; addresses stay valid
};

}  // namespace shaketable
