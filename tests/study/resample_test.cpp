// SPDX-License-Identifier: MIT
#include "sim/study/resample.hpp"

#include <limits>

#include "tests/catch.hpp"

using namespace shaketable;
using novacron::Random;

namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();

Values drawn(Random& random, std::size_t n, std::uint64_t bound, std::int64_t from) {
    Values values;
    for (std::size_t i = 0; i < n; ++i) {
        values.push_back(from + static_cast<std::int64_t>(random.below(bound)));
    }
    return values;
}

}  // namespace

TEST_CASE("resample: never is beyond every number, and two nevers are alike") {
    CHECK(difference(10, 25) == 15);
    CHECK(difference(kNever, kNever) == 0);
    CHECK(difference(10, kNever) == kNever);
    CHECK(difference(kNever, 10) == -kNever);
    CHECK(mean_of({1, 2, 6}) == 3);
    CHECK(mean_of({1, kNever}) == kInfinite);
}

TEST_CASE("resample: effects in pairs and apart") {
    const Samples pairs = {{10, 20, 30}, {11, 25, 90}, true};
    CHECK(median_effect(pairs) == 5);
    CHECK(median_effect({pairs.before, pairs.after, false}) == 5);
    CHECK(p95_effect(pairs) == 60);
    CHECK(mean_effect(pairs) == 22);
    // The median of the differences is not the difference of the medians.
    const Samples crossed = {{10, 20, 30}, {30, 10, 20}, true};
    CHECK(median_effect(crossed) == -10);
    CHECK(median_effect({crossed.before, crossed.after, false}) == 0);
}

TEST_CASE("resample: an effect to never is infinite, and from never to never there is none") {
    CHECK(p95_effect({{1, 2}, {1, kNever}, true}) == kInfinite);
    CHECK(p95_effect({{1, kNever}, {1, 2}, true}) == -kInfinite);
    CHECK(p95_effect({{1, kNever}, {1, kNever}, true}) == 0);
    CHECK(mean_effect({{kNever}, {kNever}, true}) == 0);
}

TEST_CASE("resample: the interval of a constant shift is that shift") {
    Samples samples = {{5, 9, 14, 22, 31, 38}, {}, true};
    for (const std::int64_t value : samples.before) samples.after.push_back(value + 7);
    const Interval interval = bootstrap_interval(samples, median_effect, 0.95, Random(1));
    CHECK(interval.low == 7);
    CHECK(interval.high == 7);
}

TEST_CASE("resample: the same samples and stream give the same answer") {
    Random random(3);
    const Samples samples = {drawn(random, 30, 100, 0), drawn(random, 30, 100, 10), false};
    const Interval one = bootstrap_interval(samples, median_effect, 0.95, Random(1));
    const Interval two = bootstrap_interval(samples, median_effect, 0.95, Random(1));
    CHECK(one.low == two.low);
    CHECK(one.high == two.high);
}

// The true median difference is 10. Coverage of 95 % in 120 samples: fewer than 104 has p < 1e-3.
TEST_CASE("resample: an interval of 95 % covers the true effect about so often") {
    Random random(17);
    int covered = 0;
    for (int round = 0; round < 120; ++round) {
        const Samples samples = {drawn(random, 40, 101, 0), drawn(random, 40, 101, 10), false};
        const Interval interval =
            bootstrap_interval(samples, median_effect, 0.95, random.fork("round", round));
        if (interval.low <= 10 && 10 <= interval.high) ++covered;
    }
    CHECK(covered >= 104);
    CHECK(covered < 120);
}
