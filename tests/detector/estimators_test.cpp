// SPDX-License-Identifier: MIT
#include "core/detector/estimators.hpp"

#include "core/base/check.hpp"
#include "tests/catch.hpp"

using namespace novacron;
using namespace novacron::detector;

namespace {

Instant at_ms(std::int64_t ms) { return Instant{} + milliseconds(ms); }

}  // namespace

TEST_CASE("fixed timeout: patience is the same after every heartbeat") {
    FixedTimeout fixed({milliseconds(150), milliseconds(400)});
    CHECK(fixed.patience() == Patience{});
    fixed.expect(at_ms(0));
    CHECK(fixed.patience() == Patience{at_ms(150), at_ms(400)});
    fixed.heard(at_ms(1000), 9);
    CHECK(fixed.patience() == Patience{at_ms(1150), at_ms(1400)});
    CHECK_THROWS_AS(FixedTimeout({milliseconds(2), milliseconds(1)}), BugError);
}

TEST_CASE("chen: before any heartbeat the first is due one interval after watching began") {
    ChenEstimator chen(ChenOptions{});
    chen.expect(at_ms(0));
    CHECK(chen.patience() == Patience{at_ms(150), at_ms(300)});
}

TEST_CASE("chen: the next heartbeat is expected at the mean shift of those seen") {
    ChenEstimator chen(ChenOptions{});
    chen.heard(at_ms(1000), 1);
    CHECK(chen.patience().suspected == at_ms(1050 + 100));
    chen.heard(at_ms(1056), 2);  // 6 ms late, so 3 in the mean
    CHECK(chen.patience().suspected == at_ms(1100 + 3 + 100));
    chen.heard(at_ms(1100), 3);
    CHECK(chen.patience().suspected == at_ms(1150 + 2 + 100));
    CHECK(chen.patience().failed == at_ms(1150 + 2 + 250));
}

TEST_CASE("chen: lost heartbeats don't change where the next one is expected") {
    ChenEstimator lossy(ChenOptions{});
    ChenEstimator whole(ChenOptions{});
    for (std::uint64_t s = 1; s <= 100; ++s) {
        const Instant now = at_ms(50 * static_cast<std::int64_t>(s));
        whole.heard(now, s);
        if (s % 3 != 2) lossy.heard(now, s);
    }
    CHECK(lossy.patience() == whole.patience());
}

TEST_CASE("chen: patience never ends before the last heartbeat, however late that was") {
    ChenEstimator chen({milliseconds(50), milliseconds(10), milliseconds(20), 1000});
    for (std::uint64_t s = 1; s <= 100; ++s)
        chen.heard(at_ms(50 * static_cast<std::int64_t>(s)), s);
    chen.heard(at_ms(5050 + 400), 101);
    CHECK(chen.patience().suspected == at_ms(5450));
}

TEST_CASE("chen: a clock that goes back starts the expectation anew") {
    ChenEstimator chen(ChenOptions{});
    for (std::uint64_t s = 1; s <= 100; ++s)
        chen.heard(at_ms(50 * static_cast<std::int64_t>(s)), s);
    chen.heard(at_ms(1000), 101);
    CHECK(chen.patience().suspected == at_ms(1150));
}

TEST_CASE("two windows: a new delay counts at once, and an early heartbeat does not") {
    TwoWindow both(TwoWindowOptions{});
    ChenEstimator chen(ChenOptions{});
    for (std::uint64_t s = 1; s <= 99; ++s) {
        both.heard(at_ms(50 * static_cast<std::int64_t>(s)), s);
        chen.heard(at_ms(50 * static_cast<std::int64_t>(s)), s);
    }
    both.heard(at_ms(5000 + 80), 100);
    chen.heard(at_ms(5000 + 80), 100);
    CHECK(both.patience().suspected == at_ms(5050 + 80 + 100));
    CHECK(chen.patience().suspected == at_ms(5050 + 100) + microseconds(800));
    both.heard(at_ms(5100), 102);
    CHECK(both.patience().suspected > at_ms(5150 + 100));  // the long window still knows
    CHECK(both.patience().suspected < at_ms(5150 + 101));
}

TEST_CASE("estimators: options out of bounds are a bug") {
    CHECK_THROWS_AS(ChenEstimator({milliseconds(0), milliseconds(1), milliseconds(2), 10}),
                    BugError);
    CHECK_THROWS_AS(ChenEstimator({milliseconds(1), milliseconds(3), milliseconds(2), 10}),
                    BugError);
    CHECK_THROWS_AS(TwoWindow({milliseconds(1), milliseconds(1), milliseconds(2), 5, 4}), BugError);
}
