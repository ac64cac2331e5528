// SPDX-License-Identifier: MIT
#include "core/resilience/adaptive_limit.hpp"

#include <cmath>

#include "core/base/check.hpp"
#include "tests/catch.hpp"

using namespace novacron;
using namespace novacron::resilience;
using Kind = CallResult::Kind;

namespace {

CallResult served(std::int64_t us, double under_way) {
    return {Kind::served, microseconds(us), static_cast<std::uint32_t>(under_way)};
}

// A callee with so many places, asked by clients that always use the limit in full: each call takes
// the service time, or its share of the places if there are too few, give or take 5 %.
template <class Limit>
double settle(Limit& limit, double places, double service_us, int calls, Random& random) {
    double mean = 0;
    for (int i = 0; i < calls; ++i) {
        const double crowd = std::max(1.0, limit.limit() / places);
        const double noise = 0.95 + static_cast<double>(random.below(1000)) / 1e4;
        limit.ended(served(static_cast<std::int64_t>(service_us * crowd * noise), limit.limit()));
        if (i >= calls / 2) mean += limit.limit();
    }
    return mean / (calls - calls / 2);
}

}  // namespace

TEST_CASE("limit: vegas finds about as many calls as the callee has places") {
    for (const double places : {10.0, 30.0, 100.0, 300.0}) {
        Random random(1);
        VegasLimit limit(VegasOptions{}, Random(2));
        const double found = settle(limit, places, 10'000, 60'000, random);
        INFO(places << " places");
        CHECK(found > places * 0.9);
        CHECK(found < places + 6 * 2 * std::log10(places));
    }
}

TEST_CASE("limit: vegas finds its value again when the callee has become three times slower") {
    Random random(1);
    VegasLimit limit(VegasOptions{}, Random(2));
    settle(limit, 100, 10'000, 60'000, random);
    const double at_first = static_cast<double>(limit.least_ns());
    const double found = settle(limit, 100, 30'000, 60'000, random);
    CHECK(limit.least_ns() > 2.5 * at_first);  // measured anew, not remembered
    CHECK(found > 90);
    CHECK(found < 124);
}

TEST_CASE(
    "limit: the gradient settles above the places by what it tolerates, and after a change too") {
    Random random(1);
    GradientOptions options;
    options.max_limit = 2000;
    GradientLimit limit(options);
    const double before = settle(limit, 100, 10'000, 60'000, random);
    CHECK(before > 100);
    const double after = settle(limit, 100, 30'000, 60'000, random);
    CHECK(after == Approx(before).epsilon(0.1));
}

TEST_CASE("limit: the gradient halves at most, and only when calls take longer than it tolerates") {
    GradientOptions options;
    options.initial_limit = 100;
    GradientLimit limit(options);
    for (int i = 0; i < 1000; ++i) limit.ended(served(10'000, 1));  // too few to learn from
    CHECK(limit.limit() == 100);
    CHECK(limit.long_ns() == Approx(10e6));
    limit.ended(served(14'900, 100));
    CHECK(limit.limit() == Approx(100 + 0.2 * 4));
    const double before = limit.limit();
    limit.ended(served(1'000'000, 100));
    CHECK(limit.limit() == Approx(0.8 * before + 0.2 * (0.5 * before + 4)));
}

TEST_CASE("limit: the gradient forgets an overload quickly") {
    GradientLimit limit(GradientOptions{});
    for (int i = 0; i < 5000; ++i) limit.ended(served(500'000, 20));
    CHECK(limit.long_ns() == Approx(500e6));
    for (int i = 0; i < 60; ++i) limit.ended(served(10'000, 20));
    CHECK(limit.long_ns() < 25e6);  // a mean over 600 would be at 410 ms still
}

TEST_CASE("limit: calls that time out take as long every time, and must not raise it") {
    GradientOptions gradient_options;
    gradient_options.initial_limit = 200;
    GradientLimit gradient(gradient_options);
    VegasOptions vegas_options;
    vegas_options.initial_limit = 200;
    VegasLimit vegas(vegas_options, Random(1));
    for (int i = 0; i < 1000; ++i) {
        gradient.ended({Kind::dropped, seconds(1), 200});
        vegas.ended({Kind::dropped, seconds(1), 200});
    }
    CHECK(gradient.limit() == 20);
    CHECK(vegas.limit() == 1);
    CHECK(gradient.long_ns() == 0);
    CHECK(vegas.least_ns() == 0);
}

TEST_CASE("limit: refusals come quickly, and are no sign of health") {
    VegasLimit vegas(VegasOptions{}, Random(1));
    GradientLimit gradient(GradientOptions{});
    vegas.ended(served(10'000, 20));
    gradient.ended(served(10'000, 20));
    const double limit = gradient.limit();
    for (int i = 0; i < 100; ++i) {
        vegas.ended({Kind::ignored, microseconds(50), 20});
        gradient.ended({Kind::ignored, microseconds(50), 20});
    }
    CHECK(vegas.least_ns() == 10e6);
    CHECK(gradient.long_ns() == 10e6);
    CHECK(gradient.limit() == limit);
}

TEST_CASE("limit: it keeps within its bounds, whatever is measured") {
    Random random(3);
    GradientLimit gradient(GradientOptions{});
    VegasOptions options;
    options.min_limit = 5;
    options.max_limit = 50;
    VegasLimit vegas(options, Random(4));
    for (int i = 0; i < 50'000; ++i) {
        const CallResult result{static_cast<Kind>(random.below(3)),
                                nanoseconds(static_cast<std::int64_t>(random.below(1'000'000'000))),
                                static_cast<std::uint32_t>(random.below(300))};
        gradient.ended(result);
        vegas.ended(result);
        REQUIRE(gradient.limit() >= 20);
        REQUIRE(gradient.limit() <= 200);
        REQUIRE(vegas.limit() >= 5);
        REQUIRE(vegas.limit() <= 50);
    }
}

TEST_CASE("limit: so many may be under way as it says, and a call that leaves makes room") {
    GradientOptions options;
    options.initial_limit = 20;
    ConcurrencyLimiter limiter{GradientLimit(options)};
    for (std::uint32_t i = 1; i <= 20; ++i) REQUIRE(limiter.enter() == i);
    CHECK_FALSE(limiter.enter().has_value());
    limiter.leave({Kind::ignored, {}, 20});
    CHECK(limiter.enter() == 20U);
    CHECK_FALSE(limiter.enter().has_value());
    for (std::uint32_t i = 1; i <= 20; ++i) limiter.leave(served(10'000, i));
    CHECK(limiter.under_way() == 0);
    CHECK(limiter.limit() > 20);
    CHECK_THROWS_AS(limiter.leave(served(1, 1)), BugError);
}

TEST_CASE("limit: options out of bounds are a bug") {
    GradientOptions options;
    options.min_limit = 0;
    CHECK_THROWS_AS(GradientLimit(options), BugError);
    VegasOptions vegas;
    vegas.max_limit = 10;
    CHECK_THROWS_AS(VegasLimit(vegas, Random(1)), BugError);
}
