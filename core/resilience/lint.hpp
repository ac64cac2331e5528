// SPDX-License-Identifier: MIT
//
// What is wrong, or not wise, about options: before anything is built from them.
//
// Intuition: patterns are tuned one at a time and fail together. A queue that is longer than what
// can be served within its timeout serves only callers that have gone; a bound that no delay
// reaches lulls. Errors are values out of bounds, that a pattern's constructor would refuse;
// warnings are knobs that do nothing, or not what they seem to.
//
// All at once, in the order of the configuration files, and by their keys.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/time.hpp"
#include "core/detector/phi_accrual.hpp"
#include "core/resilience/backoff.hpp"
#include "core/resilience/bulkhead.hpp"
#include "core/resilience/circuit_breaker.hpp"
#include "core/resilience/token_bucket.hpp"

namespace novacron::resilience {

// resilience_config.yaml, section by section.
struct ResilienceOptions {
    CircuitBreakerOptions circuit_breaker;
    RateLimiterOptions rate_limiter;
    BulkheadOptions bulkhead;
    RetryOptions retry;

    friend bool operator==(const ResilienceOptions&, const ResilienceOptions&) = default;
};

// What of it depends on the callee and the caller.
struct Surroundings {
    std::optional<Duration> service_time;     // in the mean
    std::optional<Duration> client_deadline;  // of a call
};

struct Remark {
    enum class Severity : std::uint8_t { warning, error };

    Severity severity = Severity::warning;
    std::string key;   // "bulkhead.max_queue"
    std::string says;  // a sentence without its end
};

std::vector<Remark> remarks_on(const ResilienceOptions& options, const Surroundings& surroundings);
std::vector<Remark> remarks_on(const detector::PhiOptions& options);

}  // namespace novacron::resilience
