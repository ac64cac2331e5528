// SPDX-License-Identifier: MIT
#include "core/stats/time_window.hpp"

#include <vector>

#include "core/base/random.hpp"
#include "tests/catch.hpp"

using namespace novacron;
using stats::TimeWindow;

TEST_CASE("time window: what happened in its cells is counted by kind, and what fell out is not") {
    TimeWindow<2> window(seconds(10), 10);
    window.add(Instant{0}, 0);
    window.add(Instant{} + seconds(9), 1, 5);
    CHECK(window.counts(Instant{} + seconds(9)) == TimeWindow<2>::Counts{1, 5});
    CHECK(window.counts(Instant{} + seconds(10) - nanoseconds(1))[0] == 1);
    CHECK(window.counts(Instant{} + seconds(10))[0] == 0);
    CHECK(window.counts(Instant{} + seconds(19) - nanoseconds(1))[1] == 5);
    CHECK(window.counts(Instant{} + seconds(19))[1] == 0);
}

TEST_CASE("time window: it agrees with a list of all that happened") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        INFO("seed " << seed);
        Random random(seed);
        TimeWindow<1> window(nanoseconds(100), 7);  // cells of 15
        const std::int64_t width = window.cell().ns;
        std::vector<std::int64_t> all;
        std::int64_t now = -500;
        for (int i = 0; i < 2000; ++i) {
            now += static_cast<std::int64_t>(random.below(random.below(20) == 0 ? 300 : 12));
            window.add(Instant{now}, 0);
            all.push_back(now);
            std::uint64_t expected = 0;
            const auto cell = [&](std::int64_t t) {
                return (t + 1'000'000 * width) / width;  // all positive
            };
            for (const std::int64_t t : all) expected += cell(t) > cell(now) - 7 ? 1U : 0U;
            REQUIRE(window.counts(Instant{now})[0] == expected);
        }
    }
}

TEST_CASE("time window: a clock that goes back counts on, and loses nothing") {
    TimeWindow<1> window(seconds(10), 10);
    window.add(Instant{} + seconds(100), 0, 3);
    window.add(Instant{} + seconds(40), 0, 4);
    CHECK(window.counts(Instant{} + seconds(40))[0] == 7);
    CHECK(window.counts(Instant{} + seconds(109))[0] == 7);
    CHECK(window.counts(Instant{} + seconds(110))[0] == 0);
}

TEST_CASE("time window: cells have a width") {
    CHECK_THROWS_AS(TimeWindow<1>(nanoseconds(5), 6), BugError);
    CHECK_THROWS_AS(TimeWindow<1>(seconds(1), 0), BugError);
}
