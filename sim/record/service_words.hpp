// SPDX-License-Identifier: MIT
//
// The closed sets of words in which facts about services are told.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace shaketable {

// Failed: the callee said so. Timed out: no answer in time. Rejected: somebody would not have it,
// and the cause says who. Refused: there was nobody at the instance's place. Cancelled: nobody
// needs its answer any more.
enum class CallOutcome : std::uint8_t { ok, failed, timed_out, rejected, refused, cancelled };
constexpr std::array<std::string_view, 6> kCallOutcomeNames = {
    "ok", "failed", "timed-out", "rejected", "refused", "cancelled"};

// Why a call was rejected. By the callee: queue full to expired. By the caller, before it left:
// breaker to no client.
enum class CallCause : std::uint8_t {
    none,
    queue_full, queue_timeout, codel, shed, rate_limited, concurrency, degraded, descriptors,
    expired,
    breaker, bulkhead, throttle, limiter,
    no_instance,  // none is in order, or there is none
    no_time,      // nothing is left of the deadline
    no_client     // all clients are busy
};
constexpr std::array<std::string_view, 17> kCallCauseNames = {
    "none", "queue-full", "queue-timeout", "codel", "shed", "rate-limited", "concurrency",
    "degraded", "descriptors", "expired", "breaker", "bulkhead", "throttle", "limiter",
    "no-instance", "no-time", "no-client"};
constexpr bool is_by_callee(CallCause cause) {
    return cause >= CallCause::queue_full && cause <= CallCause::expired;
}

// As in core/resilience/circuit_breaker.hpp.
enum class BreakerState : std::uint8_t {
    closed, open, half_open, forced_open, forced_closed, disabled
};
constexpr std::array<std::string_view, 6> kBreakerStateNames = {
    "closed", "open", "half-open", "forced-open", "forced-closed", "disabled"};

// Unhealthy: it did not answer health checks. Ejected: its calls failed one after the other.
enum class Repute : std::uint8_t { in_order, unhealthy, ejected };
constexpr std::array<std::string_view, 3> kReputeNames = {"in-order", "unhealthy", "ejected"};

}  // namespace shaketable
