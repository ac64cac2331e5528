// SPDX-License-Identifier: MIT
#include "sim/study/rank_tests.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "core/base/random.hpp"
#include "tests/catch.hpp"

using namespace shaketable;

namespace {

std::vector<std::int64_t> turned(std::vector<std::int64_t> differences) {
    for (std::int64_t& d : differences) d = -d;
    return differences;
}

// All signs of the ranks, one by one: what the test counts by a table.
double by_enumeration(const std::vector<std::int64_t>& differences) {
    std::vector<std::int64_t> sizes;
    for (const std::int64_t d : differences) sizes.push_back(std::abs(d));
    const auto all = doubled_midranks(sizes);
    std::vector<std::uint64_t> ranks;
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (differences[i] == 0) continue;
        ranks.push_back(all[i]);
        if (differences[i] > 0) seen += all[i];
    }
    std::uint64_t as_large = 0;
    for (std::uint64_t signs = 0; signs < (std::uint64_t{1} << ranks.size()); ++signs) {
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < ranks.size(); ++i) sum += (signs >> i & 1U) != 0 ? ranks[i] : 0;
        if (sum >= seen) ++as_large;
    }
    return static_cast<double>(as_large) / static_cast<double>(std::uint64_t{1} << ranks.size());
}

}  // namespace

TEST_CASE("rank tests: ties have the mean of their ranks") {
    CHECK(doubled_midranks({}).empty());
    CHECK(doubled_midranks({30, 10, 20}) == std::vector<std::uint64_t>{6, 2, 4});
    CHECK(doubled_midranks({5, 5, 1, 5}) == std::vector<std::uint64_t>{6, 6, 2, 6});
    CHECK(doubled_midranks({7, 7}) == std::vector<std::uint64_t>{3, 3});
}

// Fisher, "The Design of Experiments" (1935), chapter 3: Darwin's cross- and self-fertilised
// plants. Exact p by scipy 1.17 (wilcoxon, method exact): 0.0206298828125.
TEST_CASE("signed ranks: Darwin's plants have T = 96 and p = 0.0206") {
    const RankTest test =
        signed_rank_test({49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48});
    CHECK(test.statistic == 96);
    CHECK(test.used == 15);
    CHECK(test.p == Approx(0.0206298828125).epsilon(1e-12));
}

// Tables of the signed-rank statistic (Wilcoxon and Wilcox 1964), one-sided 5 %, 2.5 %, 1 %, 0.5 %:
// the largest sum of the other sign that is still significant.
TEST_CASE("signed ranks: the critical values are those of the tables") {
    struct Row {
        std::int64_t n, at_5, at_2_5, at_1, at_0_5;  // -1: none
    };
    const auto p_with_sum = [](std::int64_t n, std::int64_t sum) {
        // Gives the sign to the greatest ranks that still fit, until the sum is reached.
        std::vector<std::int64_t> differences;
        for (std::int64_t rank = n; rank >= 1; --rank) {
            const bool against = rank <= sum;
            if (against) sum -= rank;
            differences.push_back(against ? -rank : rank);
        }
        return signed_rank_test(differences).p;
    };
    for (const Row row :
         {Row{5, 0, -1, -1, -1}, Row{6, 2, 0, -1, -1}, Row{8, 5, 3, 1, 0}, Row{10, 10, 8, 5, 3},
          Row{15, 30, 25, 19, 15}, Row{20, 60, 52, 43, 37}, Row{25, 100, 89, 76, 68}}) {
        CAPTURE(row.n);
        for (const auto& [critical, level] : {std::pair{row.at_5, 0.05},
                                              {row.at_2_5, 0.025},
                                              {row.at_1, 0.01},
                                              {row.at_0_5, 0.005}}) {
            CAPTURE(level);
            if (critical >= 0) CHECK(p_with_sum(row.n, critical) <= level);
            CHECK(p_with_sum(row.n, critical + 1) > level);
        }
    }
}

TEST_CASE("signed ranks: zeros are ranked and then have no sign, as Pratt has it") {
    // Ranks 1 and 2 go to the zeros, so the only other outcomes of equal size are 2 of 4.
    CHECK(signed_rank_test({0, 0, 3, 4}).statistic == 7);
    CHECK(signed_rank_test({0, 0, 3, 4}).p == 0.25);
    CHECK(signed_rank_test({0, 0, 0}).p == 1);
    CHECK(signed_rank_test({}).p == 1);
    // With zeros and ties; enumerated by hand elsewhere: 0.0634765625.
    CHECK(signed_rank_test({8, -8, 5, 5, 5, -2, 0, 0, 11, -1, 3, 3}).p == 0.0634765625);
}

TEST_CASE("signed ranks: the table counts what enumeration counts, with ties and zeros") {
    novacron::Random random(20241105);
    for (int round = 0; round < 60; ++round) {
        CAPTURE(round);
        std::vector<std::int64_t> differences;
        const std::uint64_t n = 1 + random.below(12);
        for (std::uint64_t i = 0; i < n; ++i) {
            differences.push_back(static_cast<std::int64_t>(random.below(9)) - 4);
        }
        CHECK(signed_rank_test(differences).p ==
              Approx(by_enumeration(differences)).epsilon(1e-12));
    }
}

// scipy 1.17: wilcoxon(d, zero_method="pratt", method="approx", correction=True), one-sided.
TEST_CASE("signed ranks: beyond the exact sizes the normal distribution is scipy's") {
    std::vector<std::int64_t> differences;
    for (std::int64_t i = 1; i <= 300; ++i) differences.push_back(i * 37 % 101 - 45);
    REQUIRE(differences.size() > kExactPairs);
    const RankTest test = signed_rank_test(differences);
    CHECK(test.statistic == 26986);
    CHECK(test.p == Approx(0.0016670586724351758).epsilon(1e-9));
}

TEST_CASE("signed ranks: the exact and the normal distribution meet where one takes over") {
    novacron::Random random(7);
    std::vector<std::int64_t> differences;
    for (std::size_t i = 0; i < kExactPairs; ++i) {
        differences.push_back(static_cast<std::int64_t>(random.below(2000)) - 900);
    }
    const double exact = signed_rank_test(differences).p;
    differences.push_back(1);
    CHECK(signed_rank_test(differences).p == Approx(exact).epsilon(0.03));
}

TEST_CASE("signed ranks: what never ended is the greatest rank, whatever the numbers") {
    const std::int64_t never = std::numeric_limits<std::int64_t>::max();
    CHECK(signed_rank_test({-1, -2, never}).statistic == 3);
    CHECK(signed_rank_test({1, 2, -never}).statistic == 3);
    CHECK(signed_rank_test({never, never, -5}).statistic == 5);  // 2.5 twice
}

TEST_CASE("signed ranks: the p-values of both directions overlap in what was seen") {
    const std::vector<std::int64_t> differences = {3, -1, 4, -1, 5, 9, -2, 6};
    CHECK(signed_rank_test(differences).p + signed_rank_test(turned(differences)).p > 1);
    CHECK(signed_rank_test(turned(differences)).p > 0.5);
}

// Hollander and Wolfe, "Nonparametric Statistical Methods" (1973), chapter 4: permeability
// constants. Exact p by scipy 1.17 (mannwhitneyu, method exact): 0.1272061272061272.
TEST_CASE("rank sums: the permeability data have U = 35 and p = 0.1272") {
    const RankTest test =
        rank_sum_test({115, 88, 90, 74, 121}, {80, 83, 189, 104, 145, 138, 191, 164, 73, 146});
    CHECK(test.statistic == 35);
    CHECK(test.p == Approx(0.1272061272061272).epsilon(1e-12));
}

// All 792 choices of 5 among 12 enumerated elsewhere.
TEST_CASE("rank sums: ties are counted as they are") {
    const RankTest test = rank_sum_test({3, 3, 5, 7, 7, 7, 9}, {5, 7, 9, 9, 11});
    CHECK(test.statistic == 27);
    CHECK(test.p == Approx(0.0707070707070707).epsilon(1e-12));
}

// scipy 1.17: mannwhitneyu(after, before, alternative="greater", method="asymptotic").
TEST_CASE("rank sums: beyond the exact sizes the normal distribution is scipy's") {
    std::vector<std::int64_t> before;
    std::vector<std::int64_t> after;
    for (std::int64_t i = 1; i <= 80; ++i) before.push_back(i * 37 % 101);
    for (std::int64_t i = 1; i <= 70; ++i) after.push_back(i * 53 % 97 + 8);
    REQUIRE(before.size() + after.size() > kExactObservations);
    const RankTest test = rank_sum_test(before, after);
    CHECK(test.statistic == 3041);
    CHECK(test.p == Approx(0.18245873983755007).epsilon(1e-9));
}

TEST_CASE("rank sums: samples of one value say nothing, however large") {
    const std::vector<std::int64_t> same(50, 7);
    CHECK(rank_sum_test(same, same).p == 1);
    CHECK(rank_sum_test({7, 7}, {7}).p == 1);
}

TEST_CASE("tails: where all of the worst fifth is new, every sign speaks for growth") {
    std::vector<std::int64_t> before;
    std::vector<std::int64_t> after;
    for (std::int64_t i = 0; i < 40; ++i) {
        before.push_back(i * 13 % 40);
        after.push_back(i < 8 ? 1000 + i : i * 13 % 40);
    }
    // Of 80 values the worst 16 count: the eight new ones, and four values twice each, in pairs
    // that are alike but for those whose other half is new.
    CHECK(signed_tail_test(before, after).p <= 1.0 / 256);
    CHECK(signed_tail_test(after, before).p > 0.99);
    CHECK(signed_rank_test({0, 0, 0, 0, 5, 5}).p == 0.25);
    CHECK(tail_sum_test(before, after).p < 0.02);
    CHECK(tail_sum_test(after, before).p > 0.9);
}

TEST_CASE("tails: what happens below the worst fifth is not asked") {
    std::vector<std::int64_t> before;
    std::vector<std::int64_t> after;
    for (std::int64_t i = 0; i < 50; ++i) {
        before.push_back(i);
        after.push_back(i < 25 ? i + 10 : i);
    }
    const RankTest paired = signed_tail_test(before, after);
    CHECK(paired.p == 1);
    CHECK(paired.used == 0);
    CHECK(signed_rank_test({10, 10, 10, 10, 10, 10}).p == 1.0 / 64);
}

// By hand: of the five values 1 .. 5 only the 5 counts, and it has been drawn by one of two.
TEST_CASE("tails: a single value in the tail belongs to either sample with its share") {
    CHECK(tail_sum_test({1, 2, 3, 4}, {5}).p == Approx(0.2).epsilon(1e-12));
    CHECK(tail_sum_test({1, 2, 3}, {4, 5}).p == Approx(0.4).epsilon(1e-12));
}

TEST_CASE("sign test: the binomial's tail") {
    CHECK(sign_test(0, 0) == 1);
    CHECK(sign_test(5, 0) == Approx(1.0 / 32).epsilon(1e-12));
    CHECK(sign_test(0, 5) == Approx(1).epsilon(1e-12));
    // scipy 1.17: binomtest(k, n, 0.5, alternative="greater")
    CHECK(sign_test(9, 1) == Approx(0.0107421875).epsilon(1e-12));
    CHECK(sign_test(60, 40) == Approx(0.028443966820490444).epsilon(1e-9));
}

TEST_CASE("Fisher's test: the lady tasting tea, and samples of a hundred") {
    // "The Design of Experiments", chapter 2: 3 of 4 cups by chance at least, 17 / 70.
    CHECK(fisher_test({1, 4}, {3, 4}) == Approx(17.0 / 70).epsilon(1e-12));
    CHECK(fisher_test({0, 4}, {4, 4}) == Approx(1.0 / 70).epsilon(1e-12));
    // scipy 1.17: fisher_exact([[12, 88], [2, 98]], alternative="greater")
    CHECK(fisher_test({2, 100}, {12, 100}) == Approx(0.005047353436393573).epsilon(1e-9));
    CHECK(fisher_test({0, 10}, {0, 10}) == Approx(1).epsilon(1e-12));
}

// By hand: 4 * 0.005, 3 * 0.01, 2 * 0.03, and 0.04, which may not be less than the one before it.
TEST_CASE(
    "Holm: corrected values are those of the procedure, and never fall below a smaller one's") {
    const std::vector<double> adjusted = holm({0.01, 0.04, 0.03, 0.005});
    const std::vector<double> expected = {0.03, 0.06, 0.06, 0.02};
    for (std::size_t i = 0; i < expected.size(); ++i) {
        CHECK(adjusted[i] == Approx(expected[i]).epsilon(1e-12));
    }
    CHECK(holm({}).empty());
    CHECK(holm({0.9, 0.8}) == std::vector<double>{1, 1});
}

// Invariant: a p-value at most alpha comes with probability alpha at most.
TEST_CASE("rank tests: without a change, small p-values are as rare as they say") {
    novacron::Random random(99);
    int paired = 0;
    int apart = 0;
    int tail = 0;
    int tail_apart = 0;
    constexpr int kRounds = 2000;
    for (int round = 0; round < kRounds; ++round) {
        std::vector<std::int64_t> differences;
        std::vector<std::int64_t> before;
        std::vector<std::int64_t> after;
        for (int i = 0; i < 12; ++i) {
            const auto first = static_cast<std::int64_t>(random.below(30));
            const auto second = static_cast<std::int64_t>(random.below(30));
            differences.push_back(second - first);
            before.push_back(first);
            after.push_back(second);
        }
        if (signed_rank_test(differences).p <= 0.05) ++paired;
        if (rank_sum_test(before, after).p <= 0.05) ++apart;
        if (signed_tail_test(before, after).p <= 0.05) ++tail;
        if (tail_sum_test(before, after).p <= 0.05) ++tail_apart;
    }
    // Binomial(2000, 0.05) exceeds 130 with probability 0.002; far too few would be wrong, too.
    CHECK(paired <= 130);
    CHECK(paired >= 60);
    CHECK(apart <= 130);
    CHECK(apart >= 60);
    CHECK(tail <= 130);
    CHECK(tail_apart <= 130);
    CHECK(tail_apart >= 40);
}
