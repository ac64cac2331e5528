// SPDX-License-Identifier: MIT
//
// Five nodes, two workloads and an operator who deploys versions.
#pragma once

#include <optional>
#include <vector>

#include "tests/fault/struck.hpp"

namespace shaketable::test {

// Version 0 reads and writes format 1; 1 and 2 read both and write 2; 2 crashes; 3 reads 2 only.
inline Versions versions() {
    Software broken{2, 1, 2, 2};
    broken.crashes_after = novacron::milliseconds(700);
    return {Software{0, 1, 1, 1}, Software{1, 1, 2, 2}, broken, Software{3, 2, 2, 2}};
}

// An order to all nodes, from second 3 on.
inline PlannedFault ordered(const DeployOrder& order, std::int64_t from_s = 3,
                            std::int64_t to_s = 60) {
    PlannedFault fault = planned(order, everybody());
    fault.start = at_s(from_s);
    fault.end = at_s(to_s);
    return fault;
}

// Quick: a node is gone for a fifth of a second, and watched for one.
inline DeployOrder rolling(std::uint32_t version) {
    DeployOrder order;
    order.version = version;
    order.install = novacron::milliseconds(200);
    order.soak = novacron::seconds(1);
    order.timeout = novacron::seconds(4);
    return order;
}
inline DeployOrder finalize() {
    DeployOrder order;
    order.verb = DeployOrder::Verb::finalize;
    order.timeout = novacron::seconds(4);
    return order;
}

struct Deployed {
    explicit Deployed(const std::vector<PlannedFault>& faults)
        : struck(faults),
          deployer(versions(),
                   {struck.small.queue, struck.small.record, struck.small.receipts, sync_latency},
                   struck.small.fleet) {
        for (std::uint32_t i = 0; i < kNodes; ++i) node(i).install(versions().front());
        struck.injector.attach(deployer);
    }
    NodeHost& node(std::uint32_t number) { return struck.small.fleet.node(NodeId{number}); }
    template <class F>
    std::vector<std::pair<Instant, F>> all() const {
        return struck.small.all<F>();
    }
    // What nodes were given by orders, in the order of time.
    std::vector<VersionInstalled> installed() const {
        std::vector<VersionInstalled> found;
        for (const auto& [at, fact] : all<VersionInstalled>()) {
            if (at >= at_s(3)) found.push_back(fact);
        }
        return found;
    }
    // How the order of a fault ended; nothing: it has not.
    std::optional<DeployOutcome> outcome(std::uint32_t fault = 0) const {
        std::optional<DeployOutcome> last;
        for (const auto& [at, fact] : all<DeployStepped>()) {
            if (fact.fault != FaultId{fault} || fact.step != DeployStep::order) continue;
            if (fact.outcome != DeployOutcome::begun) last = fact.outcome;
        }
        return last;
    }
    std::uint32_t running() {
        std::uint32_t count = 0;
        for (std::uint32_t i = 0; i < kNodes; ++i) count += node(i).running() ? 1 : 0;
        return count;
    }

    Distribution sync_latency{Constant{novacron::milliseconds(1)}};
    Struck struck;
    Deployer deployer;
};

}  // namespace shaketable::test
