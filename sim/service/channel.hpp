// SPDX-License-Identifier: MIT
//
// One caller's side of one edge: the patterns that its policy names, and what they know so far.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/resilience/adaptive_throttle.hpp"
#include "core/resilience/bulkhead.hpp"
#include "core/resilience/circuit_breaker.hpp"
#include "core/resilience/hedge.hpp"
#include "core/resilience/retry_budget.hpp"
#include "core/resilience/token_bucket.hpp"
#include "sim/engine/timer.hpp"
#include "sim/service/balancer.hpp"
#include "sim/service/request.hpp"

namespace shaketable {

// Who calls whom.
struct ChannelEnds {
    EdgeId edge;
    InstanceId caller;        // nobody: a population of clients
    PopulationId population;  // nobody: an instance
    HostId host;              // the caller's
    std::uint32_t first_instance = 0;  // of the service that is called
    std::uint32_t instances = 0;
    std::uint32_t versions = 1;        // that it has; each has as many of the instances
};

struct Channel {
    Channel(const ChannelEnds& both_ends, const CallPolicy& its_policy, Instant now,
            const novacron::Random& own_random, Timer expiry)
        : ends(both_ends),
          policy(&its_policy),
          budget(its_policy.budget),
          random(own_random),
          shift(own_random.fork("shift")),
          bulkhead_expiry(expiry),
          answered(both_ends.instances) {
        using namespace novacron::resilience;
        const std::uint32_t each = ends.instances / ends.versions;
        for (std::uint32_t version = 0; version < ends.versions; ++version) {
            const std::string name = version == 0 ? "balancer" : "balancer of another version";
            balancers.emplace_back(policy->balancer, each,
                                   version == 0 ? own_random.fork(name)
                                                : own_random.fork(name, version));
        }
        if (policy->breaker) breaker.emplace(*policy->breaker);
        if (policy->bulkhead) bulkhead.emplace(*policy->bulkhead);
        if (policy->limiter) limiter.emplace(*policy->limiter, now);
        if (policy->throttle) throttle.emplace(*policy->throttle);
        if (policy->hedge && policy->hedge_quantile) {
            hedge_delay.emplace(novacron::stats::Fraction{*policy->hedge_quantile, 100},
                                kHedgeWindow, policy->hedge->delay);
        }
    }

    static constexpr std::uint32_t kHedgeWindow = 200;  // latencies

    // Of the service's instances: what balances the version's that has it, and its place there.
    Balancer& balancer_of(std::uint32_t instance) {
        return balancers[instance / balancers.front().size()];
    }
    std::uint32_t place_of(std::uint32_t instance) const {
        return instance % balancers.front().size();
    }

    ChannelEnds ends;
    const CallPolicy* policy;
    std::optional<novacron::resilience::CircuitBreaker> breaker;
    std::optional<novacron::resilience::Bulkhead> bulkhead;
    std::optional<novacron::resilience::TokenBucket> limiter;
    std::optional<novacron::resilience::AdaptiveThrottle> throttle;
    std::optional<novacron::resilience::HedgeDelay> hedge_delay;
    novacron::resilience::RetryBudget budget;
    std::vector<Balancer> balancers;       // by version: a caller's opinions of each are apart
    novacron::Random random;
    novacron::Random shift;                // which attempts go to another version
    Timer bulkhead_expiry;
    std::vector<std::uint32_t> waiter_of;  // the attempt, by the slot of its ticket
    std::uint64_t round = 0;               // of health checks
    std::vector<std::uint64_t> answered;   // by instance: in this round
    bool panics = false;                   // as it was told last
};

}  // namespace shaketable
