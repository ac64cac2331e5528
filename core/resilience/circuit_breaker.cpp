// SPDX-License-Identifier: MIT
#include "core/resilience/circuit_breaker.hpp"

#include <algorithm>

#include "core/base/check.hpp"

namespace novacron::resilience {

CircuitBreaker::CircuitBreaker(const CircuitBreakerOptions& options)
    : options_(options), window_(options.window, 10) {
    check(options.failure_threshold >= 1 && options.success_threshold >= 1 &&
              options.half_open_max_requests >= 1 && options.minimum_calls >= 1,
          "thresholds and probes of a circuit breaker are at least 1");
    check(options.timeout.ns > 0 && options.max_probe_lease.ns > 0,
          "a circuit breaker's times are above 0");
    check(options.failure_percent >= 1 && options.failure_percent <= 100,
          "a circuit breaker trips at 1 to 100 percent");
    probes_.reserve(options.half_open_max_requests);
}

CircuitBreaker::Answer CircuitBreaker::admit(Instant now, Instant deadline) {
    changed_ = 0;
    settle(now);
    switch (state_) {
        case State::closed:
        case State::forced_closed:
        case State::disabled: return pass(Permit::Kind::regular, Instant::never());
        case State::forced_open: return refuse({});
        case State::open:
            if (now < opened_at_ + options_.timeout) {
                return refuse(opened_at_ + options_.timeout - now);
            }
            change(now, State::half_open, Cause::timeout_passed);
            break;
        case State::half_open: break;
    }
    if (probes_.size() >= options_.half_open_max_requests) {
        const auto first =
            std::min_element(probes_.begin(), probes_.end(),
                             [](const Probe& a, const Probe& b) { return a.lease < b.lease; });
        return refuse(first->lease - now);
    }
    const Answer answer = pass(Permit::Kind::probe,
                               std::max(now, std::min(deadline, now + options_.max_probe_lease)));
    probes_.push_back({answer.permit.number, answer.permit.lease});
    return answer;
}

void CircuitBreaker::record(Instant now, const Permit& permit, Outcome outcome) {
    changed_ = 0;
    settle(now);
    if (state_ != State::disabled) {
        counts_.successes += outcome == Outcome::success ? 1U : 0U;
        counts_.failures += outcome == Outcome::failure ? 1U : 0U;
        counts_.excluded += outcome == Outcome::excluded ? 1U : 0U;
    }
    if (permit.generation != generation_) {
        ++counts_.stale;
    } else if (permit.kind == Permit::Kind::probe) {
        record_probe(now, permit, outcome);
    } else {
        record_regular(now, outcome);
    }
}

void CircuitBreaker::record_regular(Instant now, Outcome outcome) {
    if (state_ == State::closed && trips(now, outcome)) {
        change(now, State::open, Cause::failures);
    }
}

bool CircuitBreaker::trips(Instant now, Outcome outcome) {
    if (outcome == Outcome::excluded) return false;
    const bool failed = outcome == Outcome::failure;
    if (options_.mode == CircuitBreakerOptions::Mode::consecutive) {
        in_a_row_ = failed ? in_a_row_ + 1 : 0;
        return in_a_row_ >= options_.failure_threshold;
    }
    window_.add(now, failed ? 1 : 0);
    const auto [successes, failures] = window_.counts(now);
    const std::uint64_t calls = successes + failures;
    return failed && calls >= options_.minimum_calls &&
           failures * 100 >= calls * options_.failure_percent;
}

void CircuitBreaker::record_probe(Instant now, const Permit& permit, Outcome outcome) {
    const auto probe = std::find_if(probes_.begin(), probes_.end(), [&](const Probe& each) {
        return each.number == permit.number;
    });
    if (probe == probes_.end()) {  // recorded before
        ++counts_.stale;
        return;
    }
    probes_.erase(probe);
    switch (outcome) {
        case Outcome::excluded: return;
        case Outcome::failure: return change(now, State::open, Cause::probe_failed);
        case Outcome::success: break;
    }
    if (++in_a_row_ >= options_.success_threshold) {
        change(now, State::closed, Cause::probes_succeeded);
    }
}

void CircuitBreaker::settle(Instant now) {
    if (state_ == State::open && now < opened_at_) opened_at_ = now;
    if (state_ != State::half_open || probes_.empty()) return;
    Instant first = Instant::never();
    for (Probe& probe : probes_) {
        probe.lease = std::min(probe.lease, now + options_.max_probe_lease);
        first = std::min(first, probe.lease);
    }
    if (now <= first) return;
    counts_.lost += static_cast<std::uint64_t>(std::count_if(
        probes_.begin(), probes_.end(), [&](const Probe& probe) { return now > probe.lease; }));
    change(first, State::open, Cause::probe_lost);
}

void CircuitBreaker::order(Instant now, State state) {
    changed_ = 0;
    settle(now);
    change(now, state, Cause::by_operator);
}

void CircuitBreaker::change(Instant at, State state, Cause cause) {
    transitions_[changed_++] = {state_, state, cause, at};
    state_ = state;
    ++generation_;
    in_a_row_ = 0;
    probes_.clear();
    window_.clear();
    if (state == State::open) opened_at_ = at;
}

CircuitBreaker::Answer CircuitBreaker::pass(Permit::Kind kind, Instant lease) {
    ++counts_.admitted;
    return {true, {generation_, ++permits_, kind, lease}, {}};
}

CircuitBreaker::Answer CircuitBreaker::refuse(Duration retry_after) {
    ++counts_.rejected;
    return {false, {}, retry_after};
}

}  // namespace novacron::resilience
