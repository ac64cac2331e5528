// SPDX-License-Identifier: MIT
//
// What faults do to services and to the calls between them.
#include <algorithm>
#include <utility>

#include "core/base/check.hpp"
#include "sim/service/services.hpp"

namespace shaketable {

void Services::begin_errors(FaultId fault, std::vector<bool> covers, Chance chance,
                            const Random& random) {
    edge_faults_.push_back(
        {fault, EdgeFault::Kind::errors, std::move(covers), chance, nullptr, random});
}

void Services::begin_latency(FaultId fault, std::vector<bool> covers, const Distribution& latency,
                             const Random& random) {
    edge_faults_.push_back(
        {fault, EdgeFault::Kind::latency, std::move(covers), Chance(), &latency, random});
}

void Services::begin_black_hole(FaultId fault, std::vector<bool> covers) {
    edge_faults_.push_back({fault, EdgeFault::Kind::black_hole, std::move(covers), Chance(),
                            nullptr, random_});
}

void Services::begin_stuck_workers(FaultId fault, std::uint32_t service, std::uint32_t workers) {
    service_faults_.push_back({fault, ServiceFault::Kind::stuck_workers, service, workers});
}

void Services::begin_descriptor_limit(FaultId fault, std::uint32_t service,
                                      std::uint32_t connections) {
    service_faults_.push_back({fault, ServiceFault::Kind::descriptor_limit, service, connections});
}

void Services::end_fault(FaultId fault) {
    std::erase_if(growths_, [fault](const ClosedLoopGrowth& one) { return one.fault == fault; });
    std::erase_if(edge_faults_, [fault](const EdgeFault& one) { return one.fault == fault; });
    std::vector<std::uint32_t> freed;
    for (const ServiceFault& one : service_faults_) {
        if (one.fault == fault) freed.push_back(one.service);
    }
    std::erase_if(service_faults_, [fault](const ServiceFault& one) { return one.fault == fault; });
    // Workers that were stuck take up what waits.
    for (const std::uint32_t service : freed) {
        for (std::uint32_t i = firsts_[service]; i < firsts_[service + 1]; ++i) {
            if (instances_[i].up && !hosts_[instances_[i].node.value].paused) serve_next(i);
        }
    }
}

void Services::hold_down(FaultId fault, InstanceId id) {
    Instance& instance = instances_.at(id.value);
    ++instance.holds;
    if (instance.up) receipts_.effect(now(), fault, FaultEffect::instance_stopped);
    kill_instance(id.value, StopCause::crash);
}

void Services::let_up(InstanceId id) {
    Instance& instance = instances_.at(id.value);
    novacron::check(instance.holds > 0, "an instance is let up by what held it down");
    if (--instance.holds > 0 || !hosts_[instance.node.value].up) return;
    start_instance(id.value, spec(instance).start_time);
}

void Services::lose_caches(FaultId fault, std::uint32_t service) {
    for (std::uint32_t i = firsts_[service]; i < firsts_[service + 1]; ++i) {
        for (auto& cache : instances_[i].caches) {
            if (!cache || !cache->lose()) continue;
            receipts_.effect(now(), fault, FaultEffect::cache_lost);
        }
    }
}

void Services::reset_breakers(FaultId fault, const std::vector<bool>& covers) {
    using novacron::resilience::CircuitBreaker;
    for (Channel& channel : channels_) {
        if (!channel.breaker || !covers[channel.ends.edge.value]) continue;
        if (!channel.ends.caller.is_none()) {
            const Instance& caller = instances_[channel.ends.caller.value];
            if (!caller.up || hosts_[caller.node.value].paused) continue;
        }
        const bool was_closed = channel.breaker->state() == CircuitBreaker::State::closed;
        channel.breaker->reset(now());
        if (was_closed) continue;
        note_breaker(channel);
        receipts_.effect(now(), fault, FaultEffect::breaker_reset);
    }
}

std::uint32_t Services::workers(const Instance& instance) const {
    std::uint32_t workers = spec(instance).concurrency;
    for (const ServiceFault& one : service_faults_) {
        if (one.kind != ServiceFault::Kind::stuck_workers || one.service != instance.service) {
            continue;
        }
        workers -= std::min(workers, one.number);
    }
    return workers;
}

// A request waits. Would a stuck worker have taken it?
void Services::note_missed_workers(const Instance& instance) {
    if (service_faults_.empty() || instance.busy >= spec(instance).concurrency) return;
    for (const ServiceFault& one : service_faults_) {
        if (one.kind != ServiceFault::Kind::stuck_workers || one.service != instance.service) {
            continue;
        }
        receipts_.effect(now(), one.fault, FaultEffect::worker_missed);
    }
}

bool Services::is_swallowed(const ServiceMessage& message) {
    for (const EdgeFault& one : edge_faults_) {
        if (one.kind != EdgeFault::Kind::black_hole || !one.covers[message.edge]) continue;
        receipts_.effect(now(), one.fault, FaultEffect::call_swallowed);
        return true;
    }
    return false;
}

}  // namespace shaketable
