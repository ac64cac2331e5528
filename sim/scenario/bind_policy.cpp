// SPDX-License-Identifier: MIT
#include "sim/scenario/bind_policy.hpp"

#include <array>
#include <cmath>

namespace shaketable {
namespace {

using namespace novacron::resilience;

class PolicyBinder {
public:
    PolicyBinder(const Fields& policy, const Fields& usual, Diagnostics& diagnostics)
        : policy_(policy), usual_(usual), diagnostics_(diagnostics) {}

    CallPolicy bind() {
        CallPolicy result;
        assign(result.timeout, policy_.duration("timeout"));
        assign(result.deadline, policy_.duration("deadline"));
        assign(result.propagate_deadline, policy_.boolean("propagate_deadline"));
        assign(result.cancel, policy_.boolean("cancel"));
        const bool bounded = result.deadline.ns > 0;
        if (bounded && result.deadline < result.timeout && policy_.valid("deadline") != nullptr) {
            report(*policy_.valid("deadline"), "the deadline is shorter than one attempt, " +
                                                   format_duration(result.timeout),
                   "write at least that, or a shorter timeout");
        }
        bind_retry(result);
        bind_budget(result);
        bind_hedge(result);
        if (wanted("circuit_breaker")) bind_breaker(result.breaker.emplace());
        if (wanted("bulkhead")) bind_bulkhead(result.bulkhead.emplace());
        // The cluster's limiter is for those who are called.
        if (wants(policy_, "rate_limiter")) {
            RateLimiterOptions& limiter = result.limiter.emplace();
            const Fields own = policy_.map("rate_limiter");
            assign(limiter.requests_per_second, own.integer("requests_per_second"));
            assign(limiter.burst, own.integer("burst"));
        }
        if (wants(policy_, "throttle")) bind_throttle(result.throttle.emplace());
        bind_balancer(result.balancer);
        return result;
    }

    void bind_retry_options(const Fields& from, RetryOptions& retry) {
        assign(retry.max_attempts, from.integer("max_attempts"));
        assign(retry.initial_delay, from.duration("initial_delay"));
        assign(retry.max_delay, from.duration("max_delay"));
        assign(retry.multiplier, from.number("multiplier"));
        const auto jitter = from.text("jitter");
        if (!jitter) return;
        if (*jitter == "true" || *jitter == "false") retry.jitter = jitter_of(*jitter == "true");
        if (*jitter == "none") retry.jitter = Jitter::none;
        if (*jitter == "full") retry.jitter = Jitter::full;
        if (*jitter == "equal") retry.jitter = Jitter::equal;
        if (*jitter == "decorrelated") retry.jitter = Jitter::decorrelated;
    }

    static void bind_breaker_options(const Fields& from, CircuitBreakerOptions& breaker) {
        assign(breaker.failure_threshold, from.integer("failure_threshold"));
        assign(breaker.success_threshold, from.integer("success_threshold"));
        assign(breaker.timeout, from.duration("timeout"));
        assign(breaker.half_open_max_requests, from.integer("half_open_max_requests"));
    }

    static void bind_bulkhead_options(const Fields& from, BulkheadOptions& bulkhead) {
        assign(bulkhead.max_concurrent, from.integer("max_concurrent"));
        assign(bulkhead.max_queue, from.integer("max_queue"));
        assign(bulkhead.timeout, from.duration("timeout"));
    }

    // The pattern is named, and not switched off.
    static bool wants(const Fields& fields, std::string_view pattern) {
        return fields.has(pattern) && fields.map(pattern).boolean("enabled").value_or(true);
    }

private:
    void report(const Node& node, std::string message, std::string hint = {}) {
        diagnostics_.add(about(node, std::move(message), std::move(hint)));
    }

    bool wanted(std::string_view pattern) const {
        return policy_.has(pattern) ? wants(policy_, pattern) : usual_.has(pattern);
    }

    void bind_retry(CallPolicy& result) {
        const Fields own = policy_.map("retry");
        assign(result.retry_rejected, own.boolean("rejected"));
        if (!wanted("retry")) return;
        RetryOptions& retry = result.retry.emplace();
        bind_retry_options(usual_.map("retry"), retry);
        bind_retry_options(own, retry);
        if (retry.max_delay >= retry.initial_delay) return;
        const Node* place = own.valid("max_delay");
        if (place == nullptr) place = own.valid("initial_delay");
        if (place == nullptr) return;  // the cluster's own mistake, which is told there
        report(*place, "max_delay, " + format_duration(retry.max_delay) +
                           ", is below initial_delay, " + format_duration(retry.initial_delay),
               "write at least " + format_duration(retry.initial_delay));
    }

    void bind_budget(CallPolicy& result) {
        if (!wants(policy_, "retry_budget")) return;
        const Fields own = policy_.map("retry_budget");
        const std::string by = own.text("by").value_or("timed");
        check_keys(own, by, {{{"timed", "percent|retries_per_second|ttl"},
                              {"tokens", "max_tokens|token_ratio"},
                              {"active", "percent|min_concurrency"}}});
        if (by == "tokens") {
            TokenBudgetOptions tokens;
            assign(tokens.max_tokens, own.integer("max_tokens"));
            if (const auto ratio = own.number("token_ratio")) {
                tokens.token_ratio_thousandths =
                    static_cast<std::uint32_t>(std::lround(*ratio * 1000));
            }
            result.budget = tokens;
        } else if (by == "active") {
            ActiveBudgetOptions active;
            assign(active.percent, own.integer("percent"));
            assign(active.min_retry_concurrency, own.integer("min_concurrency"));
            result.budget = active;
        } else {
            TimedBudgetOptions timed;
            assign(timed.percent, own.integer("percent"));
            assign(timed.retries_per_second, own.integer("retries_per_second"));
            assign(timed.ttl, own.duration("ttl"));
            result.budget = timed;
        }
        if (result.retry || wants(policy_, "hedge")) return;
        report(*policy_.any("retry_budget"), "a budget of retries, and nothing is retried",
               "write retry: {max_attempts: 3}, or leave the budget out");
    }

    struct KeysOf {
        std::string_view choice, keys;
    };
    // Keys that belong to another choice of `by` would be of no effect.
    void check_keys(const Fields& own, const std::string& by, const std::array<KeysOf, 3>& all) {
        for (const KeysOf& one : all) {
            if (one.choice == by) continue;
            std::string_view rest = one.keys;
            while (!rest.empty()) {
                const std::size_t end = std::min(rest.find('|'), rest.size());
                const std::string key(rest.substr(0, end));
                rest.remove_prefix(std::min(end + 1, rest.size()));
                if (!own.has(key) || belongs(by, key, all)) continue;
                report(*own.any(key), "by: " + by + " has no '" + key + "'",
                       "write by: " + std::string(one.choice) + ", or leave it out");
            }
        }
    }
    static bool belongs(const std::string& by, const std::string& key,
                        const std::array<KeysOf, 3>& all) {
        for (const KeysOf& one : all) {
            const std::string keys = "|" + std::string(one.keys) + "|";
            if (one.choice == by && keys.find("|" + key + "|") != std::string::npos) return true;
        }
        return false;
    }

    void bind_hedge(CallPolicy& result) {
        if (!wants(policy_, "hedge")) return;
        const Fields own = policy_.map("hedge");
        if (wants(policy_, "retry")) {
            report(*policy_.any("hedge"), "both 'hedge' and 'retry'",
                   "a hedged call is not retried: leave one of them out");
        }
        result.retry.reset();
        HedgeOptions& hedge = result.hedge.emplace();
        assign(hedge.max_attempts, own.integer("max_attempts"));
        assign(hedge.delay, own.duration("delay"));
        if (const auto quantile = own.integer("quantile")) {
            result.hedge_quantile = static_cast<std::uint32_t>(*quantile);
        }
    }

    void bind_breaker(CircuitBreakerOptions& breaker) {
        const Fields own = policy_.map("circuit_breaker");
        bind_breaker_options(usual_.map("circuit_breaker"), breaker);
        bind_breaker_options(own, breaker);
        if (own.text("mode") == "ratio") breaker.mode = CircuitBreakerOptions::Mode::ratio;
        assign(breaker.failure_percent, own.integer("failure_percent"));
        assign(breaker.minimum_calls, own.integer("minimum_calls"));
        assign(breaker.window, own.duration("window"));
        if (breaker.mode == CircuitBreakerOptions::Mode::ratio) {
            if (own.has("failure_threshold")) {
                report(*own.any("failure_threshold"), "mode: ratio has no 'failure_threshold'",
                       "write failure_percent, or mode: consecutive");
            }
            return;
        }
        for (const std::string_view key : {"failure_percent", "minimum_calls", "window"}) {
            if (!own.has(key)) continue;
            report(*own.any(key), "mode: consecutive has no '" + std::string(key) + "'",
                   "write mode: ratio, or leave it out");
        }
    }

    void bind_bulkhead(BulkheadOptions& bulkhead) {
        bind_bulkhead_options(usual_.map("bulkhead"), bulkhead);
        bind_bulkhead_options(policy_.map("bulkhead"), bulkhead);
    }

    void bind_throttle(AdaptiveThrottleOptions& throttle) {
        const Fields own = policy_.map("throttle");
        assign(throttle.k, own.number("k"));
        assign(throttle.window, own.duration("window"));
        assign(throttle.max_reject_percent, own.integer("max_reject"));
    }

    void bind_balancer(BalancerSpec& balancer) {
        const Fields own = policy_.map("balancer");
        const auto by = own.text("by");
        if (by == "least_requests") balancer.by = Balancing::least_requests;
        if (by == "random_two") balancer.by = Balancing::random_two;
        assign(balancer.panic_percent, own.integer("panic_percent"));
        if (wants(own, "health_check")) bind_health_check(own, balancer.health_check.emplace());
        if (wants(own, "outliers")) bind_outliers(own, balancer.outliers.emplace());
    }

    void bind_health_check(const Fields& own, HealthCheckSpec& check) {
        const Fields fields = own.map("health_check");
        assign(check.interval, fields.duration("interval"));
        assign(check.timeout, fields.duration("timeout"));
        assign(check.unhealthy_after, fields.integer("unhealthy_after"));
        assign(check.healthy_after, fields.integer("healthy_after"));
        if (check.timeout <= check.interval) return;
        const bool says = fields.valid("timeout") != nullptr;
        const Node* place = says ? fields.valid("timeout") : fields.valid("interval");
        if (place == nullptr) return;
        report(*place, "the timeout of a health check, " + format_duration(check.timeout) +
                           ", is longer than its interval, " + format_duration(check.interval));
    }

    void bind_outliers(const Fields& own, OutlierSpec& outliers) {
        const Fields fields = own.map("outliers");
        assign(outliers.failures, fields.integer("failures"));
        assign(outliers.ejection, fields.duration("ejection"));
        assign(outliers.ejection_max, fields.duration("ejection_max"));
        assign(outliers.max_percent, fields.integer("max_percent"));
        if (outliers.ejection_max >= outliers.ejection) return;
        const bool says = fields.valid("ejection_max") != nullptr;
        const Node* place = says ? fields.valid("ejection_max") : fields.valid("ejection");
        if (place == nullptr) return;
        report(*place, "ejection_max, " + format_duration(outliers.ejection_max) +
                           ", is below ejection, " + format_duration(outliers.ejection));
    }

    const Fields& policy_;
    const Fields& usual_;
    Diagnostics& diagnostics_;
};

}  // namespace

CallPolicy bind_policy(const Fields& policy, const Fields& usual, Diagnostics& diagnostics) {
    return PolicyBinder(policy, usual, diagnostics).bind();
}

std::optional<RateLimiterOptions> bind_rate_limiter(const Fields& service, const Fields& usual) {
    const bool wanted = service.has("rate_limiter") ? PolicyBinder::wants(service, "rate_limiter")
                                                    : usual.has("rate_limiter");
    if (!wanted) return std::nullopt;
    RateLimiterOptions limiter;
    for (const Fields& fields : {usual.map("rate_limiter"), service.map("rate_limiter")}) {
        assign(limiter.requests_per_second, fields.integer("requests_per_second"));
        assign(limiter.burst, fields.integer("burst"));
    }
    return limiter;
}

ResilienceOptions bind_resilience(const Fields& resilience) {
    ResilienceOptions options;
    Diagnostics none;
    PolicyBinder binder(resilience, resilience, none);
    PolicyBinder::bind_breaker_options(resilience.map("circuit_breaker"), options.circuit_breaker);
    PolicyBinder::bind_bulkhead_options(resilience.map("bulkhead"), options.bulkhead);
    binder.bind_retry_options(resilience.map("retry"), options.retry);
    const Fields limiter = resilience.map("rate_limiter");
    assign(options.rate_limiter.requests_per_second, limiter.integer("requests_per_second"));
    assign(options.rate_limiter.burst, limiter.integer("burst"));
    return options;
}

}  // namespace shaketable
