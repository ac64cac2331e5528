// SPDX-License-Identifier: MIT
//
// A client that sees what its callee accepts, and asks for little more than that.
//
// Intuition: an overloaded server spends its time refusing. Clients that send K times what it
// accepts, and refuse the rest by themselves, leave it its time, and notice soon when it can do
// more.
//
// Formula: over the last `window`, a request is refused locally with probability
//     max(0, (requests - K * accepts) / (requests + 1)).
// If the callee accepts C a second and more than K * C are wanted, it sees K * C of them.
//
// Requests count when they begin, those that are refused locally among them. Counted when they end,
// those under way would be invisible, exactly while they pile up. The window must be longer than a
// call's timeout, or requests and their accepts fall into different windows.
//
// `max_reject_percent` below 100 keeps some requests going whatever happens; at 100 the formula
// itself never refuses all, since it is below 1.
//
// Invariant: while at least 1/K of requests are accepted, none is refused.
// Source: "Site reliability engineering", chapter 21, "Handling overload"; K is 2 there.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/base/check.hpp"
#include "core/base/random.hpp"
#include "core/base/time.hpp"
#include "core/stats/time_window.hpp"

namespace novacron::resilience {

struct AdaptiveThrottleOptions {
    double k = 2.0;                          // at least 1
    Duration window = seconds(120);          // above 120 ns
    std::uint32_t max_reject_percent = 100;  // 0 .. 100

    friend bool operator==(const AdaptiveThrottleOptions&,
                           const AdaptiveThrottleOptions&) = default;
};

class AdaptiveThrottle {
public:
    // REQUIRES: options within the bounds stated above.
    explicit AdaptiveThrottle(const AdaptiveThrottleOptions& options)
        : options_(options), lately_(options.window, 120) {
        check(options.k >= 1 && options.max_reject_percent <= 100,
              "a throttle's K is at least 1, and it refuses at most 100 percent");
    }

    // A request wants to go. Draws a number only if it may be refused.
    [[nodiscard]] bool admit(Instant now, Random& random) {
        const double refusal = refusal_probability(now);
        lately_.add(now, kRequests);
        if (refusal <= 0) return true;
        constexpr double kUnit = 1.0 / 9007199254740992.0;  // 2^-53
        return static_cast<double>(random.bits() >> 11U) * kUnit >= refusal;
    }
    // The callee has taken a request on: any answer but one for overload, or none.
    void accepted(Instant now) { lately_.add(now, kAccepts); }

    double refusal_probability(Instant now) {
        const auto counts = lately_.counts(now);
        const auto requests = static_cast<double>(counts[kRequests]);
        const auto accepts = static_cast<double>(counts[kAccepts]);
        const double wanted = (requests - options_.k * accepts) / (requests + 1);
        return std::clamp(wanted, 0.0, options_.max_reject_percent / 100.0);
    }

private:
    static constexpr std::size_t kRequests = 0;
    static constexpr std::size_t kAccepts = 1;

    AdaptiveThrottleOptions options_;
    stats::TimeWindow<2> lately_;
};

}  // namespace novacron::resilience
