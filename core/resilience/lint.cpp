// SPDX-License-Identifier: MIT
#include "core/resilience/lint.hpp"

#include <algorithm>
#include <utility>

#include "core/base/wide.hpp"

namespace novacron::resilience {

namespace {

using Severity = Remark::Severity;

class Remarks {
public:
    void error_unless(bool holds, std::string key, std::string says) {
        add_unless(holds, Severity::error, std::move(key), std::move(says));
    }
    void warn_unless(bool holds, std::string key, std::string says) {
        add_unless(holds, Severity::warning, std::move(key), std::move(says));
    }
    bool has_errors() const {
        return std::any_of(list_.begin(), list_.end(),
                           [](const Remark& each) { return each.severity == Severity::error; });
    }
    std::vector<Remark> take() { return std::move(list_); }

private:
    void add_unless(bool holds, Severity severity, std::string key, std::string says) {
        if (!holds) list_.push_back({severity, std::move(key), std::move(says)});
    }

    std::vector<Remark> list_;
};

std::string in_ms(Duration d) { return std::to_string(d.ns / 1'000'000) + " ms"; }

void check_breaker(const CircuitBreakerOptions& o, Remarks& remarks) {
    remarks.error_unless(o.failure_threshold >= 1, "circuit_breaker.failure_threshold",
                         "must be 1 or more; 1 opens at the first failure");
    remarks.error_unless(o.success_threshold >= 1, "circuit_breaker.success_threshold",
                         "must be 1 or more");
    remarks.error_unless(o.timeout.ns > 0, "circuit_breaker.timeout", "must be above 0");
    remarks.error_unless(o.half_open_max_requests >= 1, "circuit_breaker.half_open_max_requests",
                         "must be 1 or more: without a probe the breaker never closes");
    remarks.error_unless(o.failure_percent >= 1 && o.failure_percent <= 100,
                         "circuit_breaker.failure_percent", "must be 1 to 100");
    remarks.error_unless(o.minimum_calls >= 1, "circuit_breaker.minimum_calls",
                         "must be 1 or more");
    remarks.error_unless(o.window.ns >= 10, "circuit_breaker.window", "must be 10 ns or more");
    remarks.error_unless(o.max_probe_lease.ns > 0, "circuit_breaker.max_probe_lease",
                         "must be above 0: no probe could be back in time");
}

void check_limiter(const RateLimiterOptions& o, Remarks& remarks) {
    remarks.error_unless(o.requests_per_second >= 1 && o.requests_per_second <= 1'000'000'000,
                         "rate_limiter.requests_per_second", "must be 1 to 10^9");
    remarks.error_unless(o.burst >= 1 && o.burst <= 1'000'000'000, "rate_limiter.burst",
                         "must be 1 to 10^9: with a burst of 0 nothing ever passes");
}

void check_bulkhead(const BulkheadOptions& o, const Surroundings& around, Remarks& remarks) {
    remarks.error_unless(o.max_concurrent >= 1, "bulkhead.max_concurrent", "must be 1 or more");
    remarks.error_unless(o.timeout.ns >= 0, "bulkhead.timeout", "must be 0 or more");
    remarks.warn_unless(o.max_queue == 0 || o.timeout.ns > 0, "bulkhead.max_queue",
                        "is of no effect: with a timeout of 0 nobody waits");
    if (!around.service_time || around.service_time->ns <= 0 || o.timeout.ns <= 0) return;
    const Duration wait =
        around.client_deadline ? std::min(o.timeout, *around.client_deadline) : o.timeout;
    const auto served =
        static_cast<std::int64_t>(Wide{o.max_concurrent} * wait.ns / around.service_time->ns);
    remarks.warn_unless(o.max_queue <= served, "bulkhead.max_queue",
                        "is " + std::to_string(o.max_queue) + ", but only " +
                            std::to_string(served) + " are served within " + in_ms(wait) +
                            ": whoever waits behind them is served when its caller has gone");
}

void check_retry(const RetryOptions& o, Remarks& remarks) {
    remarks.error_unless(o.max_attempts >= 1, "retry.max_attempts",
                         "must be 1 or more: the first attempt counts");
    remarks.error_unless(o.initial_delay.ns > 0, "retry.initial_delay", "must be above 0");
    remarks.error_unless(o.max_delay >= o.initial_delay, "retry.max_delay",
                         "must not be below initial_delay");
    remarks.error_unless(o.multiplier >= 1 && o.multiplier <= 1000, "retry.multiplier",
                         "must be 1 to 1000");
    if (remarks.has_errors() || o.max_attempts < 2) return;
    const std::uint32_t delays = o.max_attempts - 1;
    // Decorrelated delays may triple each time, the first one too.
    RetryOptions fastest = o;
    if (o.jitter == Jitter::decorrelated) fastest.multiplier = 3;
    const Duration longest =
        Backoff::base(fastest, o.jitter == Jitter::decorrelated ? delays + 1 : delays);
    remarks.warn_unless(longest >= o.max_delay, "retry.max_delay",
                        "is never reached: the longest of " + std::to_string(delays) +
                            " delays is " + in_ms(longest));
}

}  // namespace

std::vector<Remark> remarks_on(const ResilienceOptions& options, const Surroundings& surroundings) {
    Remarks remarks;
    check_breaker(options.circuit_breaker, remarks);
    check_limiter(options.rate_limiter, remarks);
    check_bulkhead(options.bulkhead, surroundings, remarks);
    check_retry(options.retry, remarks);
    return remarks.take();
}

std::vector<Remark> remarks_on(const detector::PhiOptions& o) {
    Remarks remarks;
    remarks.error_unless(o.threshold > 0 && o.threshold <= 1e6, "failure_detector.threshold",
                         "must be above 0, 10^6 at most");
    remarks.error_unless(o.failed_threshold >= o.threshold && o.failed_threshold <= 1e6,
                         "failure_detector.failed_threshold",
                         "must not be below threshold: a peer is suspected before it is failed");
    remarks.error_unless(o.window_size >= 2 && o.window_size <= 65'536,
                         "failure_detector.window_size", "must be 2 to 65536");
    remarks.error_unless(o.network_jitter_factor > 0, "failure_detector.network_jitter_factor",
                         "must be above 0: a network without jitter would be suspected at once");
    remarks.error_unless(o.heartbeat_interval.ns > 0, "failure_detector.heartbeat_interval",
                         "must be above 0");
    remarks.error_unless(o.acceptable_pause.ns >= 0, "failure_detector.acceptable_pause",
                         "must be 0 or more");
    remarks.error_unless(o.min_standard_deviation.ns >= 0,
                         "failure_detector.min_standard_deviation", "must be 0 or more");
    if (remarks.has_errors()) return remarks.take();
    detector::PhiAccrual phi(o);
    phi.heard(Instant{});
    const Duration wait = phi.patience().suspected - Instant{};
    // One lost heartbeat, and the next a deviation late.
    const auto one_lost = static_cast<std::int64_t>(static_cast<double>(o.heartbeat_interval.ns) *
                                                    (2 + o.network_jitter_factor));
    remarks.warn_unless(wait.ns >= one_lost, "failure_detector.threshold",
                        "is reached after " + in_ms(wait) +
                            " of silence: a single lost heartbeat is enough, if the next is late");
    return remarks.take();
}

}  // namespace novacron::resilience
