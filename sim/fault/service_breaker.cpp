// SPDX-License-Identifier: MIT
#include "sim/fault/service_breaker.hpp"

#include <algorithm>

#include "core/base/check.hpp"
#include "sim/service/services.hpp"

namespace shaketable {

std::vector<bool> ServiceBreaker::edges(const std::vector<std::uint32_t>& services,
                                        const CallerSpec& caller) const {
    const Services& all = *fleet_.services();
    const std::uint32_t calls =
        all.edge_count() - static_cast<std::uint32_t>(all.graph().clients.size());
    std::vector<bool> covers(all.edge_count());
    for (std::uint32_t e = 0; e < all.edge_count(); ++e) {
        const std::uint32_t callee = all.callee_of(EdgeId{e});
        if (std::find(services.begin(), services.end(), callee) == services.end()) continue;
        const auto by = all.caller_of(EdgeId{e});
        const bool anybody = !caller.service && !caller.clients;
        covers[e] = anybody || (by && by == caller.service) ||
                    (!by && caller.clients && e == calls + *caller.clients);
    }
    return covers;
}

void ServiceBreaker::strike(const ServiceBlow& blow, const DependencyErrors& fault) {
    fleet_.services()->begin_errors(blow.id, edges(blow.services, fault.caller),
                                    Chance(fault.probability), blow.fault.random.fork("errors"));
}
void ServiceBreaker::strike(const ServiceBlow& blow, const DependencyLatency& fault) {
    fleet_.services()->begin_latency(blow.id, edges(blow.services, fault.caller),
                                     latencies_.emplace_back(fault.latency),
                                     blow.fault.random.fork("latency"));
}
void ServiceBreaker::strike(const ServiceBlow& blow, const DependencyBlackHole& fault) {
    fleet_.services()->begin_black_hole(blow.id, edges(blow.services, fault.caller));
}
void ServiceBreaker::strike(const ServiceBlow& blow, const StuckThreads& fault) {
    for (const std::uint32_t service : blow.services) {
        fleet_.services()->begin_stuck_workers(blow.id, service, fault.workers);
    }
}
void ServiceBreaker::strike(const ServiceBlow& blow, const DescriptorLimit& fault) {
    for (const std::uint32_t service : blow.services) {
        fleet_.services()->begin_descriptor_limit(blow.id, service, fault.connections);
    }
}
void ServiceBreaker::strike(const ServiceBlow& blow, const ServiceCrash& fault) {
    Services& services = *fleet_.services();
    for (const std::uint32_t service : blow.services) {
        const auto count = static_cast<std::uint32_t>(services.graph().services[service].on.size());
        Random random = blow.fault.random.fork("service", service);
        const auto drawn = static_cast<std::uint32_t>(random.below(count));
        const std::uint32_t which = fault.instance.value_or(drawn);
        novacron::check(which < count, "a service's instance is one that it has");
        const InstanceId instance = services.serving(service, which);
        services.hold_down(blow.id, instance);
        held_.emplace_back(blow.id, instance);
    }
}
void ServiceBreaker::strike(const ServiceBlow& blow, const CacheLoss&) {
    for (const std::uint32_t service : blow.services) {
        fleet_.services()->lose_caches(blow.id, service);
    }
}
void ServiceBreaker::strike(const ServiceBlow& blow, const BreakerReset& fault) {
    fleet_.services()->reset_breakers(blow.id, edges(blow.services, fault.caller));
}

void ServiceBreaker::lift(FaultId fault) {
    if (fleet_.services() == nullptr) return;
    fleet_.services()->end_fault(fault);
    for (const auto& [holder, instance] : held_) {
        if (holder == fault) fleet_.services()->let_up(instance);
    }
    std::erase_if(held_, [fault](const auto& held) { return held.first == fault; });
}

}  // namespace shaketable
