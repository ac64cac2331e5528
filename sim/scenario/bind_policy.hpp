// SPDX-License-Identifier: MIT
//
// From a canonical policy to how a call is made.
//
// Knob by knob: what the policy says; else, for calls from service to service, what
// cluster.resilience says; else the default of the pattern. A pattern is there if either of the two
// names it, unless the policy says enabled: false.
#pragma once

#include "core/resilience/lint.hpp"
#include "sim/scenario/fields.hpp"
#include "sim/service/policy_spec.hpp"

namespace shaketable {

// `usual` is cluster.resilience, or empty for calls that do not go by it.
CallPolicy bind_policy(const Fields& policy, const Fields& usual, Diagnostics& diagnostics);

// The limiter of instances: `own` is the service's.
std::optional<novacron::resilience::RateLimiterOptions> bind_rate_limiter(const Fields& service,
                                                                          const Fields& usual);

// What cluster.resilience says, with the defaults of the patterns for what it leaves out.
novacron::resilience::ResilienceOptions bind_resilience(const Fields& resilience);

}  // namespace shaketable
