// SPDX-License-Identifier: MIT
//
// Five nodes and two workloads that are being struck by faults.
#pragma once

#include <algorithm>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "sim/fault/injector.hpp"
#include "tests/fleet/small_fleet.hpp"

namespace shaketable::test {

using Nodes = std::vector<NodeId>;

constexpr std::uint32_t kNodes = 5;

inline Instant at_s(std::int64_t n) { return Instant{} + novacron::seconds(n); }

inline Selector everybody() {
    Selector all;
    for (std::uint32_t i = 0; i < kNodes; ++i) all.among.push_back(NodeId{i});
    return all;
}
inline Selector nodes(const Nodes& ids) {
    Selector some;
    some.among = ids;
    return some;
}
inline Selector role(Selector::Role which) {
    Selector some = everybody();
    some.role = which;
    return some;
}
inline Selector pick(std::uint32_t count) {
    Selector some = everybody();
    some.pick = count;
    return some;
}
inline Selector others() {
    Selector rest;
    rest.others = true;
    return rest;
}
inline Selector clients() {
    Selector some;
    some.clients = true;
    return some;
}

// From second 3 to second 6, unless told otherwise: a leader is elected well before.
inline PlannedFault planned(const FaultKind& kind, const Selector& target,
                            std::uint64_t stream = 1) {
    return {"fault", "word", kind, target, at_s(3), at_s(6), Random(stream), 0, false};
}
inline PlannedFault partition(const std::vector<Selector>& groups,
                              Partition::Direction direction) {
    return planned(Partition{groups, direction}, {});
}

struct Struck {
    explicit Struck(const std::vector<PlannedFault>& faults, std::uint64_t seed = 1,
                    const ServiceGraph& graph = {})
        : small(seed, kNodes, 0, graph),
          injector(faults, small.queue, small.record, small.receipts, small.fleet) {
        small.fleet.start();
    }
    void run_until(Instant until) {
        while (injector.next_time() <= until) {
            // Up to a nanosecond before it: the fault comes first at its instant.
            const Duration gap = injector.next_time() - small.queue.now();
            if (gap > Duration{}) small.run_for(gap - Duration{1});
            injector.do_next();
        }
        small.run_for(until - small.queue.now());
    }
    void run_until_s(std::int64_t second) { run_until(at_s(second)); }
    std::set<std::pair<HostId, HostId>> partitioned() const {
        std::set<std::pair<HostId, HostId>> paths;
        for (const auto& [at, drop] : small.all<PacketDropped>()) {
            if (drop.cause == DropCause::partition) paths.emplace(drop.from, drop.to);
        }
        return paths;
    }
    std::vector<FaultEffect> effects() const {
        std::vector<FaultEffect> found;
        for (const auto& [at, fact] : small.all<FaultObserved>()) found.push_back(fact.effect);
        return found;
    }
    // The highest term that anybody has been in.
    Term latest_term() const {
        Term latest;
        for (const auto& [at, fact] : small.all<RoleChanged>()) {
            latest = std::max(latest, fact.term);
        }
        return latest;
    }

    SmallFleet small;
    Injector injector;
};

inline bool is_node(HostId host) { return host.value < kNodes; }

}  // namespace shaketable::test
