// SPDX-License-Identifier: MIT
//
// How long to wait before trying again: longer each time, and not all at the same time.
//
// Intuition: callers that failed together come back together, unless chance pulls them apart. Full
// jitter spreads them over the whole wait; equal jitter keeps half of it for sure.
//
// Formulas, with d(n) = min(max_delay, initial_delay * multiplier^(n-1)) before the n-th retry:
//   none          d(n)
//   full          uniform over [0, d(n)]
//   equal         d(n)/2 + uniform over [0, d(n)/2]
//   decorrelated  s(n) uniform over [initial_delay, min(max_delay, 3 s(n-1))], s(0) = initial_delay
//
// The bound is applied *before* chance. Applied after it, every draw above the bound becomes the
// bound, and callers that have waited longest come back in one herd at exactly max_delay.
//
// Invariants: (1) no wait is above max_delay. (2) with jitter, waits at the bound still differ.
//             (3) no product overflows, however many retries.
// Source: the names are those of the AWS architecture blog, "Exponential backoff and jitter".
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/base/check.hpp"
#include "core/base/random.hpp"
#include "core/base/time.hpp"

namespace novacron::resilience {

enum class Jitter : std::uint8_t { none, full, equal, decorrelated };

// What the runbook's `jitter: true` and `false` mean.
constexpr Jitter jitter_of(bool wanted) { return wanted ? Jitter::full : Jitter::none; }

// The knobs of resilience_config.yaml by their names.
struct RetryOptions {
    std::uint32_t max_attempts = 3;              // the first one counts; at least 1
    Duration initial_delay = milliseconds(100);  // above 0
    Duration max_delay = seconds(1);             // at least the initial delay
    double multiplier = 2.0;                     // 1 .. 1000
    Jitter jitter = Jitter::full;

    friend bool operator==(const RetryOptions&, const RetryOptions&) = default;
};

class Backoff {
public:
    // REQUIRES: options within the bounds stated above.
    explicit Backoff(const RetryOptions& options) : options_(options) {
        check(options.max_attempts >= 1 && options.initial_delay.ns > 0 &&
                  options.max_delay >= options.initial_delay,
              "retries have an attempt, and a delay above 0 that is not above the longest");
        check(options.multiplier >= 1 && options.multiplier <= 1000, "a multiplier is 1 to 1000");
        reset();
    }

    // The wait before the next retry.
    Duration next(Random& random) {
        const Duration base = base_;
        base_ = grown(base);
        switch (options_.jitter) {
            case Jitter::none: return base;
            case Jitter::full: return random.between(Duration{}, base);
            case Jitter::equal: return base / 2 + random.between(Duration{}, base - base / 2);
            case Jitter::decorrelated: break;
        }
        const Duration most = last_.ns > options_.max_delay.ns / 3 ? options_.max_delay : last_ * 3;
        last_ = random.between(options_.initial_delay, std::max(options_.initial_delay, most));
        return last_;
    }
    // The next wait is a first one again.
    void reset() { base_ = last_ = options_.initial_delay; }

    // The wait before the n-th retry without jitter. REQUIRES: n is at least 1.
    static Duration base(const RetryOptions& options, std::uint32_t n) {
        Backoff backoff(options);
        while (--n > 0 && backoff.base_ < options.max_delay) {
            backoff.base_ = backoff.grown(backoff.base_);
            if (options.multiplier == 1) break;
        }
        return backoff.base_;
    }

private:
    Duration grown(Duration base) const {
        const double longer = static_cast<double>(base.ns) * options_.multiplier;
        if (longer >= static_cast<double>(options_.max_delay.ns)) return options_.max_delay;
        return Duration{static_cast<std::int64_t>(longer)};
    }

    RetryOptions options_;
    Duration base_{};
    Duration last_{};
};

}  // namespace novacron::resilience
