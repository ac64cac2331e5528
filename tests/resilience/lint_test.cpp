// SPDX-License-Identifier: MIT
#include "core/resilience/lint.hpp"

#include "tests/catch.hpp"

using namespace novacron;
using namespace novacron::resilience;
using Severity = Remark::Severity;

namespace {

std::vector<std::string> keys(const std::vector<Remark>& remarks, Severity severity) {
    std::vector<std::string> found;
    for (const Remark& remark : remarks) {
        if (remark.severity == severity) found.push_back(remark.key);
    }
    return found;
}
using Keys = std::vector<std::string>;

}  // namespace

TEST_CASE("options: defaults are those of the runbook's configuration files, knob by knob") {
    const ResilienceOptions options;
    CHECK(options.circuit_breaker.failure_threshold == 5);
    CHECK(options.circuit_breaker.success_threshold == 3);
    CHECK(options.circuit_breaker.timeout == seconds(30));
    CHECK(options.circuit_breaker.half_open_max_requests == 3);
    CHECK(options.rate_limiter == RateLimiterOptions{1000, 2000});
    CHECK(options.bulkhead == BulkheadOptions{100, 500, milliseconds(500)});
    CHECK(options.retry == RetryOptions{3, milliseconds(100), seconds(1), 2.0, jitter_of(true)});
    CHECK(jitter_of(false) == Jitter::none);
    const detector::PhiOptions phi;
    CHECK(phi.threshold == 8.0);
    CHECK(phi.adaptive);
    CHECK(phi.window_size == 200);
    CHECK(phi.network_jitter_factor == 0.3);
}

TEST_CASE("lint: the runbook's resilience_config.yaml has no error, and a bound without effect") {
    const auto remarks = remarks_on(ResilienceOptions{}, {milliseconds(100), {}});
    CHECK(keys(remarks, Severity::error).empty());
    CHECK(keys(remarks, Severity::warning) == Keys{"retry.max_delay"});  // delays are 100, 200 ms
    CHECK(remarks[0].says.find("200 ms") != std::string::npos);
}

TEST_CASE("lint: a max_delay that a later retry reaches is in order") {
    ResilienceOptions options;
    options.retry.max_attempts = 6;
    CHECK(remarks_on(options, {}).empty());
    options.retry.max_attempts = 4;
    options.retry.jitter = Jitter::decorrelated;  // 300, 900, 1000
    CHECK(remarks_on(options, {}).empty());
}

TEST_CASE("lint: a queue that is longer than what is served in time is told, with the length") {
    ResilienceOptions options;
    options.retry.max_attempts = 1;
    CHECK(remarks_on(options, {milliseconds(100), {}}).empty());
    const auto slower = remarks_on(options, {milliseconds(200), {}});
    CHECK(keys(slower, Severity::warning) == Keys{"bulkhead.max_queue"});
    CHECK(slower[0].says.find("only 250") != std::string::npos);
    const auto hurried = remarks_on(options, {milliseconds(100), milliseconds(290)});
    CHECK(hurried[0].says.find("only 290") != std::string::npos);
}

TEST_CASE("lint: all errors are told at once, by their keys") {
    ResilienceOptions options;
    options.circuit_breaker.failure_threshold = 0;
    options.circuit_breaker.success_threshold = 0;
    options.circuit_breaker.timeout = {};
    options.circuit_breaker.half_open_max_requests = 0;
    options.circuit_breaker.failure_percent = 101;
    options.circuit_breaker.minimum_calls = 0;
    options.circuit_breaker.window = nanoseconds(9);
    options.circuit_breaker.max_probe_lease = {};
    options.rate_limiter = {0, 0};
    options.bulkhead = {0, 5, milliseconds(-1)};
    options.retry = {0, {}, milliseconds(-1), 0.5, Jitter::none};
    CHECK(keys(remarks_on(options, {milliseconds(1), {}}), Severity::error) ==
          Keys{"circuit_breaker.failure_threshold", "circuit_breaker.success_threshold",
               "circuit_breaker.timeout", "circuit_breaker.half_open_max_requests",
               "circuit_breaker.failure_percent", "circuit_breaker.minimum_calls",
               "circuit_breaker.window", "circuit_breaker.max_probe_lease",
               "rate_limiter.requests_per_second", "rate_limiter.burst", "bulkhead.max_concurrent",
               "bulkhead.timeout", "retry.max_attempts", "retry.initial_delay", "retry.max_delay",
               "retry.multiplier"});
}

TEST_CASE(
    "lint: the runbook's phi_detector_config.yaml bears one lost heartbeat; in ln it doesn't") {
    detector::PhiOptions options;
    CHECK(remarks_on(options).empty());
    options.phi_base = detector::PhiBase::ln;
    CHECK(keys(remarks_on(options), Severity::warning) == Keys{"failure_detector.threshold"});
}

TEST_CASE("lint: thresholds in the wrong order, and a jitter of 0, are errors") {
    detector::PhiOptions options;
    options.failed_threshold = 7;
    options.network_jitter_factor = 0;
    options.window_size = 1;
    CHECK(keys(remarks_on(options), Severity::error) ==
          Keys{"failure_detector.failed_threshold", "failure_detector.window_size",
               "failure_detector.network_jitter_factor"});
}
