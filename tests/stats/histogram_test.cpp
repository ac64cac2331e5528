// SPDX-License-Identifier: MIT
#include "core/stats/histogram.hpp"

#include <vector>

#include "core/base/random.hpp"
#include "tests/catch.hpp"

using namespace novacron;
using stats::Fraction;
using stats::Histogram;

namespace {

// Spread over all magnitudes up to 2^41.
std::uint64_t any_sample(Random& random) {
    const std::uint64_t bits = random.below(42);
    return random.below(std::uint64_t{1} << bits);
}
constexpr Fraction kParts[] = {{0, 1},  {1, 1000}, {1, 4},      {1, 2},
                               {9, 10}, {99, 100}, {999, 1000}, {1, 1}};

}  // namespace

TEST_CASE("histogram: quantiles are at most one cell above those of the sorted samples") {
    for (const std::uint32_t bits : {1U, 3U, 7U, 11U}) {
        Random random(bits);
        Histogram histogram({bits, std::uint64_t{1} << 41U});
        std::vector<std::uint64_t> all;
        for (int i = 0; i < 5000; ++i) {
            all.push_back(any_sample(random));
            histogram.add(all.back());
        }
        std::sort(all.begin(), all.end());
        for (const Fraction part : kParts) {
            const std::uint64_t rank =
                std::max<std::uint64_t>(1, (all.size() * part.over + part.under - 1) / part.under);
            const std::uint64_t truth = all[rank - 1];
            const std::uint64_t told = histogram.quantile(part);
            INFO(bits << " bits, " << part.over << "/" << part.under);
            CHECK(told >= truth);
            CHECK(told - truth <= truth >> bits);
        }
        CHECK(histogram.least() == all.front());
        CHECK(histogram.most() == all.back());
        CHECK(histogram.quantile({1, 1}) == all.back());
    }
}

TEST_CASE("histogram: small numbers are exact, and so is the rank: 7 % of 100 is the seventh") {
    Histogram histogram;
    for (std::uint64_t i = 1; i <= 100; ++i) histogram.add(i);
    for (std::uint64_t percent = 1; percent <= 100; ++percent) {
        REQUIRE(histogram.quantile({percent, 100}) == percent);
        REQUIRE(histogram.count_up_to(percent) == percent);
    }
    CHECK(histogram.mean() == 50.5);
}

TEST_CASE(
    "histogram: a rank that is no whole number is rounded up: the median of three is the second") {
    Histogram histogram;
    for (const std::uint64_t sample : {1U, 2U, 3U}) histogram.add(sample);
    CHECK(histogram.quantile({1, 2}) == 2);
    CHECK(histogram.quantile({2, 3}) == 2);
    CHECK(histogram.quantile({67, 100}) == 3);
    CHECK(histogram.quantile({0, 1}) == 1);
}

TEST_CASE("histogram: merged parts equal the whole, in any order") {
    Random random(1);
    Histogram whole;
    std::vector<Histogram> parts(3);
    for (int i = 0; i < 3000; ++i) {
        const std::uint64_t sample = any_sample(random);
        whole.add(sample);
        parts[random.below(3)].add(sample);
    }
    Histogram forth;
    Histogram back;
    for (int i = 0; i < 3; ++i) {
        forth.merge(parts[static_cast<std::size_t>(i)]);
        back.merge(parts[static_cast<std::size_t>(2 - i)]);
    }
    for (const Histogram* merged : {&forth, &back}) {
        CHECK(merged->count() == 3000);
        CHECK(merged->mean() == whole.mean());
        CHECK(merged->least() == whole.least());
        for (const Fraction part : kParts) CHECK(merged->quantile(part) == whole.quantile(part));
    }
    CHECK_THROWS_AS(forth.merge(Histogram({3, 100})), BugError);
}

TEST_CASE("histogram: what is above the highest counts as the highest, and is told") {
    Histogram histogram({7, 1000});
    histogram.add(999);
    histogram.add(1'000'000, 2);
    CHECK(histogram.clipped() == 2);
    CHECK(histogram.most() == 1000);
    CHECK(histogram.quantile({1, 1}) == 1000);
    histogram.clear();
    CHECK(histogram.empty());
    CHECK(histogram.clipped() == 0);
    histogram.add(4);
    CHECK(histogram.least() == 4);
    CHECK(histogram.mean() == 4);
}

TEST_CASE("histogram: the largest number of 64 bits has a cell") {
    Histogram histogram({16, UINT64_MAX});
    histogram.add(UINT64_MAX);
    histogram.add(UINT64_MAX - 1);
    CHECK(histogram.quantile({1, 1}) == UINT64_MAX);
    CHECK(histogram.mean() > 1.8e19);
}

TEST_CASE("histogram: nothing has no quantile, and no part is more than the whole") {
    Histogram histogram;
    CHECK_THROWS_AS(histogram.quantile({1, 2}), BugError);
    histogram.add(1);
    CHECK_THROWS_AS(histogram.quantile({3, 2}), BugError);
    CHECK_THROWS_AS(Histogram({0, 100}), BugError);
}
