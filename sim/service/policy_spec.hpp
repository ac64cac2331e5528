// SPDX-License-Identifier: MIT
//
// How one service calls another, as plain data: deadlines, retries, and the patterns that guard the
// caller. The patterns themselves are core/resilience; what is not named here is switched off.
//
// Each caller (an instance of a service, a population of clients) has state of its own for each of
// its edges: its own breaker, its own budget, its own view of who is healthy. A process that starts
// again starts with fresh ones.
//
// Order in which a call passes them: the time that is left, throttle, limiter, breaker, bulkhead,
// balancer, and each further attempt again from the breaker on. What is refused before it leaves
// costs the callee nothing.
#pragma once

#include <cstdint>
#include <optional>

#include "core/resilience/adaptive_throttle.hpp"
#include "core/resilience/backoff.hpp"
#include "core/resilience/bulkhead.hpp"
#include "core/resilience/circuit_breaker.hpp"
#include "core/resilience/hedge.hpp"
#include "core/resilience/retry_budget.hpp"
#include "core/resilience/token_bucket.hpp"

namespace shaketable {

using novacron::Duration;

// Who of a service's instances is asked.
enum class Balancing : std::uint8_t {
    round_robin,     // one after the other
    least_requests,  // who has the fewest of this caller's calls under way
    random_two,      // the better of two drawn at random
};

// A question to each instance every so often, answered by any that runs.
struct HealthCheckSpec {
    Duration interval = novacron::seconds(5);  // above 0
    Duration timeout = novacron::seconds(1);   // above 0, at most the interval
    std::uint32_t unhealthy_after = 3;         // failures in a row; at least 1
    std::uint32_t healthy_after = 2;           // answers in a row; at least 1
    friend bool operator==(const HealthCheckSpec&, const HealthCheckSpec&) = default;
};

// An instance that fails call after call is left alone for a while: longer each time.
struct OutlierSpec {
    std::uint32_t failures = 5;                     // in a row; at least 1
    Duration ejection = novacron::seconds(30);      // times how often it was ejected; above 0
    Duration ejection_max = novacron::seconds(300); // at least `ejection`
    std::uint32_t max_percent = 10;  // of the instances, but at least one; 0 .. 100
    friend bool operator==(const OutlierSpec&, const OutlierSpec&) = default;
};

struct BalancerSpec {
    Balancing by = Balancing::round_robin;
    std::optional<HealthCheckSpec> health_check;
    std::optional<OutlierSpec> outliers;
    // If fewer than this share of the instances are in order, all are asked again: better a few
    // failures than the whole load on the few that are left. 0: never. Percent, 0 .. 100.
    std::uint32_t panic_percent = 50;
    friend bool operator==(const BalancerSpec&, const BalancerSpec&) = default;
};

struct CallPolicy {
    Duration timeout = novacron::seconds(1);  // of one attempt; above 0
    Duration deadline{};             // of the whole call, retries included; 0: none of its own
    bool propagate_deadline = true;  // no attempt outlives the request that it is made for, and the
                                     // callee is told what is left; false: it is told `timeout`
    bool cancel = false;             // the callee is told when nobody waits for its answer any more
    std::optional<novacron::resilience::RetryOptions> retry;  // nothing: one attempt
    bool retry_rejected = true;      // what the callee refused for overload is tried again, too
    // Of retries and hedges alike.
    novacron::resilience::RetryBudgetOptions budget = novacron::resilience::NoBudgetOptions{};
    // Further questions while the first is under way. With it, `retry` is of no account.
    std::optional<novacron::resilience::HedgeOptions> hedge;
    // Percent, 1 .. 99: the delay follows this quantile of the latencies, from `hedge->delay` on.
    std::optional<std::uint32_t> hedge_quantile;
    std::optional<novacron::resilience::CircuitBreakerOptions> breaker;
    std::optional<novacron::resilience::BulkheadOptions> bulkhead;
    std::optional<novacron::resilience::RateLimiterOptions> limiter;
    std::optional<novacron::resilience::AdaptiveThrottleOptions> throttle;
    BalancerSpec balancer;
    friend bool operator==(const CallPolicy&, const CallPolicy&) = default;
};

}  // namespace shaketable
