// SPDX-License-Identifier: MIT
//
// Hedging: when an answer takes longer than answers usually do, ask once more elsewhere, and take
// whichever comes first.
//
// Intuition: the slowest hundredth of answers is slow by accident (a queue, a pause), and a second
// question seldom meets the same accident. Asked only after the 95th percentile has passed, that
// costs 5 % more load and takes the tail away. Asked of a callee that is slow because of load, it
// doubles the load: each further question therefore takes from the retry budget.
//
// A failure that may pass brings the next question forward to now, or to when the callee wants it;
// one that will not pass ends the hedging: what is under way may still succeed.
//
// Invariants: (1) at most max_attempts questions. (2) one result: success is told once.
// Only for operations that may be done twice. Source: Dean, Barroso, "The tail at scale", 2013; the
// rules for failures are gRPC's (proposal A6).
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/base/check.hpp"
#include "core/base/time.hpp"
#include "core/resilience/retry.hpp"
#include "core/stats/histogram.hpp"

namespace novacron::resilience {

struct HedgeOptions {
    std::uint32_t max_attempts = 2;      // the first one counts; at least 1
    Duration delay = milliseconds(100);  // from one question to the next; 0: all at once

    friend bool operator==(const HedgeOptions&, const HedgeOptions&) = default;
};

class HedgedCall {
public:
    enum class Verdict : std::uint8_t {
        waits,      // nothing to do
        asks,       // ask once more, now
        succeeded,  // this is the result: let the other attempts go
        failed,     // nothing is under way any more, and nothing will be
    };

    // The first question leaves now. REQUIRES: options within the bounds stated above.
    HedgedCall(const HedgeOptions& options, Instant now) : options_(options) {
        check(options.max_attempts >= 1 && options.delay.ns >= 0,
              "a hedged call has an attempt, and a delay that is not negative");
        asked(now);
    }

    // When to call on_time.
    Instant next_deadline() const { return next_; }
    [[nodiscard]] Verdict on_time(Instant now, RetryBudget& budget) {
        return !over_ && now >= next_ ? ask(now, budget) : Verdict::waits;
    }
    [[nodiscard]] Verdict succeeded() {
        if (over_) return Verdict::waits;
        finish();
        return Verdict::succeeded;
    }
    [[nodiscard]] Verdict failed(Instant now, const AttemptFailure& failure, RetryBudget& budget) {
        if (over_) return Verdict::waits;
        --under_way_;
        if (!failure.may_pass || (failure.pushback && failure.pushback->ns < 0)) {
            next_ = Instant::never();
        } else if (failure.pushback && next_ != Instant::never()) {
            next_ = now + *failure.pushback;
        } else if (next_ != Instant::never()) {
            return ask(now, budget);
        }
        return verdict();
    }
    std::uint32_t attempts() const { return attempts_; }
    std::uint32_t under_way() const { return under_way_; }

private:
    Verdict ask(Instant now, RetryBudget& budget) {
        if (!budget.try_retry(now)) {
            next_ = Instant::never();
            return verdict();
        }
        asked(now);
        return Verdict::asks;
    }
    void asked(Instant now) {
        ++attempts_;
        ++under_way_;
        next_ = attempts_ < options_.max_attempts ? now + options_.delay : Instant::never();
    }
    Verdict verdict() {
        if (under_way_ > 0 || next_ != Instant::never()) return Verdict::waits;
        finish();
        return Verdict::failed;
    }
    void finish() {
        over_ = true;
        next_ = Instant::never();
    }

    HedgeOptions options_;
    Instant next_ = Instant::never();
    std::uint32_t attempts_ = 0;
    std::uint32_t under_way_ = 0;
    bool over_ = false;
};

// A delay that follows a quantile of the latencies seen: of the last full window of samples.
class HedgeDelay {
public:
    // Until the first window is full it is `initial`. REQUIRES: window is at least 1.
    HedgeDelay(stats::Fraction quantile, std::uint32_t window, Duration initial)
        : quantile_(quantile), window_(window), delay_(initial) {
        check(window >= 1, "a window of latencies holds one at least");
    }
    void add(Duration latency) {
        latencies_.add(static_cast<std::uint64_t>(std::max<std::int64_t>(0, latency.ns)));
        if (latencies_.count() < window_) return;
        delay_ = Duration{static_cast<std::int64_t>(latencies_.quantile(quantile_))};
        latencies_.clear();
    }
    Duration delay() const { return delay_; }

private:
    stats::Fraction quantile_;
    std::uint32_t window_;
    Duration delay_;
    stats::Histogram latencies_;
};

}  // namespace novacron::resilience
