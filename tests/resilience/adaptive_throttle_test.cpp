// SPDX-License-Identifier: MIT
#include "core/resilience/adaptive_throttle.hpp"

#include <deque>

#include "tests/catch.hpp"

using namespace novacron;
using resilience::AdaptiveThrottle;
using resilience::AdaptiveThrottleOptions;

namespace {
Instant at_ms(std::int64_t ms) { return Instant{} + milliseconds(ms); }
}  // namespace

TEST_CASE(
    "throttle: while half of the requests are accepted none is refused, and nothing is drawn") {
    AdaptiveThrottle throttle(AdaptiveThrottleOptions{});
    Random random(1);
    for (int i = 0; i < 10'000; ++i) {
        REQUIRE(throttle.admit(at_ms(i), random));
        if (i % 2 == 0) throttle.accepted(at_ms(i));
    }
    CHECK(random.drawn() == 0);
}

TEST_CASE("throttle: the refusal is (requests - K accepts) / (requests + 1)") {
    AdaptiveThrottle throttle(AdaptiveThrottleOptions{});
    Random random(1);
    for (int i = 0; i < 99; ++i) (void)throttle.admit(at_ms(0), random);
    for (int i = 0; i < 10; ++i) throttle.accepted(at_ms(0));
    CHECK(throttle.refusal_probability(at_ms(0)) == Approx((99 - 20) / 100.0));
    CHECK(throttle.refusal_probability(at_ms(121'000)) == 0);
}

TEST_CASE("throttle: a callee that accepts C a second sees K C of them, and refuses (K - 1) C") {
    for (const double k : {1.5, 2.0, 3.0}) {
        AdaptiveThrottleOptions options;
        options.k = k;
        AdaptiveThrottle throttle(options);
        Random random(2);
        const std::uint64_t capacity = 100;  // a second
        std::uint64_t seen = 0;
        std::uint64_t accepted = 0;
        for (int second = 0; second < 1200; ++second) {
            std::uint64_t here = 0;
            for (int i = 0; i < 1000; ++i) {
                const Instant now = at_ms(1000 * second + i);
                if (!throttle.admit(now, random)) continue;
                if (++here <= capacity) throttle.accepted(now);
            }
            if (second < 300) continue;
            seen += here;
            accepted += std::min(here, capacity);
        }
        INFO("K " << k);
        CHECK(static_cast<double>(seen) / 900 == Approx(k * 100).epsilon(0.03));
        CHECK(static_cast<double>(accepted) / 900 == Approx(100).epsilon(0.02));
    }
}

TEST_CASE("throttle: requests count when they begin, so that those under way are seen") {
    AdaptiveThrottle throttle(AdaptiveThrottleOptions{});
    Random random(3);
    int refused = 0;
    for (int i = 0; i < 1000; ++i) refused += throttle.admit(at_ms(i), random) ? 0 : 1;
    CHECK(refused > 900);  // though not one has ended
}

TEST_CASE("throttle: at most so many are refused, and some always go: it can't close for ever") {
    AdaptiveThrottleOptions options;
    options.max_reject_percent = 75;
    AdaptiveThrottle throttle(options);
    Random random(4);
    int passed = 0;
    for (int i = 0; i < 20'000; ++i) passed += throttle.admit(at_ms(i), random) ? 1 : 0;
    CHECK(passed == Approx(5000).epsilon(0.05));
    AdaptiveThrottle strict(AdaptiveThrottleOptions{});
    for (int i = 0; i < 20'000; ++i) (void)strict.admit(at_ms(i), random);
    CHECK(strict.refusal_probability(at_ms(20'000)) < 1);
}

TEST_CASE("throttle: options out of bounds are a bug") {
    AdaptiveThrottleOptions options;
    options.k = 0.9;
    CHECK_THROWS_AS(AdaptiveThrottle(options), BugError);
}
