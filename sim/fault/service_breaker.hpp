// SPDX-License-Identifier: MIT
//
// Breaks services and the calls between them, and mends them again.
//
// Invariant: (1) an instance is let up by a fault exactly if that fault holds it down.
#pragma once

#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "sim/fault/schedule.hpp"
#include "sim/fleet/fleet.hpp"

namespace shaketable {

// A fault that strikes, or is lifted, and which services.
struct ServiceBlow {
    FaultId id;
    const PlannedFault& fault;
    const std::vector<std::uint32_t>& services;
};

class ServiceBreaker {
public:
    explicit ServiceBreaker(Fleet& fleet) : fleet_(fleet) {}

    void strike(const ServiceBlow& blow, const DependencyErrors& fault);
    void strike(const ServiceBlow& blow, const DependencyLatency& fault);
    void strike(const ServiceBlow& blow, const DependencyBlackHole& fault);
    void strike(const ServiceBlow& blow, const StuckThreads& fault);
    void strike(const ServiceBlow& blow, const DescriptorLimit& fault);
    void strike(const ServiceBlow& blow, const ServiceCrash& fault);
    void strike(const ServiceBlow& blow, const CacheLoss& fault);
    void strike(const ServiceBlow& blow, const BreakerReset& fault);
    // Of any of these.
    void lift(FaultId fault);

private:
    // By edge: those on which one of the services is called by this caller.
    std::vector<bool> edges(const std::vector<std::uint32_t>& services,
                            const CallerSpec& caller) const;

    Fleet& fleet_;
    std::deque<Distribution> latencies_;  // addresses stay valid
    std::vector<std::pair<FaultId, InstanceId>> held_;
};

}  // namespace shaketable
