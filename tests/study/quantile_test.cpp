// SPDX-License-Identifier: MIT
#include "sim/study/quantile.hpp"

#include <algorithm>
#include <vector>

#include "core/base/check.hpp"
#include "core/base/random.hpp"
#include "tests/catch.hpp"

using namespace shaketable;

TEST_CASE("quantile: nearest ranks are those of the definition") {
    CHECK(nearest_rank(0.50, 1) == 1);
    CHECK(nearest_rank(0.50, 2) == 1);
    CHECK(nearest_rank(0.50, 3) == 2);
    CHECK(nearest_rank(0.50, 100) == 50);
    CHECK(nearest_rank(0.95, 100) == 95);
    CHECK(nearest_rank(0.95, 10) == 10);
    CHECK(nearest_rank(0.99, 100) == 99);
    CHECK(nearest_rank(1, 7) == 7);
}

TEST_CASE("quantile: rounding never moves a whole rank to the next") {
    // As doubles, 0.07 * 100 and 0.55 * 100 lie just above the whole numbers they should be.
    CHECK(nearest_rank(0.07, 100) == 7);
    CHECK(nearest_rank(0.55, 100) == 55);
    for (std::uint64_t n = 20; n <= 200'000; n += 20) REQUIRE(nearest_rank(0.95, n) == n / 20 * 19);
}

TEST_CASE("quantile: the sample sizes of zero-failure tests") {
    CHECK(observations_needed(0.95, 0.95) == 59);
    CHECK(observations_needed(0.99, 0.95) == 299);
    CHECK(observations_needed(0.95, 0.99) == 90);
    CHECK(observations_needed(0.50, 0.95) == 5);
    CHECK(observations_needed(0.50, 0.50) == 1);
}

TEST_CASE("quantile: there is an upper bound from exactly the needed size on") {
    for (const double q : {0.5, 0.95, 0.99}) {
        const std::uint64_t n = observations_needed(q, 0.95);
        CHECK_FALSE(upper_bound_rank(q, 0.95, n - 1).has_value());
        CHECK(upper_bound_rank(q, 0.95, n) == n);
    }
}

// Against tables: scipy.stats.binom.ppf(0.95, n, q) + 1 and binom.ppf(0.05, n, q).
TEST_CASE("quantile: bounds for a hundred and a thousand are the binomial's") {
    CHECK(upper_bound_rank(0.95, 0.95, 100) == 99);
    CHECK(lower_bound_rank(0.95, 0.95, 100) == 91);
    CHECK(upper_bound_rank(0.50, 0.95, 100) == 59);
    CHECK(lower_bound_rank(0.50, 0.95, 100) == 42);
    CHECK(upper_bound_rank(0.99, 0.95, 1000) == 996);
    CHECK(lower_bound_rank(0.99, 0.95, 1000) == 985);
    CHECK(upper_bound_rank(0.95, 0.95, 100'000) == 95'114);
    CHECK(lower_bound_rank(0.95, 0.95, 100'000) == 94'886);
}

TEST_CASE("quantile: no lower bound where even the smallest observation may lie above") {
    CHECK_FALSE(lower_bound_rank(0.05, 0.95, 10).has_value());
    CHECK(lower_bound_rank(0.95, 0.95, 1) == 1);
    CHECK_FALSE(lower_bound_rank(0.95, 0.96, 1).has_value());
}

TEST_CASE("quantile: the upper bound covers the true quantile as often as it claims") {
    novacron::Random random(7);
    const std::uint64_t n = 80;
    const std::uint64_t rank = *upper_bound_rank(0.9, 0.95, n);
    int covered = 0;
    const int trials = 4000;
    for (int i = 0; i < trials; ++i) {
        std::vector<std::uint64_t> sample(n);
        for (std::uint64_t& x : sample) x = random.below(1'000'000);
        std::nth_element(sample.begin(), sample.begin() + static_cast<std::ptrdiff_t>(rank - 1),
                         sample.end());
        if (sample[rank - 1] >= 900'000) ++covered;
    }
    // At least 95 %, less four standard deviations of the count.
    CHECK(covered >= 3745);
    // And not by always choosing the largest: the next smaller rank covers less than claimed.
    CHECK(rank < n);
}

TEST_CASE("quantile: impossible questions are bugs of the asker") {
    CHECK_THROWS_AS(nearest_rank(0.5, 0), novacron::BugError);
    CHECK_THROWS_AS(upper_bound_rank(1.0, 0.95, 10), novacron::BugError);
    CHECK_THROWS_AS(observations_needed(0.95, 1.0), novacron::BugError);
}
