// SPDX-License-Identifier: MIT
//
// A rate limiter: on average so many calls a second, and a burst at once.
//
// Intuition: a bucket holds up to `burst` tokens and starts full, one drips in every 1/rate
// seconds, a call takes one. Kept as a single number, the *theoretical arrival time*: when the
// bucket will be full again. That is the generic cell rate algorithm, GCRA; the two admit the same
// calls.
//
// Exact: the number is kept in nanoseconds times the rate, in 128 bits, so that one token is 10^9
// of it whatever the rate. Nothing is rounded, and 3 a second are 3 a second for ever.
//
// Waiting: `reserve` takes tokens that will have dripped in by then, if that is soon enough. A
// reservation that fails takes nothing.
//
// Reconfiguration keeps the time at which the bucket is full; it is at worst empty by the new
// bounds. What was reserved stays reserved: somebody waits for it. A clock that goes back finds the
// bucket as it was: nobody waits for the clock to catch up.
//
// Invariants: (1) in any span of length w, admitted <= burst + rate * w. (2) 0 <= level <= burst,
//             without reservations. (3) after `retry_after`, and nothing in between, a call passes.
// By nature: a full bucket lets burst + rate through in its first second. Size the burst by what
// the callee bears, not by the rate. Limits by the calendar second would let twice the rate
// through at each boundary.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "core/base/check.hpp"
#include "core/base/time.hpp"
#include "core/base/wide.hpp"

namespace novacron::resilience {

// The knobs of resilience_config.yaml by their names.
struct RateLimiterOptions {
    std::uint64_t requests_per_second = 1000;  // 1 .. 10^9
    std::uint64_t burst = 2000;                // 1 .. 10^9

    friend bool operator==(const RateLimiterOptions&, const RateLimiterOptions&) = default;
};

class TokenBucket {
public:
    // REQUIRES: options within the bounds stated above.
    TokenBucket(const RateLimiterOptions& options, Instant now) : options_(options), now_(now) {
        require(options);
        full_at_ = scaled(now);
    }

    // REQUIRES of these: tokens is 1 .. burst. More would never pass, which is a mistake in the
    // configuration and no refusal.
    [[nodiscard]] bool admit(Instant now, std::uint64_t tokens = 1) {
        if (retry_after(now, tokens).ns > 0) return false;
        take(tokens);
        return true;
    }
    // How long to wait, with tokens taken now; nothing, and nothing taken, if that is above the
    // most.
    [[nodiscard]] std::optional<Duration> reserve(Instant now, Duration wait_max,
                                                  std::uint64_t tokens = 1) {
        const Duration wait = retry_after(now, tokens);
        if (wait > wait_max) return std::nullopt;
        take(tokens);
        return wait;
    }
    // 0 if so many would be admitted now.
    [[nodiscard]] Duration retry_after(Instant now, std::uint64_t tokens = 1) {
        check(tokens >= 1 && tokens <= options_.burst, "a call takes 1 to `burst` tokens");
        follow(now);
        const Wide over =
            debt() - Wide{static_cast<std::int64_t>(options_.burst - tokens)} * kToken;
        if (over <= 0) return {};
        const Wide rate = static_cast<std::int64_t>(options_.requests_per_second);
        return {static_cast<std::int64_t>((over + rate - 1) / rate)};
    }
    // Whole tokens that are there; 0 if reservations have taken more.
    std::uint64_t level(Instant now) {
        follow(now);
        const Wide missing = (debt() + kToken - 1) / kToken;
        const Wide burst = static_cast<std::int64_t>(options_.burst);
        return missing >= burst ? 0 : static_cast<std::uint64_t>(burst - missing);
    }

    // REQUIRES: options within the bounds stated above.
    void set(const RateLimiterOptions& options, Instant now) {
        require(options);
        follow(now);
        const Wide old_rate = static_cast<std::int64_t>(options_.requests_per_second);
        const Wide reserved = std::max<Wide>(0, debt() - burst());
        const Wide full_in = (debt() - reserved + old_rate - 1) / old_rate;
        options_ = options;
        const Wide rate = static_cast<std::int64_t>(options.requests_per_second);
        full_at_ = scaled(now_) + std::min(full_in * rate, burst()) + reserved;
    }
    const RateLimiterOptions& options() const { return options_; }

private:
    static constexpr Wide kToken = 1'000'000'000;

    static void require(const RateLimiterOptions& options) {
        check(options.requests_per_second >= 1 && options.requests_per_second <= 1'000'000'000,
              "a rate is 1 to 10^9 a second");
        check(options.burst >= 1 && options.burst <= 1'000'000'000, "a burst is 1 to 10^9");
    }
    Wide scaled(Instant t) const {
        return Wide{t.ns} * static_cast<std::int64_t>(options_.requests_per_second);
    }
    Wide burst() const { return Wide{static_cast<std::int64_t>(options_.burst)} * kToken; }
    // What is missing to a full bucket.
    Wide debt() const { return std::max<Wide>(0, full_at_ - scaled(now_)); }
    void follow(Instant now) {
        if (now < now_) full_at_ -= scaled(now_) - scaled(now);
        now_ = now;
    }
    void take(std::uint64_t tokens) {
        full_at_ =
            std::max(full_at_, scaled(now_)) + Wide{static_cast<std::int64_t>(tokens)} * kToken;
    }

    RateLimiterOptions options_;
    Instant now_;       // of the last input
    Wide full_at_ = 0;  // theoretical arrival time, times the rate
};

}  // namespace novacron::resilience
